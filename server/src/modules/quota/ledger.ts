import { hash } from 'node:crypto';
import type { CauseType, EntryKind } from '@suyi/shared-types';
import { change, forUpdate, insert, isDuplicate, select } from '../../db/sql';
import type { Transaction } from '../../db/transaction';
import { assert } from '../../lib/assert';
import { clock, days } from '../../lib/clock';
import { AppError } from '../../lib/errors';
import { newId } from '../../lib/ids';

/*
 * The only writer of quota_entries and quota_accounts. An entry is never changed: a correction is a new one. The account is
 * the running sum of its entries, guarded by the number of entries it has seen, and each entry carries the hash of the one
 * before, so that an edited row is found. At every moment, for each account:
 *
 *     granted = remaining + held + captured + expired + clawed back
 */

/** A row of quota_accounts that this transaction has locked; each entry moves it on. */
export type LockedAccount = {
  readonly userId: string;
  remaining: number;
  held: number;
  /** Epoch milliseconds; the membership holds until then. Null: never a member. */
  expireAt: number | null;
  /** Until when uses that came back after the end may still be spent. */
  graceUntil: number | null;
  readonly mergedInto: string | null;
  entryCount: number;
  headHash: string;
};

/** What an entry is about. (cause, kind) is unique: the same hold, capture or grant cannot be written twice. */
export type Cause = { type: CauseType; id: string };

export type EntryRow = {
  id: string;
  user_id: string;
  position: number;
  kind: EntryKind;
  uses: number;
  cause_type: CauseType;
  cause_id: string;
  remaining_after: number;
  held_after: number;
  expire_at: number | null;
  grace_until: number | null;
  previous_hash: string;
  hash: string;
  created_at: number;
};

export const graceMs = days(7);
const lateGraceMs = days(1);

/** The hash that stands before the first entry of an account. */
export const genesisHash = '0'.repeat(64);

const columns = `user_id AS userId, remaining, held, expire_at AS expireAt, grace_until AS graceUntil,
  merged_into AS mergedInto, entry_count AS entryCount, head_hash AS headHash`;

/**
 * Takes the seller's account until the transaction ends, so that their movements run one at a time; opens it when there is
 * none. What a past end left over is cleared first, so the caller sees only uses that can be spent.
 */
export async function lockAccount(userId: string, tx: Transaction): Promise<LockedAccount> {
  const account = (await findLocked(userId, tx)) ?? (await openAccount(userId, tx));
  await clearExpired(account, tx);
  return account;
}

/** The same for what a seller does now: after a merge it is the account that took theirs in, and `userId` says whose. */
export async function lockOwnAccount(userId: string, tx: Transaction): Promise<LockedAccount> {
  const account = await lockAccount(userId, tx);
  return account.mergedInto === null ? account : lockOwnAccount(account.mergedInto, tx);
}

/** Adds uses and moves the membership's end to `expireAt` (epoch milliseconds), which is never before the present one. */
export async function grant(
  account: LockedAccount,
  input: { cause: Cause; uses: number; expireAt: number },
  tx: Transaction,
): Promise<void> {
  assert(input.expireAt >= (account.expireAt ?? 0), 'a grant never shortens a membership');

  account.expireAt = input.expireAt;
  await append(account, { kind: 'grant', uses: input.uses, cause: input.cause, remaining: input.uses, held: 0 }, tx);
}

/** Adds uses that were taken by mistake, and leaves the end as it is; when that is past, they may be spent for a week. */
export async function giveBack(
  account: LockedAccount,
  input: { cause: Cause; uses: number },
  tx: Transaction,
): Promise<void> {
  const now = clock.now();
  if ((account.expireAt ?? 0) <= now) account.graceUntil = Math.max(account.graceUntil ?? 0, now + graceMs);
  await append(account, { kind: 'grant', ...input, remaining: input.uses, held: 0 }, tx);
}

/** Sets uses aside for a task. Throws `membership_required`, `membership_expired` or `quota_insufficient`. */
export async function hold(
  account: LockedAccount,
  input: { cause: Cause; uses: number },
  tx: Transaction,
): Promise<void> {
  const now = clock.now();
  const isMember = (account.expireAt ?? 0) > now;
  const isInGrace = (account.graceUntil ?? 0) > now && account.remaining > 0;
  if (!isMember && !isInGrace)
    throw new AppError(account.expireAt === null ? 'membership_required' : 'membership_expired');
  if (account.remaining < input.uses) throw new AppError('quota_insufficient');

  await append(account, { kind: 'hold', ...input, remaining: -input.uses, held: input.uses }, tx);
}

/** Spends what the same cause held. */
export async function capture(
  account: LockedAccount,
  input: { cause: Cause; uses: number },
  tx: Transaction,
): Promise<void> {
  await append(account, { kind: 'capture', ...input, remaining: 0, held: -input.uses }, tx);
}

/**
 * Gives back what the same cause held. What comes back after the membership's end may be spent until seven days after it,
 * or for one day when it comes later than that; after a merge it goes on to the account that took this one in.
 */
export async function release(
  account: LockedAccount,
  input: { cause: Cause; uses: number },
  tx: Transaction,
): Promise<void> {
  const now = clock.now();
  const expireAt = account.expireAt ?? 0;
  // Counted from the end, not from the release: whoever lets one task fail a week does not keep the rest for ever.
  if (expireAt <= now) account.graceUntil = Math.max(account.graceUntil ?? 0, expireAt + graceMs, now + lateGraceMs);
  await append(account, { kind: 'release', ...input, remaining: input.uses, held: -input.uses }, tx);

  if (account.mergedInto === null) return;
  const heir = await lockAccount(account.mergedInto, tx);
  await passOn(account, heir, { type: 'merge', id: input.cause.id }, tx);
}

/**
 * How many uses the end at `expireAt` cleared. Who had renewed before that moment should not have lost them: a payment may
 * be heard of minutes after it was made.
 */
export async function clearedAtEnd(account: LockedAccount, tx: Transaction): Promise<number> {
  const [cleared] = await select<{ uses: number | null }>(
    `SELECT SUM(uses) AS uses FROM quota_entries WHERE user_id = :userId AND kind = 'expire' AND expire_at = :expireAt`,
    { userId: account.userId, expireAt: account.expireAt },
    tx,
  );
  return Number(cleared?.uses ?? 0);
}

/**
 * Takes back unspent uses, after a refund; with `shortenMs` the membership's end moves back as well, to this moment at the
 * earliest. Never below zero: the caller asks how many there are. What other purchases left over then has a week of grace.
 * Returns by how much the end moved.
 */
export async function clawback(
  account: LockedAccount,
  input: { cause: Cause; uses: number; shortenMs?: number },
  tx: Transaction,
): Promise<number> {
  const now = clock.now();
  const before = account.expireAt ?? 0;
  const end = Math.min(before, Math.max(now, before - (input.shortenMs ?? 0)));
  if (account.expireAt !== null) account.expireAt = end;
  if (end <= now && before > now && account.remaining > input.uses) account.graceUntil = now + graceMs;

  const { cause, uses } = input;
  await append(account, { kind: 'clawback', cause, uses, remaining: -uses, held: 0 }, tx);
  return before - end;
}

/** Moves all unspent uses to another account of the same person; what is held follows when it comes back. */
export async function passOn(from: LockedAccount, to: LockedAccount, cause: Cause, tx: Transaction): Promise<void> {
  const uses = from.remaining;
  const { expireAt, graceUntil } = from;
  if (uses > 0) await append(from, { kind: 'clawback', uses, cause, remaining: -uses, held: 0 }, tx);

  to.expireAt = expireAt === null ? to.expireAt : Math.max(expireAt, to.expireAt ?? 0);
  to.graceUntil = graceUntil === null ? to.graceUntil : Math.max(graceUntil, to.graceUntil ?? 0);
  // Of no uses as well: the end may move.
  await append(to, { kind: 'grant', uses, cause, remaining: uses, held: 0 }, tx);
}

/** Names the account that takes this one in. From then on its owner reads and spends there. */
export async function pointTo(from: LockedAccount, to: LockedAccount, tx: Transaction): Promise<void> {
  const changed = await change(
    'UPDATE quota_accounts SET merged_into = :to WHERE user_id = :from AND merged_into IS NULL',
    { from: from.userId, to: to.userId },
    tx,
  );
  assert(changed === 1, 'an account is merged once');
}

/** The hash of an entry: over the one before it and every column of its own. */
export function hashEntry(entry: Omit<EntryRow, 'hash'>): string {
  const { previous_hash, id, user_id, position, kind, uses, cause_type, cause_id } = entry;
  const { remaining_after, held_after, expire_at, grace_until, created_at } = entry;
  const content = [previous_hash, id, user_id, position, kind, uses, cause_type, cause_id];
  const all = [...content, remaining_after, held_after, expire_at, grace_until, created_at];
  return hash('sha256', JSON.stringify(all), 'hex');
}

async function findLocked(userId: string, tx: Transaction): Promise<LockedAccount | null> {
  const sql = `SELECT ${columns} FROM quota_accounts WHERE user_id = :userId${forUpdate()}`;
  const [account] = await select<LockedAccount>(sql, { userId }, tx);
  return account ?? null;
}

async function openAccount(userId: string, tx: Transaction): Promise<LockedAccount> {
  try {
    await insert(
      'quota_accounts',
      { user_id: userId, remaining: 0, held: 0, entry_count: 0, head_hash: genesisHash, updated_at: clock.now() },
      tx,
    );
  } catch (error) {
    if (!isDuplicate(error)) throw error; // Another request opened it a moment ago.
  }
  const account = await findLocked(userId, tx);
  assert(account, 'an account that was just opened is there');
  return account;
}

/** Both ends past, the membership's and the grace's: what is left goes, by an entry that the seller can read. */
async function clearExpired(account: LockedAccount, tx: Transaction): Promise<void> {
  const end = Math.max(account.expireAt ?? 0, account.graceUntil ?? 0);
  if (account.remaining === 0 || account.expireAt === null || end > clock.now()) return;

  const uses = account.remaining;
  // More may come back after one end than once, so the place in the account is part of the cause.
  const cause: Cause = { type: 'sweep', id: `${account.userId}.${account.entryCount}` };
  account.graceUntil = null;
  await append(account, { kind: 'expire', uses, cause, remaining: -uses, held: 0 }, tx);
}

type Movement = { kind: EntryKind; uses: number; cause: Cause; remaining: number; held: number };

async function append(account: LockedAccount, movement: Movement, tx: Transaction): Promise<void> {
  const isWhole = Number.isSafeInteger(movement.uses) && movement.uses >= 0;
  // A merge and a refund may move an end alone, and nothing about an account changes without an entry.
  const mayMoveNone = movement.cause.type === 'merge' || movement.cause.type === 'refund';
  assert(isWhole && (movement.uses > 0 || mayMoveNone), 'an entry moves whole uses, at least one');
  const remaining = account.remaining + movement.remaining;
  const held = account.held + movement.held;
  assert(remaining >= 0 && held >= 0, 'no account goes below zero');

  const content = {
    id: newId('qen'),
    user_id: account.userId,
    position: account.entryCount + 1,
    kind: movement.kind,
    uses: movement.uses,
    cause_type: movement.cause.type,
    cause_id: movement.cause.id,
    remaining_after: remaining,
    held_after: held,
    expire_at: account.expireAt,
    grace_until: account.graceUntil,
    previous_hash: account.headHash,
    created_at: clock.now(),
  };
  const ownHash = hashEntry(content);
  await insert('quota_entries', { ...content, hash: ownHash }, tx);

  const changed = await change(
    `UPDATE quota_accounts SET remaining = :remaining, held = :held, expire_at = :expireAt, grace_until = :graceUntil,
       entry_count = :position, head_hash = :hash, updated_at = :now
     WHERE user_id = :userId AND entry_count = :before`,
    {
      remaining,
      held,
      expireAt: account.expireAt,
      graceUntil: account.graceUntil,
      position: content.position,
      hash: ownHash,
      now: content.created_at,
      userId: account.userId,
      before: account.entryCount,
    },
    tx,
  );
  assert(changed === 1, 'a locked account is changed by nobody else');

  Object.assign(account, { remaining, held, entryCount: content.position, headHash: ownHash });
}
