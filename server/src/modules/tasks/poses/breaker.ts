import { change, insert, isDuplicate, select } from '../../../db/sql';
import type { Transaction } from '../../../db/transaction';
import { clock, seconds } from '../../../lib/clock';
import { AppError } from '../../../lib/errors';
import { logger } from '../../../lib/logger';
import { poses } from '../../../vendors/runninghub/port';

/*
 * Whether new work is sent to the vendor at all: one row for all processes. It opens after some silence in a row, or at once
 * when the vendor says that our account is empty or our settings are wrong. While it is open nobody's use is held for what
 * cannot be made; what waits already goes on waiting. It closes by itself, by a question that makes no job.
 */

export type PauseReason = 'down' | 'balance' | 'configuration';
export type Pause = { reason: PauseReason; openedAt: number; retryAt: number };

const vendor = 'runninghub';
const failuresMax = 5;
const pauseMs = seconds(30);
const doublingsMax = 4;

type Row = { state: string; reason: PauseReason | null; openings: number; openedAt: number | null; retryAt: number };

async function read(tx?: Transaction): Promise<Row | null> {
  const [row] = await select<Row>(
    `SELECT state, reason, openings, opened_at AS openedAt, retry_at AS retryAt FROM vendor_breakers WHERE vendor = :vendor`,
    { vendor },
    tx,
  );
  return row ?? null;
}

/** Why nothing is sent just now; null while all is well. */
export async function currentPause(tx?: Transaction): Promise<Pause | null> {
  const row = await read(tx);
  if (row?.state !== 'open' || row.reason === null) return null;
  return { reason: row.reason, openedAt: Number(row.openedAt), retryAt: Number(row.retryAt) };
}

/** Throws `task_type_paused` while the vendor cannot work: before anything is held. */
export async function refuseWhilePaused(tx: Transaction): Promise<void> {
  const pause = await currentPause(tx);
  if (!pause) return;
  throw new AppError('task_type_paused', { quotaEffect: 'none', retryAfterSeconds: secondsUntil(pause.retryAt) });
}

export const secondsUntil = (moment: number): number => Math.max(5, Math.ceil((moment - clock.now()) / 1_000));

/** The vendor took work, or told of it: what went wrong before does not count any more. */
export async function noteAnswer(): Promise<void> {
  await change(`UPDATE vendor_breakers SET failures = 0, updated_at = :now WHERE vendor = :vendor AND failures > 0`, {
    vendor,
    now: clock.now(),
  });
}

/** A job was made: the next pause, if there is one, begins short again. */
export async function noteJob(): Promise<void> {
  await change(
    `UPDATE vendor_breakers SET failures = 0, openings = 0, updated_at = :now
     WHERE vendor = :vendor AND state = 'closed' AND (failures > 0 OR openings > 0)`,
    { vendor, now: clock.now() },
  );
}

/** The vendor gave no usable answer. Enough of those in a row are an outage. */
export async function noteSilence(): Promise<void> {
  await ensureRow();
  await change(`UPDATE vendor_breakers SET failures = failures + 1, updated_at = :now WHERE vendor = :vendor`, {
    vendor,
    now: clock.now(),
  });
  const [row] = await select<{ failures: number }>('SELECT failures FROM vendor_breakers WHERE vendor = :vendor', {
    vendor,
  });
  if (Number(row?.failures ?? 0) >= failuresMax) await pauseWork('down', 'silence');
}

/** Stops sending new work, unless that has been done. `detail` is for the operator: the vendor's number. */
export async function pauseWork(reason: PauseReason, detail: string): Promise<void> {
  await ensureRow();
  const row = await read();
  const now = clock.now();
  const opened = await change(
    `UPDATE vendor_breakers SET state = 'open', reason = :reason, detail = :detail, opened_at = :now,
       retry_at = :retryAt, openings = openings + 1, updated_at = :now
     WHERE vendor = :vendor AND state = 'closed'`,
    { vendor, reason, detail, now, retryAt: now + pauseOf(row?.openings ?? 0) },
  );
  if (opened === 1) logger.error({ vendor, reason, detail }, 'no new work is sent to this vendor for now');
}

const pauseOf = (openings: number): number => pauseMs * 2 ** Math.min(openings, doublingsMax);

/**
 * While the breaker is open and its pause over: one worker asks the vendor for our account there. An answer closes it, unless it
 * says that the account is empty.
 */
export async function probeVendor(): Promise<void> {
  const row = await read();
  const now = clock.now();
  if (row?.state !== 'open' || Number(row.retryAt) > now) return;

  const next = now + pauseOf(row.openings);
  const isOurs = await change(
    `UPDATE vendor_breakers SET retry_at = :next, openings = openings + 1, updated_at = :now
     WHERE vendor = :vendor AND state = 'open' AND retry_at = :seen`,
    { vendor, next, now, seen: row.retryAt },
  );
  if (isOurs === 0 || !(await mayWork(row.reason))) return;

  await change(
    `UPDATE vendor_breakers SET state = 'closed', reason = NULL, failures = :failures, updated_at = :now
     WHERE vendor = :vendor AND state = 'open'`,
    // One more silence opens it again.
    { vendor, failures: failuresMax - 1, now: clock.now() },
  );
  logger.warn({ vendor, reason: row.reason }, 'work is sent to this vendor again');
}

async function mayWork(reason: PauseReason | null): Promise<boolean> {
  const account = await poses.current.account().catch(() => null);
  if (account === null || account.refused) return false;
  return reason !== 'balance' || account.millicoins !== 0 || (account.milliyuan ?? 0) > 0;
}

async function ensureRow(): Promise<void> {
  if (await read()) return;
  const now = clock.now();
  try {
    await insert('vendor_breakers', {
      vendor,
      state: 'closed',
      failures: 0,
      openings: 0,
      retry_at: now,
      updated_at: now,
    });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
}
