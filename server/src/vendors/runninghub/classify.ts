import { VendorUnavailable } from '../../lib/errors';
import type { NoJob, RefusalKind } from './port';

/**
 * What a number says. `open`: the job is queued or running. `failed`: it ended without pictures. `gone`: no such job, or no
 * more. `undecided`: the vendor is in trouble, and nothing is known. The others are a clear no, and nothing was made.
 */
export type Meaning = 'ok' | 'open' | 'failed' | 'gone' | 'undecided' | RefusalKind;

/** By number alone: the vendor's words mix "running" with "failed", and change. */
export const meaningOfCode: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['0', 'ok'],
  ['301', 'configuration'], // PARAMS_INVALID
  ['380', 'configuration'], // WORKFLOW_NOT_EXISTS
  ['401', 'configuration'], // the key was not taken
  ['412', 'configuration'], // TOKEN_INVALID, and in practice a wrong path
  ['414', 'balance'], // TASK_CREATE_FAILED_BY_NOT_ENOUGH_POWER_VALUE
  ['415', 'busy'], // TASK_INSTANCE_MAXED
  ['416', 'balance'], // TASK_CREATE_FAILED_BY_NOT_ENOUGH_WALLET
  ['421', 'busy'], // TASK_QUEUE_MAXED
  ['423', 'gone'], // task not found
  ['433', 'configuration'], // VALIDATE_PROMPT_FAILED
  ['435', 'configuration'], // exclusive API
  ['436', 'configuration'], // exclusive API
  ['500', 'undecided'], // unknown
  ['801', 'configuration'], // a free user
  ['802', 'configuration'], // unauthorised
  ['803', 'configuration'], // INVALID_NODE_INFO
  ['804', 'open'], // running
  ['805', 'failed'], // APIKEY_TASK_STATUS_ERROR
  ['806', 'configuration'], // user not found
  ['807', 'gone'], // task not found
  ['808', 'photo'], // upload failed
  ['809', 'photo'], // too large
  ['810', 'configuration'], // WORKFLOW_NOT_SAVED_OR_NOT_RUNNING
  ['811', 'configuration'], // CORPAPIKEY_INVALID
  ['812', 'balance'], // CORPAPIKEY_INSUFFICIENT_FUNDS
  ['813', 'open'], // queued
  ['814', 'busy'], // PERSONAL_QUEUE_COUNT_LIMIT
  ['901', 'configuration'], // WEBAPP_NOT_EXISTS
  ['1000', 'undecided'], // unknown
  ['1001', 'configuration'], // bad address
  ['1002', 'configuration'], // bad key
  ['1003', 'busy'], // rate limit
  ['1004', 'gone'], // task not found or expired
  ['1005', 'undecided'], // internal
  ['1006', 'undecided'], // execution time-out
  ['1007', 'configuration'], // parameters
  ['1008', 'photo'], // too large
  ['1009', 'configuration'], // method
  ['1010', 'undecided'], // unavailable
  ['1011', 'undecided'], // model busy
  ['1012', 'undecided'], // upstream
  ['1013', 'photo'], // file processing
  ['1014', 'configuration'], // an enterprise-shared key is needed
  ['1015', 'failed'], // generation failed
  ['1101', 'configuration'], // node list
  ['1501', 'moderation'], // content moderation
  ['1504', 'undecided'], // model time-out
  ['1505', 'moderation'], // photorealistic real people prohibited
  ['1520', 'busy'], // TASK_USER_CONCURRENT_LIMIT
  ['1601', 'configuration'], // key check failed
]);

/** The head of an answer: the HTTP status, and the vendor's number where it gave one that is not 0. */
export type Head = { status: number; code: string | null };

/** The number counts under any HTTP status; without one that we know, 429 and 401 are a no and every other error is nothing. */
export function meaningOf({ status, code }: Head): Meaning {
  const known = code === null ? undefined : meaningOfCode.get(code);
  if (known !== undefined) return known;
  if (status === 429) return 'busy';
  // Turned away at the door: whatever was asked was not done.
  if (status === 401) return 'configuration';

  return code === null && status >= 200 && status <= 299 ? 'ok' : 'undecided';
}

const refusalKinds: ReadonlySet<Meaning> = new Set(['busy', 'balance', 'configuration', 'photo', 'moderation']);
const isRefusalKind = (meaning: Meaning): meaning is RefusalKind => refusalKinds.has(meaning);

/** The vendor's clear no in this answer, or null where it holds none. */
export function noJobIn(head: Head): NoJob | null {
  const kind = meaningOf(head);
  return isRefusalKind(kind) ? { refused: true, kind, code: codeFor(head) } : null;
}

/** What to call an answer in a log: the vendor's number, or the HTTP status. */
export const codeFor = ({ status, code }: Head): string => code ?? `http_${status}`;

export function unusable(asked: string, head: Head): VendorUnavailable {
  return new VendorUnavailable('runninghub', `answered ${asked} with ${codeFor(head)}`);
}
