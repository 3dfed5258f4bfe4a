import { change, insert, isDuplicate, select } from '../../../db/sql';
import type { Transaction } from '../../../db/transaction';
import { clock, minutes, seconds } from '../../../lib/clock';
import { AppError } from '../../../lib/errors';
import { logger } from '../../../lib/logger';
import { poses } from '../../../vendors/runninghub/port';

/*
 * Whether new work is sent to the vendor at all: one row for all processes. It opens after some silence in a row, or at once
 * when the vendor says that our account is empty or our settings are wrong. While it is open nobody's use is held for what
 * cannot be made; what waits already goes on waiting. It heals by itself: a good answer, or a few probes without any, lead to a
 * trial with one order at a time, and the first job that is made ends it.
 */

export type PauseReason = 'down' | 'balance' | 'configuration';
export type Pause = { reason: PauseReason; retryAt: number };

/** How orders may be sent now: all, one at a time, or none. */
export type Gait = 'free' | 'trial' | 'none';

const vendor = 'runninghub';
const failuresMax = 5;
const pauseMs = seconds(30);
const doublingsMax = 4;
/** After so many pauses without an answer about our account an order is tried: perhaps only that question is broken. */
const fruitlessMax = 3;
const busyMs = seconds(3);
const busyMaxMs = minutes(1);

type Row = {
  state: 'closed' | 'open' | 'trial';
  reason: PauseReason | null;
  openings: number;
  failures: number;
  retryAt: number;
  busyUntil: number;
};

async function read(tx?: Transaction): Promise<Row | null> {
  const [row] = await select<Row>(
    `SELECT state, reason, openings, failures, retry_at AS retryAt, busy_until AS busyUntil FROM vendor_breakers
     WHERE vendor = :vendor`,
    { vendor },
    tx,
  );
  return row ?? null;
}

/** Why no new task is taken just now; null while all is well, or being tried again. */
export async function currentPause(tx?: Transaction): Promise<Pause | null> {
  const row = await read(tx);
  if (row?.state !== 'open' || row.reason === null) return null;
  return { reason: row.reason, retryAt: Number(row.retryAt) };
}

export async function currentGait(): Promise<Gait> {
  const row = await read();
  if (!row) return 'free';
  if (row.state === 'open' || Number(row.busyUntil) > clock.now()) return 'none';
  return row.state === 'trial' ? 'trial' : 'free';
}

/** Throws `task_type_paused` while the vendor cannot work: before anything is held. */
export async function refuseWhilePaused(tx: Transaction): Promise<void> {
  const pause = await currentPause(tx);
  if (!pause) return;
  throw new AppError('task_type_paused', { quotaEffect: 'none', retryAfterSeconds: secondsUntil(pause.retryAt) });
}

export const secondsUntil = (moment: number): number => Math.max(5, Math.ceil((moment - clock.now()) / 1_000));

/** The vendor told how a job stands: silences before that do not count any more, and an outage may be over. */
export async function noteAnswer(): Promise<void> {
  await change(
    `UPDATE vendor_breakers SET failures = 0, state = CASE WHEN state = 'open' AND reason = 'down' THEN 'trial' ELSE state END,
       updated_at = :now
     WHERE vendor = :vendor AND (failures > 0 OR (state = 'open' AND reason = 'down'))`,
    { vendor, now: clock.now() },
  );
}

/** A job was made: all is well, and the next pause, if there is one, begins short again. */
export async function noteJob(): Promise<void> {
  const healed = await change(
    `UPDATE vendor_breakers SET state = 'closed', reason = NULL, failures = 0, openings = 0, busy_count = 0, updated_at = :now
     WHERE vendor = :vendor AND (state <> 'closed' OR failures > 0 OR openings > 0 OR busy_count > 0)`,
    { vendor, now: clock.now() },
  );
  if (healed === 1) logger.info({ vendor }, 'this vendor takes work again');
}

/** The vendor is full. Nobody knows for how long, so everybody waits a little, and longer each time. */
export async function noteBusy(): Promise<void> {
  await ensureRow();
  const now = clock.now();
  const [row] = await select<{ busyCount: number }>(
    'SELECT busy_count AS busyCount FROM vendor_breakers WHERE vendor = :vendor',
    { vendor },
  );
  const waitMs = Math.min(busyMaxMs, busyMs * 2 ** Math.min(Number(row?.busyCount ?? 0), 6));
  await change(
    `UPDATE vendor_breakers SET busy_until = :until, busy_count = busy_count + 1, failures = 0, updated_at = :now
     WHERE vendor = :vendor AND busy_until <= :now`,
    { vendor, until: now + waitMs, now },
  );
}

/** The vendor gave no usable answer. Enough of those in a row are an outage; while it is on trial, one is. */
export async function noteSilence(): Promise<void> {
  await ensureRow();
  await change(`UPDATE vendor_breakers SET failures = failures + 1, updated_at = :now WHERE vendor = :vendor`, {
    vendor,
    now: clock.now(),
  });
  const row = await read();
  if (row && (row.state === 'trial' || Number(row.failures) >= failuresMax)) await pauseWork('down', 'silence');
}

/** Stops sending new work, unless that has been done. `detail` is for the operator: the vendor's number. */
export async function pauseWork(reason: PauseReason, detail: string): Promise<void> {
  await ensureRow();
  const row = await read();
  // Another trouble than the last one begins with a short pause of its own.
  const before = row?.reason === reason ? Number(row.openings) : 0;
  const now = clock.now();
  const opened = await change(
    `UPDATE vendor_breakers SET state = 'open', reason = :reason, detail = :detail, opened_at = :now,
       retry_at = :retryAt, openings = :openings, updated_at = :now
     WHERE vendor = :vendor AND state <> 'open'`,
    { vendor, reason, detail, now, retryAt: now + pauseOf(before), openings: before + 1 },
  );
  if (opened === 1) logger.error({ vendor, reason, detail }, 'no new work is sent to this vendor for now');
}

const pauseOf = (openings: number): number => pauseMs * 2 ** Math.min(openings, doublingsMax);

/**
 * While the breaker is open and its pause over: one worker asks the vendor for our account there, which makes no job. A good
 * answer leads to a trial; so does none at all, after some pauses.
 */
export async function probeVendor(): Promise<void> {
  const row = await read();
  const now = clock.now();
  if (row?.state !== 'open' || Number(row.retryAt) > now) return;

  const isOurs = await change(
    `UPDATE vendor_breakers SET retry_at = :next, openings = openings + 1, updated_at = :now
     WHERE vendor = :vendor AND state = 'open' AND retry_at = :seen`,
    { vendor, next: now + pauseOf(row.openings), now, seen: row.retryAt },
  );
  if (isOurs === 0 || !(await mayTry(row))) return;

  await change(
    `UPDATE vendor_breakers SET state = 'trial', updated_at = :now WHERE vendor = :vendor AND state = 'open'`,
    {
      vendor,
      now: clock.now(),
    },
  );
  logger.warn(
    { vendor, reason: row.reason },
    'one order at a time is sent to this vendor, to see whether it works again',
  );
}

async function mayTry({ reason, openings }: Row): Promise<boolean> {
  const account = await poses.current.account().catch(() => null);
  if (account === null) return openings >= fruitlessMax;
  if (account.refused) return false;
  return reason !== 'balance' || account.millicoins !== 0 || (account.milliyuan ?? 0) > 0;
}

async function ensureRow(): Promise<void> {
  if (await read()) return;
  const now = clock.now();
  const zeroes = { failures: 0, openings: 0, busy_count: 0, busy_until: 0 };
  try {
    await insert('vendor_breakers', { vendor, state: 'closed', ...zeroes, retry_at: now, updated_at: now });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
}
