import { Agent, request, type Dispatcher } from 'undici';
import type { z } from 'zod';
import { VendorUnavailable } from '../lib/errors';
import { logger } from '../lib/logger';
import { durations } from '../lib/meters';
import { currentScope } from '../lib/request-scope';

export type VendorReply = { status: number; headers: Record<string, string>; body: Buffer };

export type VendorRequest = {
  method: 'GET' | 'POST' | 'PUT' | 'HEAD' | 'DELETE';
  /** With its leading slash, query included. */
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** The whole exchange, body included. */
  timeoutMs?: number;
  /** An answer longer than this is cut off and counts as none. */
  bytesMax?: number;
};

export type VendorHttp = {
  /** Any HTTP status is an answer; only a missing, late, cut or too long one throws `VendorUnavailable`. */
  send(input: VendorRequest): Promise<VendorReply>;
  /** Sends JSON and reads JSON of this shape; another status than 2xx, or another shape, is `VendorUnavailable`. */
  json<T>(shape: z.ZodType<T>, input: Omit<VendorRequest, 'body'> & { body?: unknown }): Promise<T>;
};

/** An HTTP client for one vendor at one base address. No retries: only the caller knows whether asking twice is safe. */
export function vendorHttp(vendor: string, baseUrl: string, defaults: { timeoutMs?: number } = {}): VendorHttp {
  const base = baseUrl.replace(/\/+$/, '');
  const agent = new Agent({ connect: { timeout: 3_000 }, connections: 32, keepAliveTimeout: 4_000 });

  async function exchange(input: VendorRequest): Promise<VendorReply> {
    const response = await request(base + input.path, {
      method: input.method,
      headers: { ...requestIdHeader(), ...input.headers },
      body: input.body,
      dispatcher: agent,
      signal: AbortSignal.timeout(input.timeoutMs ?? defaults.timeoutMs ?? 8_000),
    });
    return {
      status: response.statusCode,
      headers: flat(response.headers),
      body: await readAll(response.body, input.bytesMax ?? 2 * 1024 * 1024),
    };
  }

  async function send(input: VendorRequest): Promise<VendorReply> {
    try {
      return await measureCall(
        vendor,
        () => exchange(input),
        ({ status }) => outcomeOf(status),
      );
    } catch (error) {
      throw new VendorUnavailable(vendor, `${input.method} got no usable answer`, { cause: error });
    }
  }

  async function json<T>(shape: z.ZodType<T>, input: Omit<VendorRequest, 'body'> & { body?: unknown }): Promise<T> {
    const { body, headers, ...rest } = input;
    const reply = await send({
      ...rest,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (reply.status < 200 || reply.status > 299) throw new VendorUnavailable(vendor, `answered ${reply.status}`);

    const parsed = shape.safeParse(parseJson(reply.body));
    if (!parsed.success) throw new VendorUnavailable(vendor, 'answered in another shape', { cause: parsed.error });
    return parsed.data;
  }

  return { send, json };
}

/** For the vendor's support, and ours: the phone's request, or the task, that the call is made for. No signature covers it. */
export function requestIdHeader(): Record<string, string> {
  const { requestId, taskId } = currentScope();
  const id = requestId ?? taskId;
  return id === undefined ? {} : { 'x-request-id': id };
}

const calls = durations({
  name: 'suyi_vendor_call_seconds',
  help: 'How long calls to vendors took, by vendor and outcome: answered, refused (4xx), failed (5xx), silent (no usable answer)',
  labels: ['vendor', 'outcome'],
  steps: [0.05, 0.2, 1, 5, 20],
});

export type CallOutcome = 'answered' | 'refused' | 'failed' | 'silent';

const slowMs = 3_000;

export const outcomeOf = (status: number): CallOutcome =>
  status >= 500 ? 'failed' : status >= 400 ? 'refused' : 'answered';

/**
 * Runs one call to a vendor, counts it and writes its line in the log: without path and query, where ids and tokens stand.
 * What it throws counts as no usable answer, and goes on to the caller.
 */
export async function measureCall<T>(
  vendor: string,
  call: () => Promise<T>,
  judge: (answer: T) => CallOutcome,
): Promise<T> {
  const startedAt = performance.now();
  const end = (outcome: CallOutcome): void => {
    const ms = performance.now() - startedAt;
    calls.observe({ vendor, outcome }, ms / 1_000);
    const isNotable = ms > slowMs || outcome === 'failed' || outcome === 'silent';
    logger[isNotable ? 'info' : 'debug']({ vendor, outcome, ms: Math.round(ms) }, 'vendor call');
  };

  try {
    const answer = await call();
    end(judge(answer));
    return answer;
  } catch (error) {
    end('silent');
    throw error;
  }
}

/** The JSON in these bytes, or undefined when there is none. */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

async function readAll(body: Dispatcher.ResponseData['body'], bytesMax: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of body) {
    const bytes = Buffer.from(part as Uint8Array);
    length += bytes.length;
    if (length > bytesMax) {
      body.destroy();
      throw new Error(`the answer is longer than ${bytesMax} bytes`);
    }
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) result[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return result;
}
