import Taro from '@tarojs/taro';
import { z } from 'zod';
import { connection } from '../platform/connection';
import { absoluteUrl } from './address';
import { ApiProblem, problemOf, silence } from './problem';

/*
 * The only place that opens a connection. `wx.request` calls every answer a success, whatever its status, and H5's
 * rejects for reasons of its own: both end here as either a parsed answer or an `ApiProblem`.
 */

export interface Call<Answer> {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  /** What the answer must look like; anything else is a `bad_answer`. */
  answer: z.ZodType<Answer>;
  query?: Record<string, string | number | undefined>;
  body?: object;
  /** The seller's wish, named once and sent again unchanged on every retry. */
  idempotencyKey?: string;
  /** Asks the server to hold the answer until the work is done, for at most so long. */
  waitSeconds?: number;
  /** Which phone asks, where the server counts by it. */
  deviceId?: string;
  timeoutMs?: number;
}

interface Session {
  token: () => string | null;
  /** Told when the server no longer accepts the token. */
  onSignedOut: (problem: ApiProblem) => void;
}

/** Pauses before the second and the third attempt. */
const retryPausesMs = [600, 1800];
/** A longer wish of the server's (`Retry-After`) is handed to the seller instead of waited out. */
const retryAfterSecondsMax = 3;
const timeoutMs = { request: 12_000, transfer: 120_000 };

let session: Session = { token: () => null, onSignedOut: () => {} };

/** For answers whose body says nothing. */
export const nothing = z.unknown().transform((): void => undefined);

/** Tells the client whose token to send. Called once, by the session's state. */
export function signRequestsFor(owner: Session): void {
  session = owner;
}

/** Asks, retrying by itself what may be asked twice: reading, and creating under an idempotency key. */
export async function call<Answer>(wish: Call<Answer>): Promise<Answer> {
  const isRepeatable = wish.method !== 'POST' || wish.idempotencyKey !== undefined;

  for (let attempt = 0; ; attempt += 1) {
    try {
      return await callOnce(wish);
    } catch (thrown) {
      const pauseMs = isRepeatable ? pauseBefore(thrown, attempt) : null;
      if (pauseMs === null) throw thrown;
      await sleep(pauseMs);
    }
  }
}

function pauseBefore(thrown: unknown, attempt: number): number | null {
  const fixedMs = retryPausesMs[attempt];
  if (!(thrown instanceof ApiProblem) || !thrown.isPassing || fixedMs === undefined) return null;
  if (thrown.code === 'offline') return null;

  const askedSeconds = thrown.retryAfterSeconds ?? 0;
  if (askedSeconds > retryAfterSecondsMax) return null;
  return Math.max(fixedMs, askedSeconds * 1000);
}

async function callOnce<Answer>(wish: Call<Answer>): Promise<Answer> {
  const token = session.token();
  const reply = await connect(() =>
    Taro.request<unknown, string | object | undefined>({
      url: absoluteUrl(wish.path) + queryOf(wish.query),
      method: wish.method,
      header: headersOf(wish, token),
      data: wish.body && JSON.stringify(wish.body),
      timeout: wish.timeoutMs ?? timeoutMs.request + (wish.waitSeconds ?? 0) * 1000,
    }),
  );

  if (reply.statusCode < 200 || reply.statusCode >= 300) {
    const problem = problemOf(reply.statusCode, reply.data);
    if (problem.isSignedOut && token !== null && token === session.token()) session.onSignedOut(problem);
    throw problem;
  }
  return parseAnswer(wish.answer, reply.statusCode, reply.data);
}

function headersOf(wish: Call<unknown>, token: string | null): Record<string, string> {
  const header: Record<string, string> = { Accept: 'application/json' };
  if (wish.body) header['Content-Type'] = 'application/json';
  if (token) header.Authorization = `Bearer ${token}`;
  if (wish.idempotencyKey) header['Idempotency-Key'] = wish.idempotencyKey;
  if (wish.waitSeconds) header.Prefer = `wait=${wish.waitSeconds}`;
  if (wish.deviceId) header['X-Device-Id'] = wish.deviceId;
  return header;
}

function queryOf(query: Call<unknown>['query']): string {
  const pairs = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function parseAnswer<Answer>(schema: z.ZodType<Answer>, status: number, data: unknown): Answer {
  const parsed = schema.safeParse(data);
  if (!parsed.success) throw silence('bad_answer', status);
  return parsed.data;
}

/** Sends a form with one file, as object stores take it: fields first, file last. Any 2xx is success. */
export async function uploadForm(form: {
  url: string;
  fields: Record<string, string>;
  fileField: string;
  filePath: string;
  onPercent: (percent: number) => void;
}): Promise<void> {
  const reply = await connect(() => {
    const transfer = Taro.uploadFile({
      url: absoluteUrl(form.url),
      filePath: form.filePath,
      name: form.fileField,
      formData: form.fields,
      timeout: timeoutMs.transfer,
      // The form is its own permission; a store that allows every origin refuses credentials.
      withCredentials: false,
    });
    transfer.progress?.((update) => form.onPercent(update.progress));
    return transfer;
  });

  if (reply.statusCode < 200 || reply.statusCode >= 300) throw problemOf(reply.statusCode, parseJson(reply.data));
}

/** Fetches a picture into a temporary file and answers its path. */
export async function downloadPicture(url: string): Promise<string> {
  const reply = await connect(() =>
    Taro.downloadFile({ url: absoluteUrl(url), timeout: timeoutMs.transfer, withCredentials: false }),
  );
  if (reply.statusCode !== 200) throw problemOf(reply.statusCode, null);
  return reply.tempFilePath;
}

/** True when an address answers 200. Never throws. */
export async function answersOk(path: string): Promise<boolean> {
  try {
    const reply = await Taro.request({ url: absoluteUrl(path), timeout: timeoutMs.request });
    return reply.statusCode === 200;
  } catch {
    return false;
  }
}

async function connect<Reply>(send: () => PromiseLike<Reply>): Promise<Reply> {
  try {
    return await send();
  } catch (thrown) {
    throw await silenceOf(thrown);
  }
}

async function silenceOf(thrown: unknown): Promise<ApiProblem> {
  if (await connection.isOffline()) return silence('offline');
  return silence(/time.?out|abort/i.test(wordsOf(thrown)) ? 'timeout' : 'unreachable');
}

function wordsOf(thrown: unknown): string {
  if (thrown === null || typeof thrown !== 'object') return String(thrown);
  const words = 'errMsg' in thrown ? thrown.errMsg : 'message' in thrown ? thrown.message : '';
  return String(words);
}

function parseJson(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
