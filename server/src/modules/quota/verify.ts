import type { EntryKind } from '@suyi/shared-types';
import { select } from '../../db/sql';
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
 * memory stays flat; the first hundred faults are named, one per account.
 */
export async function verifyLedger(): Promise<LedgerVerdict> {
  const accounts = await readAccounts();
  const accountCount = accounts.size;
  const faults: string[] = [];
  const faulty = new Set<string>();
  const blame = (userId: string, fault: string): void => {
    if (faulty.has(userId)) return;
    faulty.add(userId);
    if (faults.length < faultsMax) faults.push(`${userId}: ${fault}`);
  };

  let entries = 0;
  let owner = '';
  let sum = emptySum();
  const closeAccount = (): void => {
    if (owner === '') return;
    const account = accounts.get(owner);
    const fault = account ? differenceOf(account, sum) : 'its entries belong to no account';
    if (fault) blame(owner, fault);
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
      const fault = add(sum, entry);
      if (fault) blame(owner, fault);
      entries += 1;
    }
    const last = page.at(-1);
    page = last && page.length === pageSize ? await readPage(last.user_id, last.position) : [];
  }
  closeAccount();

  for (const account of accounts.values()) {
    const fault = differenceOf(account, emptySum());
    if (fault) blame(account.userId, fault);
  }
  return { isWhole: faulty.size === 0, accounts: accountCount, entries, faults };
}

async function readAccounts(): Promise<Map<string, AccountRow>> {
  const rows = await select<AccountRow>(
    `SELECT user_id AS userId, remaining, held, expire_at AS expireAt, grace_until AS graceUntil,
       entry_count AS entryCount, head_hash AS headHash FROM quota_accounts`,
    {},
  );
  return new Map(rows.map((row) => [row.userId, row]));
}

function readPage(userId: string, position: number): Promise<EntryRow[]> {
  return select<EntryRow>(
    `SELECT * FROM quota_entries WHERE user_id > :userId OR (user_id = :userId AND position > :position)
     ORDER BY user_id, position LIMIT :limit`,
    { userId, position, limit: pageSize },
  );
}

function emptySum(): Sum {
  return { remaining: 0, held: 0, expireAt: null, graceUntil: null, entryCount: 0, headHash: genesisHash };
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

  if (entry.position !== sum.entryCount) return `entry ${entry.id} stands at ${entry.position}, not ${sum.entryCount}`;
  if (entry.previous_hash !== previousHash) return `entry ${entry.id} does not follow the one before`;
  if (hashEntry(entry) !== entry.hash) return `entry ${entry.id} was changed after it was written`;
  const isSumRight = entry.remaining_after === sum.remaining && entry.held_after === sum.held;
  return isSumRight ? null : `entry ${entry.id} carries a wrong sum`;
}

function differenceOf(account: AccountRow, sum: Sum): string | null {
  const names = ['remaining', 'held', 'expireAt', 'graceUntil', 'entryCount', 'headHash'] as const;
  const different = names.filter((name) => account[name] !== sum[name]);
  return different.length === 0 ? null : `the account's ${different.join(', ')} differ from its entries`;
}
