import { createHash } from 'node:crypto';
import { IdempotencyKey } from '@suyi/shared-types';
import type { Context } from 'koa';
import { AppError } from '../lib/errors';
import { randomHex } from '../lib/ids';

export type IdempotentRequest = { key: string; requestHash: string };

/**
 * The wish that this request stands for: the phone's key, and what it asked for. Without a key every request is a wish of
 * its own. The service that creates keeps the two beside what it made, in the same transaction.
 */
export function idempotencyOf(ctx: Context): IdempotentRequest {
  const given = ctx.get('idempotency-key');
  if (given !== '' && !IdempotencyKey.safeParse(given).success) {
    throw new AppError('invalid_request', {
      fields: [{ path: 'Idempotency-Key', message: '需为 8 到 64 个字母、数字或 .:-_' }],
    });
  }
  return { key: given || randomHex(16), requestHash: hashOf(ctx.request.body) };
}

/** Two bodies that say the same, whatever the order of their keys, have the same hash. */
function hashOf(body: unknown): string {
  return createHash('sha256').update(canonical(body)).digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const pairs = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${pairs.map(([name, part]) => `${JSON.stringify(name)}:${canonical(part)}`).join(',')}}`;
}
