import { Agent, request, type Dispatcher } from 'undici';
import type { z } from 'zod';
import { VendorUnavailable } from '../lib/errors';

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

  async function send(input: VendorRequest): Promise<VendorReply> {
    const bytesMax = input.bytesMax ?? 2 * 1024 * 1024;
    try {
      const response = await request(base + input.path, {
        method: input.method,
        headers: input.headers,
        body: input.body,
        dispatcher: agent,
        signal: AbortSignal.timeout(input.timeoutMs ?? defaults.timeoutMs ?? 8_000),
      });
      return {
        status: response.statusCode,
        headers: flat(response.headers),
        body: await readAll(response.body, bytesMax),
      };
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
