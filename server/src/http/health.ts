import Router from '@koa/router';
import { select } from '../db/sql';
import { clock, minutes } from '../lib/clock';
import { logger } from '../lib/logger';
import { storage } from '../vendors/storage/port';
import type { RequestState } from './context';
import type { Operation } from './operations';

type Check = { isGood: boolean; ms: number };

/** Set while the process drains: from then on it is not ready, and answers close their connections. */
export const draining = { isOn: false };

export const healthRoutes = new Router<RequestState>();

healthRoutes.get('/health', (ctx) => {
  ctx.body = { status: 'ok' };
});

healthRoutes.get('/health/ready', async (ctx) => {
  const checks = {
    database: await check(async () => void (await select('SELECT 1 AS one', {}))),
    storage: await check(() => storage.current.check()),
    queue: await check(refuseOldQueue),
    ledger: await check(refuseUnevenLedger),
  };
  const isReady = !draining.isOn && Object.values(checks).every((each) => each.isGood);

  ctx.status = isReady ? 200 : 503;
  ctx.body = { status: isReady ? 'ready' : draining.isOn ? 'draining' : 'not_ready', checks };
});

/** A due task that nobody took for five minutes: no worker is running, or all are stuck. */
async function refuseOldQueue(): Promise<void> {
  const rows = await select<{ id: string }>(
    `SELECT id FROM tasks WHERE type = 'basic_clean' AND status = 'queued' AND wake_at < :before LIMIT 1`,
    { before: clock.now() - minutes(5) },
  );
  if (rows.length > 0) throw new Error('a due task has waited for over five minutes');
}

/** The sums alone, quick enough to be asked often; the whole walk is `verifyLedger`. */
async function refuseUnevenLedger(): Promise<void> {
  const [row] = await select<{ faulty: number }>(
    `SELECT COUNT(*) AS faulty FROM quota_accounts a LEFT JOIN quota_entries e ON e.user_id = a.user_id AND e.position = a.entry_count
     WHERE a.entry_count > 0 AND (e.id IS NULL OR e.remaining_after <> a.remaining OR e.held_after <> a.held OR e.hash <> a.head_hash)`,
    {},
  );
  if (Number(row?.faulty ?? 0) > 0) throw new Error(`${row?.faulty} accounts differ from their entries`);
}

async function check(work: () => Promise<void>): Promise<Check> {
  const startedAt = performance.now();
  const ms = (): number => Math.round(performance.now() - startedAt);
  try {
    await work();
    return { isGood: true, ms: ms() };
  } catch (error) {
    logger.error({ err: error }, 'a readiness check failed');
    return { isGood: false, ms: ms() };
  }
}

export const healthOperations: Operation[] = [
  { method: 'get', path: '/health', summary: '进程是否存活', isPublic: true, answers: { 200: null }, errors: [] },
  {
    method: 'get',
    path: '/health/ready',
    summary: '能否接待请求',
    isPublic: true,
    answers: { 200: null, 503: null },
    errors: [],
  },
];
