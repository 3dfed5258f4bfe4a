import type { Context, DefaultState } from 'koa';

/** What our middleware leaves for those behind it. */
export type RequestState = DefaultState & {
  requestId: string;
  /** Whose address counts, after `TRUST_PROXY`. */
  clientIp: string;
};

export type SignedInState = RequestState & {
  userId: string;
  openid: string | null;
  tokenId: string;
  tokenExpiresAt: number;
};

export type { Context };
