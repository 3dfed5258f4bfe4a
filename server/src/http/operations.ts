import type { ErrorCode } from '@suyi/shared-types';
import type { z } from 'zod';

/** One route as the outside sees it: the source of /openapi.json. A test holds the list against the routers. */
export type Operation = {
  method: 'get' | 'post' | 'delete';
  /** With `:name` for its parameters. */
  path: string;
  summary: string;
  /** No token is asked for. */
  isPublic?: boolean;
  query?: z.ZodType;
  body?: z.ZodType;
  bodyType?: 'application/json' | 'application/x-www-form-urlencoded' | 'multipart/form-data';
  takesIdempotencyKey?: boolean;
  /** What is answered, by status; null: no JSON body. */
  answers: Record<number, z.ZodType | null>;
  errors: readonly ErrorCode[];
};

/** What any signed-in route may answer besides its own errors. */
export const signInErrors = [
  'unauthorized',
  'token_invalid',
  'token_expired',
  'token_revoked',
  'user_blocked',
] as const;
