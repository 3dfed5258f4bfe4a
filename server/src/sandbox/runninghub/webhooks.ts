import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { clock, minutes, seconds } from '../../lib/clock';
import { vendorId } from './jobs';

/** How webhooks travel while this is set, retries included. */
export type WebhookMode =
  { kind: 'deliver' | 'drop' } | { kind: 'delay'; ms: number } | { kind: 'repeat'; times: number };

/** One try. `status` is null when no answer came in time or nothing was sent. */
export type WebhookAttempt = { taskId: string; at: number; mode: WebhookMode['kind']; status: number | null };

/** What the vendor keeps of a job's end, as `getWebhookDetail` shows it. */
export type WebhookRecord = {
  id: string;
  taskId: string;
  webhookUrl: string;
  /** The reply of `outputs`, as a JSON string. */
  eventData: string;
  callbackStatus: 'PENDING' | 'SUCCESS' | 'FAILED';
  callbackResponse: string;
  retryCount: number;
  createdAt: number;
  updatedAt: number;
};

export type Webhooks = {
  setMode(mode: WebhookMode): void;
  mode(): WebhookMode;
  /** Sends the end of this job now, once, whatever was sent before; answers the status. Null too when it has not ended. */
  resend(taskId: string): Promise<number | null>;
  /** The last 200, newest first. */
  attempts(): readonly WebhookAttempt[];
  /** When nothing is being sent at this moment. Retries that wait for their time do not count. */
  idle(): Promise<void>;
  /** Forgets every retry that waits, and makes no more. */
  stop(): void;
};

export type WebhookDesk = Webhooks & {
  /** Tells of a job's end, and again, three times at most, until the address takes it with a 2xx. */
  announce(event: { taskId: string; webhookUrl: string; eventData: string }): void;
  findByTask(taskId: string): WebhookRecord | null;
  find(id: string): WebhookRecord | null;
  /** One more delivery, to this address from now on. */
  retry(id: string, webhookUrl: string): void;
};

const attemptsMax = 200;
const recordsMax = 10_000;
const retriesMax = 3;
const retryMs = minutes(1);
const answerMs = seconds(5);

/** Tells the caller's server how a job ended. Unsigned, as the vendor's are. */
export function createWebhooks(options: { ladderScale: number; isLost: () => boolean }): WebhookDesk {
  const records = new Map<string, WebhookRecord>();
  const underWay = new Set<Promise<unknown>>();
  const retries = new Set<NodeJS.Timeout>();
  let mode: WebhookMode = { kind: 'deliver' };
  let attempts: WebhookAttempt[] = [];
  let hasStopped = false;

  function track<T>(work: Promise<T>): Promise<T> {
    const tracked = work.finally(() => underWay.delete(tracked));
    underWay.add(tracked);
    return tracked;
  }

  function note(record: WebhookRecord, kind: WebhookMode['kind'], status: number | null): void {
    attempts = [{ taskId: record.taskId, at: clock.now(), mode: kind, status }, ...attempts].slice(0, attemptsMax);
  }

  async function attempt(record: WebhookRecord, how: WebhookMode): Promise<number | null> {
    if (how.kind === 'delay') await sleep(how.ms, undefined, { ref: false });
    if (hasStopped) return null;
    if (how.kind === 'drop') {
      note(record, how.kind, null);
      return null;
    }

    const times = how.kind === 'repeat' ? how.times : 1;
    let status: number | null = null;
    for (let sent = 0; sent < times; sent += 1) {
      status = await post(record);
      note(record, how.kind, status);
    }
    return status;
  }

  async function deliver(record: WebhookRecord): Promise<void> {
    const status = await attempt(record, options.isLost() ? { kind: 'drop' } : mode);
    const isTaken = status !== null && status >= 200 && status <= 299;
    record.updatedAt = clock.now();
    record.callbackStatus = isTaken ? 'SUCCESS' : 'FAILED';
    record.callbackResponse = status === null ? 'no answer' : `HTTP ${status}`;
    if (!isTaken) climb(record);
  }

  function climb(record: WebhookRecord): void {
    if (hasStopped || record.retryCount >= retriesMax) return;
    const retry = setTimeout(() => {
      retries.delete(retry);
      record.retryCount += 1;
      void track(deliver(record));
    }, retryMs * options.ladderScale);
    retry.unref();
    retries.add(retry);
  }

  const findByTask = (taskId: string): WebhookRecord | null => records.get(taskId) ?? null;
  const find = (id: string): WebhookRecord | null => [...records.values()].find((record) => record.id === id) ?? null;

  return {
    setMode: (next) => {
      mode = next;
    },
    mode: () => mode,
    announce(event) {
      const now = clock.now();
      const fresh = { callbackStatus: 'PENDING', callbackResponse: '', retryCount: 0 } as const;
      const record: WebhookRecord = { ...event, ...fresh, id: vendorId(), createdAt: now, updatedAt: now };
      records.set(event.taskId, record);
      const [oldest] = records.keys();
      if (records.size > recordsMax && oldest !== undefined) records.delete(oldest);
      void track(deliver(record));
    },
    findByTask,
    find,
    retry(id, webhookUrl) {
      const record = find(id);
      if (!record) return;
      Object.assign(record, { webhookUrl, retryCount: 0 });
      void track(deliver(record));
    },
    resend(taskId) {
      const record = findByTask(taskId);
      return record ? track(attempt(record, { kind: 'deliver' })) : Promise.resolve(null);
    },
    attempts: () => attempts,
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    stop() {
      hasStopped = true;
      for (const retry of retries) clearTimeout(retry);
      retries.clear();
    },
  };
}

async function post({ webhookUrl, taskId, eventData }: WebhookRecord): Promise<number | null> {
  try {
    const response = await request(webhookUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ event: 'TASK_END', taskId, eventData }),
      signal: AbortSignal.timeout(answerMs),
    });
    await response.body.dump();
    return response.statusCode;
  } catch {
    return null;
  }
}
