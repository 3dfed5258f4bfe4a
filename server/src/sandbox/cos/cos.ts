import { createHash } from 'node:crypto';
import Koa, { type Context } from 'koa';
import { clock } from '../../lib/clock';
import { randomHex } from '../../lib/ids';
import { findPostFault } from './policy';
import { findSignProblem } from './signing';
import { createFaults, type Faults } from '../faults';
import { readBody } from '../read-body';

export type CosSimulatorOptions = {
  secretId: string;
  secretKey: string;
  bucket: string;
  region: string;
  /** For all objects together; a store in memory has an end. */
  bytesMax?: number;
};

export type SandboxObject = { key: string; byteLength: number; contentType: string; at: number };

export type CosSimulator = {
  app: Koa;
  faults: Faults;
  /** Newest first. */
  objects(): SandboxObject[];
  /** Removes everything. */
  clear(): void;
};

type Stored = { bytes: Buffer; contentType: string; etag: string; at: number };
type Bucket = { objects: Map<string, Stored>; hasRoomFor(byteLength: number): boolean };

const objectBytesMax = 64 * 1024 * 1024;
const defaultBytesMax = 512 * 1024 * 1024;

/** One private bucket of Tencent COS, kept in memory: PUT, GET, HEAD, DELETE and the POST form, each under COS's own signature rules. */
export function createCosSimulator(options: CosSimulatorOptions): CosSimulator {
  const faults = createFaults();
  const objects = new Map<string, Stored>();
  const bytesMax = options.bytesMax ?? defaultBytesMax;
  const bucket: Bucket = {
    objects,
    hasRoomFor(byteLength) {
      let used = 0;
      for (const { bytes } of objects.values()) used += bytes.length;
      return used + byteLength <= bytesMax;
    },
  };

  const app = new Koa();
  app.use(async (ctx, next) => {
    // As a bucket with a CORS rule: the H5 build runs in a browser, under another origin.
    ctx.set({ 'x-cos-request-id': randomHex(16), Server: 'tencent-cos', 'Access-Control-Allow-Origin': '*' });
    ctx.set('Date', new Date(clock.now()).toUTCString());
    await next();
  });
  app.use(faults.middleware);
  app.use(async (ctx) => {
    if (ctx.method === 'OPTIONS') answerPreflight(ctx);
    else if (ctx.method === 'POST' && ctx.path === '/') await acceptForm(ctx, bucket, options);
    else await answerSigned(ctx, bucket, options);
  });

  return {
    app,
    faults,
    objects: () =>
      [...objects]
        .map(([key, { bytes, contentType, at }]) => ({ key, byteLength: bytes.length, contentType, at }))
        .reverse(),
    clear: () => objects.clear(),
  };
}

function answerPreflight(ctx: Context): void {
  ctx.set({
    'Access-Control-Allow-Methods': 'GET, POST, PUT, HEAD, DELETE',
    'Access-Control-Allow-Headers': ctx.get('access-control-request-headers'),
    'Access-Control-Max-Age': '600',
  });
  ctx.status = 204;
}

async function answerSigned(ctx: Context, bucket: Bucket, options: CosSimulatorOptions): Promise<void> {
  const problem = findSignProblem(
    { method: ctx.method, path: decodeURIComponent(ctx.path), query: ctx.URL.searchParams, headers: ctx.headers },
    options,
  );
  if (problem) return answerError(ctx, problem === 'InvalidArgument' ? 400 : 403, problem);

  const key = decodeURIComponent(ctx.path).slice(1);
  if (key === '') return answerBucket(ctx);
  if (ctx.method === 'PUT') return put(ctx, bucket, key);
  if (ctx.method === 'DELETE') {
    bucket.objects.delete(key);
    ctx.status = 204;
    return;
  }
  if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return answerError(ctx, 405, 'MethodNotAllowed');

  const stored = bucket.objects.get(key);
  if (!stored) return answerError(ctx, 404, 'NoSuchKey');
  show(ctx, stored);
}

function answerBucket(ctx: Context): void {
  if (ctx.method === 'HEAD') ctx.status = 200;
  else answerError(ctx, 405, 'MethodNotAllowed');
}

async function put(ctx: Context, bucket: Bucket, key: string): Promise<void> {
  const bytes = await readBody(ctx.req, objectBytesMax);
  if (!bytes) return answerError(ctx, 400, 'EntityTooLarge');

  const md5 = ctx.get('content-md5');
  if (md5 !== '' && md5 !== createHash('md5').update(bytes).digest('base64')) return answerError(ctx, 400, 'BadDigest');
  if (!bucket.hasRoomFor(bytes.length)) return answerError(ctx, 507, 'SandboxFull');

  ctx.set('ETag', keep(bucket, key, bytes, ctx.get('content-type') || 'application/octet-stream'));
  ctx.status = 200;
  ctx.body = ''; // Else Koa writes "OK".
}

async function acceptForm(ctx: Context, bucket: Bucket, options: CosSimulatorOptions): Promise<void> {
  const form = await readForm(ctx);
  if (!form) return answerError(ctx, 400, 'MalformedPOSTRequest');

  const fault = findPostFault({ fields: form.fields, byteLength: form.bytes.length }, options.bucket, options);
  if (fault) return answerError(ctx, fault.status, fault.code, fault.message);
  if (!bucket.hasRoomFor(form.bytes.length)) return answerError(ctx, 507, 'SandboxFull');

  const key = form.fields.get('key') ?? '';
  const contentType = form.fields.get('content-type') ?? 'application/octet-stream';
  ctx.set('ETag', keep(bucket, key, form.bytes, contentType));
  ctx.set('Location', `http://${ctx.host}/${key}`);
  const wanted = Number(form.fields.get('success_action_status'));
  ctx.status = [200, 201, 204].includes(wanted) ? wanted : 204;
  if (ctx.status !== 204) ctx.body = '';
}

/** Fields by their lower-cased names, and the file: one only, under the name `file`, and last. What follows it is not looked at. */
async function readForm(ctx: Context): Promise<{ fields: Map<string, string>; bytes: Buffer } | null> {
  const body = await readBody(ctx.req, objectBytesMax);
  if (!body || !ctx.is('multipart/form-data')) return null;

  const parsed = new Response(new Uint8Array(body), { headers: { 'content-type': ctx.get('content-type') } });
  const form = await parsed.formData().catch(() => null);
  if (!form) return null;

  const fields = new Map<string, string>();
  for (const [name, value] of form) {
    if (typeof value !== 'string') {
      return name === 'file' ? { fields, bytes: Buffer.from(await value.arrayBuffer()) } : null;
    }
    fields.set(name.toLowerCase(), value);
  }
  return null;
}

function keep(bucket: Bucket, key: string, bytes: Buffer, contentType: string): string {
  const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
  bucket.objects.delete(key); // So that the newest is the last.
  bucket.objects.set(key, { bytes, contentType, etag, at: clock.now() });
  return etag;
}

function show(ctx: Context, stored: Stored): void {
  ctx.set({ ETag: stored.etag, 'Last-Modified': new Date(stored.at).toUTCString(), 'Accept-Ranges': 'bytes' });
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(ctx.get('range')) ?? [];
  if (from === undefined) {
    ctx.status = 200;
    ctx.body = stored.bytes;
  } else {
    const last = Math.min(to === undefined || to === '' ? Infinity : Number(to), stored.bytes.length - 1);
    if (Number(from) > last) return answerError(ctx, 416, 'InvalidRange');
    ctx.status = 206;
    ctx.set('Content-Range', `bytes ${from}-${last}/${stored.bytes.length}`);
    ctx.body = stored.bytes.subarray(Number(from), last + 1);
  }
  ctx.set('Content-Type', stored.contentType);
}

function answerError(ctx: Context, status: number, code: string, message: string = code): void {
  ctx.status = status;
  ctx.body =
    "<?xml version='1.0' encoding='utf-8' ?>\n" +
    `<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message><Resource>${escapeXml(ctx.host + ctx.path)}</Resource>` +
    `<RequestId>${randomHex(16)}</RequestId></Error>`;
  ctx.type = 'application/xml';
}

function escapeXml(text: string): string {
  return text.replace(/[<>&'"]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
