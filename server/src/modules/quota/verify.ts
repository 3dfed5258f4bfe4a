import type { CauseType, EntryKind } from '@suyi/shared-types';
import { forUpdate, inOneText, select } from '../../db/sql';
import { inTransaction, type Transaction } from '../../db/transaction';
import { genesisHash, hashEntry, type EntryRow } from './ledger';

export type LedgerVerdict = { isWhole: boolean; accounts: number; entries: number; faults: string[] };

type AccountRow = {
  userId: string;
  remaining: number;
  held: number;
  expireAt: number | null;
  graceUntil: number | null;
  entryCount: number;
  headHash: string;
  /** When its last entry was written. */
  updatedAt: number | null;
};

/** What an account comes to by its entries so far. */
type Sum = Omit<AccountRow, 'userId'>;

const pageSize = 10_000;
const faultsMax = 100;

const signs: Record<EntryKind, { remaining: number; held: number }> = {
  grant: { remaining: 1, held: 0 },
  hold: { remaining: -1, held: 1 },
  capture: { remaining: 0, held: -1 },
  release: { remaining: 1, held: -1 },
  expire: { remaining: -1, held: 0 },
  clawback: { remaining: -1, held: 0 },
};

/**
 * Walks every entry in the order of its account and place: no gap, each on top of the one before, none changed since it was
 * written, every sum as the entries make it, every account as its last entry says. Reads pages of 10,000 by key, so that
 * memory stays flat; the first hundred faults are named, one per account. Sellers may go on working meanwhile: an account
 * that moved between two reads is looked at again, alone and locked, before it is blamed.
 */
export async function verifyLedger(): Promise<LedgerVerdict> {
  const accounts = await readAccounts();
  const accountCount = accounts.size;
  const suspects = new Set<string>();

  let entries = 0;
  let owner = '';
  let sum = emptySum();
  const closeAccount = (): void => {
    if (owner === '') return;
    const account = accounts.get(owner);
    if (!account || differenceOf(account, sum)) suspects.add(owner);
    accounts.delete(owner);
  };

  let page = await readPage('', 0);
  while (page.length > 0) {
    for (const entry of page) {
      if (entry.user_id !== owner) {
        closeAccount();
        owner = entry.user_id;
        sum = emptySum();
      }
      if (add(sum, entry)) suspects.add(owner);
      entries += 1;
    }
    const last = page.at(-1);
    page = last && page.length === pageSize ? await readPage(last.user_id, last.position) : [];
  }
  closeAccount();
  for (const account of accounts.values()) if (differenceOf(account, emptySum())) suspects.add(account.userId);

  const faults = await findMergeFaults();
  let faulty = faults.length;
  for (const userId of suspects) {
    const fault = await findFault(userId);
    if (fault) faulty += 1;
    if (fault && faults.length < faultsMax) faults.push(`${userId}: ${fault}`);
  }
  return { isWhole: faulty === 0, accounts: accountCount, entries, faults };
}

/** An account points to the one that took it in exactly when that one has the entry of it. */
async function findMergeFaults(): Promise<string[]> {
  const rows = await select<{ userId: string }>(
    `SELECT a.user_id AS userId FROM quota_accounts a
     LEFT JOIN quota_entries e ON e.cause_type = 'merge' AND e.cause_id = a.user_id AND e.kind = 'grant'
     WHERE (a.merged_into IS NOT NULL AND (e.id IS NULL OR e.user_id <> a.merged_into))
        OR (a.merged_into IS NULL AND e.id IS NOT NULL) LIMIT :limit`,
    { limit: faultsMax },
  );
  return rows.map(({ userId }) => `${userId}: it does not point to the account that took it in`);
}

/** One account by itself, with its row locked: nothing moves while it is looked at. */
async function findFault(userId: string): Promise<string | null> {
  return inTransaction(async (tx) => {
    const [account] = await select<AccountRow>(`${accountsSql} WHERE user_id = :userId${forUpdate()}`, { userId }, tx);
    const sum = emptySum();
    let fault: string | null = null;
    let page = await readEntriesOf(userId, 0, tx);
    while (page.length > 0 && !fault) {
      for (const entry of page) fault ??= add(sum, entry);
      page = page.length === pageSize ? await readEntriesOf(userId, page.at(-1)?.position ?? 0, tx) : [];
    }
    if (fault) return fault;
    if (account) return differenceOf(account, sum);
    return sum.entryCount > 0 ? 'its entries belong to no account' : null;
  });
}

const accountsSql = `SELECT user_id AS userId, remaining, held, expire_at AS expireAt, grace_until AS graceUntil,
  entry_count AS entryCount, head_hash AS headHash,
  CASE WHEN entry_count = 0 THEN NULL ELSE updated_at END AS updatedAt FROM quota_accounts`;

async function readAccounts(): Promise<Map<string, AccountRow>> {
  const rows = await select<AccountRow>(accountsSql, {});
  return new Map(rows.map((row) => [row.userId, row]));
}

type Line = { owner: string; line: string };

const texts = ['id', 'kind', 'cause_type', 'cause_id', 'previous_hash', 'hash'] as const;
const numbers = [
  'position',
  'uses',
  'remaining_after',
  'held_after',
  'expire_at',
  'grace_until',
  'created_at',
] as const;

const linesSql = (): string => `SELECT user_id AS owner, ${inOneText({ texts, numbers })} AS line FROM quota_entries`;

async function readPage(userId: string, position: number): Promise<EntryRow[]> {
  const lines = await select<Line>(
    `${linesSql()} WHERE user_id > :userId OR (user_id = :userId AND position > :position)
     ORDER BY user_id, position LIMIT :limit`,
    // A place that is no number was written by hand: the rest of that account is not needed to find it faulty.
    { userId, position: Number.isFinite(position) ? position : Number.MAX_SAFE_INTEGER, limit: pageSize },
  );
  return lines.map(readEntry);
}

async function readEntriesOf(userId: string, position: number, tx: Transaction): Promise<EntryRow[]> {
  const lines = await select<Line>(
    `${linesSql()} WHERE user_id = :userId AND position > :position ORDER BY position LIMIT :limit`,
    { userId, position, limit: pageSize },
    tx,
  );
  return lines.map(readEntry);
}

/** What is missing or is no number stays so: no hash is right over it. */
function readEntry({ owner, line }: Line): EntryRow {
  const [id, kind, causeType, causeId, previousHash, ownHash, ...figures] = line.split('|');
  const [position, uses, remaining, held, expireAt, graceUntil, createdAt] = figures.map(Number);
  return {
    id: id ?? '',
    user_id: owner,
    position: position ?? NaN,
    kind: (kind ?? '') as EntryKind,
    uses: uses ?? NaN,
    cause_type: (causeType ?? '') as CauseType,
    cause_id: causeId ?? '',
    remaining_after: remaining ?? NaN,
    held_after: held ?? NaN,
    expire_at: figures[4] === 'NULL' ? null : (expireAt ?? NaN),
    grace_until: figures[5] === 'NULL' ? null : (graceUntil ?? NaN),
    previous_hash: previousHash ?? '',
    hash: ownHash ?? '',
    created_at: figures.length === numbers.length ? (createdAt ?? NaN) : NaN,
  };
}

function emptySum(): Sum {
  return {
    remaining: 0,
    held: 0,
    expireAt: null,
    graceUntil: null,
    entryCount: 0,
    headHash: genesisHash,
    updatedAt: null,
  };
}

/** Puts one entry on top; says what is wrong with it, or null. */
function add(sum: Sum, entry: EntryRow): string | null {
  const { remaining, held } = signs[entry.kind] ?? { remaining: 0, held: 0 };
  const previousHash = sum.headHash;
  sum.remaining += remaining * entry.uses;
  sum.held += held * entry.uses;
  sum.entryCount += 1;
  sum.expireAt = entry.expire_at;
  sum.graceUntil = entry.grace_until;
  sum.headHash = entry.hash;
  sum.updatedAt = entry.created_at;

  if (entry.position !== sum.entryCount) return `entry ${entry.id} stands at ${entry.position}, not ${sum.entryCount}`;
  if (entry.previous_hash !== previousHash) return `entry ${entry.id} does not follow the one before`;
  if (hashEntry(entry) !== entry.hash) return `entry ${entry.id} was changed after it was written`;
  const isSumRight = entry.remaining_after === sum.remaining && entry.held_after === sum.held;
  return isSumRight ? null : `entry ${entry.id} carries a wrong sum`;
}

function differenceOf(account: AccountRow, sum: Sum): string | null {
  const names = ['remaining', 'held', 'expireAt', 'graceUntil', 'entryCount', 'headHash', 'updatedAt'] as const;
  const different = names.filter((name) => account[name] !== sum[name]);
  if (different.length === 0) return null;
  const both = different.map((name) => `${name} is ${account[name]}, by its entries ${sum[name]}`);
  return `the account differs: ${both.join('; ')}`;
}
