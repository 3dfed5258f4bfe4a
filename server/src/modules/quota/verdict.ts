import { change, insert, select } from '../../db/sql';
import { takeTurn } from '../../db/turns';
import { clock, days, minutes, toMoment } from '../../lib/clock';
import { newId } from '../../lib/ids';
import { logger } from '../../lib/logger';
import { verifyLedger, type LedgerVerdict } from './verify';

/** What the last walk over the whole ledger came to. Times are epoch milliseconds. */
export type StoredVerdict = { isWhole: boolean; accounts: number; entries: number; tookMs: number; checkedAt: number };

/** A walk that took a second is repeated after a minute, one of a minute after fifty: at most two hundredths of a core. */
const pauseMin = minutes(1);
const pausePerWalk = 50;
const keptMs = days(30);

/**
 * Walks the ledger when the last walk is long enough ago, in one process among all that ask, and keeps the verdict for
 * readiness and metrics. A ledger that does not hold is an error in the log each time.
 */
export async function keepVerdict(furtherFaults: () => Promise<string[]>): Promise<void> {
  const last = await lastVerdict();
  const tookMs = last?.tookMs ?? 0;
  // A bad one is looked at again soon: it keeps every server from being ready until it is mended.
  const pause = last?.isWhole ? Math.max(pauseMin, tookMs * pausePerWalk) : pauseMin;
  if (last && clock.now() - last.checkedAt < pause) return;
  if (await takeTurn('verify-ledger', Math.max(pauseMin, tookMs * 2))) await verifyAndKeep(furtherFaults);
}

/** Walks the ledger now, adds what others find wrong with it, and keeps the verdict. */
export async function verifyAndKeep(
  furtherFaults: () => Promise<string[]>,
): Promise<LedgerVerdict & { tookMs: number }> {
  const checkedAt = clock.now();
  const startedAt = performance.now();
  const { accounts, entries, faults: ownFaults } = await verifyLedger();
  const faults = [...ownFaults, ...(await furtherFaults())];
  const isWhole = faults.length === 0;
  const tookMs = Math.round(performance.now() - startedAt);
  await insert('ledger_verdicts', {
    id: newId('vrd'),
    is_whole: isWhole ? 1 : 0,
    accounts,
    entries,
    faults: JSON.stringify(faults),
    took_ms: tookMs,
    checked_at: checkedAt,
  });
  await change('DELETE FROM ledger_verdicts WHERE checked_at < :before', { before: checkedAt - keptMs });
  if (!isWhole) logger.error({ accounts, entries, faults: faults.slice(0, 10) }, 'the ledger does not hold');
  return { isWhole, accounts, entries, faults, tookMs };
}

/** Null before the first walk. */
export async function lastVerdict(): Promise<StoredVerdict | null> {
  const [row] = await select<Omit<StoredVerdict, 'isWhole'> & { isWhole: number }>(
    `SELECT is_whole AS isWhole, accounts, entries, took_ms AS tookMs, checked_at AS checkedAt
     FROM ledger_verdicts ORDER BY checked_at DESC, id DESC LIMIT 1`,
    {},
  );
  return row ? { ...row, isWhole: row.isWhole === 1 } : null;
}

/** The last verdict as readiness shows it. Before the first walk nothing is known to be wrong. */
export async function checkLedger(): Promise<{ isGood: boolean; checkedAt: string | null; entries: number }> {
  const verdict = await lastVerdict();
  if (!verdict) return { isGood: true, checkedAt: null, entries: 0 };
  return { isGood: verdict.isWhole, checkedAt: toMoment(verdict.checkedAt), entries: verdict.entries };
}
