import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export type Tc3Request = {
  method: string;
  path: string;
  /** Without the question mark. */
  query: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
};

export type Tc3Problem =
  `AuthFailure.${'InvalidAuthorization' | 'SecretIdNotFound' | 'SignatureExpire' | 'SignatureFailure'}`;

const form =
  /^TC3-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{4}-\d{2}-\d{2})\/([^/,\s]+)\/tc3_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;
const toleranceSeconds = 300;

/** Tencent Cloud's signature v3, checked as the vendor checks it. Null when it holds. */
export function findTc3Problem(
  request: Tc3Request,
  keys: { secretId: string; secretKey: string },
  nowMs: number,
): Tc3Problem | null {
  const [, secretId, date, service, signedHeaders, signature] = form.exec(request.headers.authorization ?? '') ?? [];
  if (!secretId || !date || !service || !signedHeaders || !signature) return 'AuthFailure.InvalidAuthorization';
  if (secretId !== keys.secretId) return 'AuthFailure.SecretIdNotFound';

  const signedNames = signedHeaders.split(';');
  if (!signedNames.includes('content-type') || !signedNames.includes('host')) return 'AuthFailure.InvalidAuthorization';

  const timestamp = String(request.headers['x-tc-timestamp'] ?? '');
  if (!/^\d{10}$/.test(timestamp)) return 'AuthFailure.SignatureExpire';
  if (Math.abs(nowMs / 1_000 - Number(timestamp)) > toleranceSeconds) return 'AuthFailure.SignatureExpire';
  if (new Date(Number(timestamp) * 1_000).toISOString().slice(0, 10) !== date) return 'AuthFailure.SignatureFailure';

  const canonical = canonicalRequest(request, signedNames);
  const stringToSign = ['TC3-HMAC-SHA256', timestamp, `${date}/${service}/tc3_request`, sha256(canonical)].join('\n');
  const dateKey = hmac(`TC3${keys.secretKey}`, date);
  const signingKey = hmac(hmac(dateKey, service), 'tc3_request');
  const expected = hmac(signingKey, stringToSign);

  return timingSafeEqual(expected, Buffer.from(signature, 'hex')) ? null : 'AuthFailure.SignatureFailure';
}

function canonicalRequest(request: Tc3Request, signedNames: string[]): string {
  const headers = signedNames.map((name) => `${name}:${headerOf(request.headers, name)}\n`).join('');
  return [request.method, request.path, request.query, headers, signedNames.join(';'), sha256(request.body)].join('\n');
}

/** The vendor's package signs the host without its port, which makes no difference at their address and all of it at ours. */
function headerOf(headers: IncomingHttpHeaders, name: string): string {
  const value = String(headers[name] ?? '')
    .trim()
    .toLowerCase();
  return name === 'host' ? value.replace(/:\d+$/, '') : value;
}

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
