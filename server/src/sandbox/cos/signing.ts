import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { clock } from '../../lib/clock';

export type CosKeys = { secretId: string; secretKey: string };

export type CosRequest = { method: string; path: string; query: URLSearchParams; headers: IncomingHttpHeaders };

/** COS's own words for what is wrong with a signature. */
export type SignProblem =
  'AccessDenied' | 'InvalidAccessKeyId' | 'RequestTimeTooSkewed' | 'SignatureDoesNotMatch' | 'InvalidArgument';

const parts = [
  'q-sign-algorithm',
  'q-ak',
  'q-sign-time',
  'q-key-time',
  'q-header-list',
  'q-url-param-list',
  'q-signature',
] as const;
type Part = (typeof parts)[number];

/**
 * A `q-sign` in the Authorization header or in the address, checked as COS checks it (document 436/7778): key, time, every signed
 * header and parameter as it arrived, signature. Null when it holds.
 */
export function findSignProblem(request: CosRequest, keys: CosKeys): SignProblem | null {
  const signed = readParts(request);
  if (signed === null) return 'AccessDenied';
  if (signed === 'malformed' || signed['q-sign-algorithm'] !== 'sha1') return 'InvalidArgument';
  if (signed['q-ak'] !== keys.secretId) return 'InvalidAccessKeyId';

  const isTimely = isNow(signed['q-sign-time']) && isNow(signed['q-key-time']);
  if (!isTimely) return 'RequestTimeTooSkewed';

  const headers = canonical(signed['q-header-list'], (name) => headerOf(request.headers, name));
  const query = canonical(signed['q-url-param-list'], (name) => parameterOf(request.query, name));
  if (headers === null || query === null) return 'SignatureDoesNotMatch';

  const format = `${request.method.toLowerCase()}\n${request.path}\n${query}\n${headers}\n`;
  const stringToSign = `sha1\n${signed['q-sign-time']}\n${createHash('sha1').update(format).digest('hex')}\n`;
  const expected = sign(stringToSign, signed['q-key-time'], keys.secretKey);
  return isSame(signed['q-signature'], expected) ? null : 'SignatureDoesNotMatch';
}

/** HMAC-SHA1 under the key of this span of time, as both the header and the POST policy use it. */
export function sign(text: string, keyTime: string, secretKey: string): string {
  const signKey = createHmac('sha1', secretKey).update(keyTime).digest('hex');
  return createHmac('sha1', signKey).update(text).digest('hex');
}

/** Whether `start;end` in unix seconds holds this moment. */
export function isNow(span: string): boolean {
  const [, start, end] = /^(\d{1,12});(\d{1,12})$/.exec(span) ?? [];
  const now = clock.now() / 1_000;
  return start !== undefined && end !== undefined && Number(start) <= now && now < Number(end);
}

export function isSame(sent: string, expected: string): boolean {
  const [a, b] = [Buffer.from(sent), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function readParts(request: CosRequest): Record<Part, string> | 'malformed' | null {
  const header = request.headers.authorization;
  // In the header nothing is encoded; in the address it is, and URLSearchParams has undone that.
  const found = header
    ? new Map(header.split('&').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
    : new Map(request.query);
  if (!header && !found.has('q-signature')) return null;
  if (parts.some((part) => !found.has(part))) return 'malformed';

  const of = (part: Part): string => found.get(part) ?? '';
  return {
    'q-sign-algorithm': of('q-sign-algorithm'),
    'q-ak': of('q-ak'),
    'q-sign-time': of('q-sign-time'),
    'q-key-time': of('q-key-time'),
    'q-header-list': of('q-header-list'),
    'q-url-param-list': of('q-url-param-list'),
    'q-signature': of('q-signature'),
  };
}

/** `name=value&…` of the listed names in their sorted order; null when one of them did not arrive, or the list is out of order. */
function canonical(list: string, valueOf: (name: string) => string | null): string | null {
  if (list === '') return '';
  const names = list.split(';');
  if (names.join() !== [...names].sort().join()) return null;

  const pairs: string[] = [];
  for (const name of names) {
    const value = valueOf(name);
    if (value === null) return null;
    pairs.push(`${name}=${encode(value)}`);
  }
  return pairs.join('&');
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[decodeURIComponent(name)];
  return typeof value === 'string' ? value : null;
}

function parameterOf(query: URLSearchParams, name: string): string | null {
  for (const [key, value] of query) {
    if (encode(key).toLowerCase() === name) return value;
  }
  return null;
}

/** RFC 3986: also the five marks that JavaScript leaves as they are. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}
