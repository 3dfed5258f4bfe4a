import { z } from 'zod';
import { newIdempotencyKey } from '../platform/random';
import { forget, keep, readKept } from '../platform/storage';

const RetryWish = z.object({ taskId: z.string(), key: z.string() });

const wishKey = 'retry-wish';

/** For a phone that refuses to keep anything. */
let latest: z.infer<typeof RetryWish> | null = null;

/** Kept until the server has answered: a double tap, and a tap after the app was killed, are one retry. */
export function retryKeyOf(taskId: string): string {
  const kept = latest ?? readKept(wishKey, RetryWish);
  if (kept?.taskId === taskId) return kept.key;

  latest = { taskId, key: newIdempotencyKey() };
  keep(wishKey, latest);
  return latest.key;
}

export function forgetRetry(): void {
  latest = null;
  forget(wishKey);
}
