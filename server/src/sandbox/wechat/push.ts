import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { z } from 'zod';
import { clock, seconds } from '../../lib/clock';
import { randomHex } from '../../lib/ids';
import { checkQuery, openAnswer, sealPush, type PushSecrets, type PushSpoiling } from './push-cipher';

export type WechatPushOptions = PushSecrets & {
  /** Where our server listens: `/api/wechat/push` of it. */
  url: string;
  /** Speeds up the retries: 1 is WeChat's own pace. */
  ladderScale?: number;
};

/** How pushes travel while this is set, retries included. `corrupt` changes a push after signing, `forge` is a stranger's. */
export type PushMode =
  | { kind: 'deliver' | 'drop' | 'corrupt' | 'forge' }
  | { kind: 'delay'; ms: number }
  | { kind: 'repeat'; times: number };

/** One try. `status` is null when no answer came in time or nothing was sent. */
export type PushAttempt = {
  event: string;
  /** The order or the person that it is about. */
  subject: string | null;
  at: number;
  mode: PushMode['kind'];
  status: number | null;
  isAccepted: boolean;
};

/** What the server said: `body` is opened where it was sealed, and null where it cannot be read. */
export type PushAnswer = { status: number | null; body: unknown; isAccepted: boolean };

export type WechatPushes = {
  setMode(mode: PushMode): void;
  mode(): PushMode;
  /** Tells the server of something; retries follow on their own. Resolves when the first try was answered. */
  send(push: Push): Promise<PushAnswer>;
  /** One try in this mode, whatever is set, waiting no longer than this. */
  attempt(push: Push, mode: PushMode, answerMs: number): Promise<PushAnswer>;
  /** What happens when an operator enters the address: whether the server proves that it is ours. */
  check(): Promise<boolean>;
  /** The last 200, newest first. */
  attempts(): readonly PushAttempt[];
  /** When nothing is being sent at this moment. Retries that wait for their time do not count. */
  idle(): Promise<void>;
  /** Forgets every retry that waits, and makes no more. */
  stop(): void;
};

export type Push = {
  event: string;
  subject: string | null;
  body: Record<string, unknown>;
  /** Called once it is accepted, be it at the first try or at the last. */
  onAccepted?: () => void;
};

const attemptsMax = 200;
const answerMs = seconds(5);
const retriesMax = { payment: 15, other: 3 };
const official = { ToUserName: 'gh_5a2d0c7be4f1', FromUserName: 'oSandboxOfWeChatItself000000' };

const spoilings: Partial<Record<PushMode['kind'], PushSpoiling>> = { corrupt: 'tampered', forge: 'forged' };
const nothing: PushAnswer = { status: null, body: null, isAccepted: false };

const Accepting = z.object({ ErrCode: z.literal(0) });

/** WeChat's side of the message push, in secure mode. Null options: no address was entered, so nothing is ever sent. */
export function createPushes(options: WechatPushOptions | null): WechatPushes {
  const underWay = new Set<Promise<unknown>>();
  const retries = new Set<NodeJS.Timeout>();
  let mode: PushMode = { kind: 'deliver' };
  let attempts: PushAttempt[] = [];
  let hasStopped = false;

  function track<T>(work: Promise<T>): Promise<T> {
    const tracked = work.finally(() => underWay.delete(tracked));
    underWay.add(tracked);
    return tracked;
  }

  function note({ event, subject }: Push, kind: PushMode['kind'], { status, isAccepted }: PushAnswer): void {
    attempts = [{ event, subject, at: clock.now(), mode: kind, status, isAccepted }, ...attempts].slice(0, attemptsMax);
  }

  async function attempt(push: Push, how: PushMode, waitMs: number, retryTimes: number): Promise<PushAnswer> {
    if (!options) return nothing;
    if (how.kind === 'delay') await sleep(how.ms);
    let answer = nothing;
    if (how.kind === 'drop') note(push, how.kind, answer);

    const times = how.kind === 'repeat' ? how.times : how.kind === 'drop' ? 0 : 1;
    for (let sent = 0; sent < times; sent += 1) {
      const sealed = sealPush(messageOf(push, retryTimes), options, spoilings[how.kind] ?? null);
      answer = await post(`${options.url}?${sealed.query}`, sealed.body, waitMs, options);
      note(push, how.kind, answer);
    }
    return answer;
  }

  async function deliver(push: Push, retryTimes: number): Promise<PushAnswer> {
    const how = mode;
    const answer = await attempt(push, how, answerMs, retryTimes);
    const wasOurs = how.kind !== 'forge';
    if (answer.isAccepted && wasOurs) push.onAccepted?.();
    if (!answer.isAccepted) climb(push, retryTimes);
    return answer;
  }

  function climb(push: Push, retryTimes: number): void {
    if (!options || hasStopped || retryTimes >= retriesMax[isPayments(push) ? 'payment' : 'other']) return;
    const retry = setTimeout(
      () => {
        retries.delete(retry);
        void track(deliver(push, retryTimes + 1));
      },
      seconds(2 ** (retryTimes + 1)) * (options.ladderScale ?? 1),
    );
    retry.unref();
    retries.add(retry);
  }

  return {
    setMode: (next) => {
      mode = next;
    },
    mode: () => mode,
    send: (push) => track(deliver(push, 0)),
    attempt: (push, how, waitMs) => track(attempt(push, how, waitMs, 0)),
    async check() {
      if (!options) return false;
      const echo = randomHex(10);
      return answersWith(`${options.url}?${checkQuery(options, echo)}`, echo);
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

const isPayments = ({ event }: Push): boolean => event.startsWith('xpay_');

/** Dated anew at every try; payments count their tries as well. */
function messageOf(push: Push, retryTimes: number): Record<string, unknown> {
  const CreateTime = Math.floor(clock.now() / 1_000);
  const head = { ...official, CreateTime, MsgType: 'event', Event: push.event };
  return { ...head, ...push.body, ...(isPayments(push) ? { RetryTimes: retryTimes } : {}) };
}

async function post(url: string, body: string, waitMs: number, secrets: PushSecrets): Promise<PushAnswer> {
  try {
    const response = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'Mozilla/4.0' },
      body,
      signal: AbortSignal.timeout(waitMs),
    });
    const text = await response.body.text();
    return readAnswer(response.statusCode, text, secrets);
  } catch {
    return nothing;
  }
}

/** Nothing, the word `success` and an ErrCode of 0 are a yes. */
function readAnswer(status: number, text: string, secrets: PushSecrets): PushAnswer {
  const isAnswered = status >= 200 && status <= 299;
  if (text === '' || text === 'success') return { status, body: text, isAccepted: isAnswered };
  try {
    const body = openAnswer(text, secrets);
    return { status, body, isAccepted: isAnswered && Accepting.safeParse(body).success };
  } catch {
    return { status, body: null, isAccepted: false };
  }
}

async function answersWith(url: string, echo: string): Promise<boolean> {
  try {
    const response = await request(url, { signal: AbortSignal.timeout(answerMs) });
    return response.statusCode === 200 && (await response.body.text()) === echo;
  } catch {
    return false;
  }
}
