import type { ErrorCode } from '@suyi/shared-types';

export type ErrorDetails = {
  retryAfterSeconds?: number;
  fields?: { path: string; message: string }[];
  quotaEffect?: 'none' | 'held' | 'captured' | 'released';
};

/** What a caller can act on. Anything else that is thrown is a bug or an outage, and its words never leave the server. */
export class AppError extends Error {
  override name = 'AppError';

  constructor(
    readonly code: ErrorCode,
    readonly details: ErrorDetails = {},
  ) {
    super(code);
  }
}

/** No usable answer came from a vendor: after a question ask again; after an order we do not know. */
export class VendorUnavailable extends Error {
  override name = 'VendorUnavailable';

  constructor(
    readonly vendor: string,
    reason: string,
    options?: { cause?: unknown },
  ) {
    super(`${vendor}: ${reason}`, options);
  }
}

/** A vendor's clear no: a value, not an exception. `code` is the vendor's own word, for the log. */
export type Refusal = { refused: true; code: string; reason: string };

export const refusal = (code: string, reason: string): Refusal => ({ refused: true, code, reason });

export function isRefusal(answer: unknown): answer is Refusal {
  return typeof answer === 'object' && answer !== null && 'refused' in answer && answer.refused === true;
}
