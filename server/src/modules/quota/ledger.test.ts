import { makeSeller, quotaOf, refusalCodes, grantUses } from '../../../test/make';
import { useWorld } from '../../../test/world';
import { change, select } from '../../db/sql';
import { inTransaction } from '../../db/transaction';
import { clock, days } from '../../lib/clock';
import { extendMembership } from '../membership/service';
import { capture, clawback, hold, lockAccount, release } from './ledger';
import { getQuota, listEntries, sweepExpired, verifyLedger } from './service';

useWorld({ ROLES: 'web' });

const task = (id: string) => ({ cause: { type: 'task' as const, id }, uses: 1 });

const inAccount = (userId: string, act: typeof hold, id: string): Promise<void> =>
  inTransaction(async (tx) => act(await lockAccount(userId, tx), task(id), tx));

describe('the ledger', () => {
  it('never overspends: of 40 holds at once, 7 fit into seven uses', async () => {
    const seller = await makeSeller({ uses: 7 });

    const results = await Promise.allSettled(
      Array.from({ length: 40 }, (_, n) => inAccount(seller.id, hold, `${seller.id}-${n}`)),
    );

    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(7);
    expect(new Set(refusalCodes(results))).toEqual(new Set(['quota_insufficient']));
    expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 7 });
    await settleAll(seller.id);
  });

  it('writes one hold, one capture and one release for one cause, however often it is asked', async () => {
    const seller = await makeSeller({ uses: 3 });
    await inAccount(seller.id, hold, `${seller.id}-a`);

    const again = await Promise.allSettled([1, 2, 3].map(() => inAccount(seller.id, hold, `${seller.id}-a`)));
    await inAccount(seller.id, capture, `${seller.id}-a`);
    const twice = await Promise.allSettled([inAccount(seller.id, capture, `${seller.id}-a`)]);

    expect(again.every((result) => result.status === 'rejected')).toBe(true);
    expect(twice[0]?.status).toBe('rejected');
    expect(await quotaOf(seller)).toEqual({ remaining: 2, held: 0 });
  });

  it.each([
    ['who never was a member', async () => makeSeller(), 'membership_required'],
    ['whose membership has ended', async () => makeSeller({ uses: 5, days: 1 }), 'membership_expired'],
  ])('holds nothing for a seller %s', async (_, make, code) => {
    const seller = await make();
    clock.advance(days(2));

    const results = await Promise.allSettled([inAccount(seller.id, hold, `${seller.id}-x`)]);

    expect(refusalCodes(results)).toEqual([code]);
  });

  it('adds a renewal to what is there: the later end, and all the uses', async () => {
    const seller = await makeSeller({ uses: 100, days: 30 });
    const first = await getQuota(seller.id);

    await grantUses(seller.id, 100, 30);

    const second = await getQuota(seller.id);
    expect(second.remaining).toBe(200);
    expect(second.expireAt).toBe((first.expireAt ?? 0) + days(30));
  });

  it('clears what is left at the end by an entry, once, and a later membership starts from zero', async () => {
    const seller = await makeSeller({ uses: 9, days: 1 });
    clock.advance(days(2));
    expect((await getQuota(seller.id)).remaining).toBe(0);

    await Promise.all([sweepExpired(100), sweepExpired(100)]);
    await grantUses(seller.id, 10, 30);

    const kinds = (await listEntries(seller.id, { limit: 20 })).map((entry) => `${entry.kind} ${entry.uses}`);
    expect(kinds).toEqual(['grant 10', 'expire 9', 'grant 9']);
    expect(await quotaOf(seller)).toEqual({ remaining: 10, held: 0 });
  });

  it('gives back, for seven days, what comes back after the end', async () => {
    const seller = await makeSeller({ uses: 5, days: 1 });
    await inAccount(seller.id, hold, `${seller.id}-late`);
    clock.advance(days(2));

    await inAccount(seller.id, release, `${seller.id}-late`);

    expect(await quotaOf(seller)).toEqual({ remaining: 1, held: 0 });
    clock.advance(days(5));
    await inAccount(seller.id, hold, `${seller.id}-grace`);
    await inAccount(seller.id, release, `${seller.id}-grace`);
    clock.advance(days(8));
    await sweepExpired(100);
    expect((await listEntries(seller.id, { limit: 20 }))[0]).toMatchObject({
      kind: 'expire',
      uses: 1,
      remaining_after: 0,
    });
  });

  it('does not prolong the grace of the rest with each task that comes back', async () => {
    const seller = await makeSeller({ uses: 50, days: 1 });
    for (let n = 0; n < 3; n += 1) await inAccount(seller.id, hold, `${seller.id}-week-${n}`);
    clock.advance(days(2));
    for (let n = 0; n < 3; n += 1) {
      await inAccount(seller.id, release, `${seller.id}-week-${n}`);
      clock.advance(days(2));
    }

    expect((await getQuota(seller.id)).graceUntil).toBeNull();
    await sweepExpired(100);
    expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 0 });
  });

  it('gives back what the end cleared when the renewal was paid before it and heard of after', async () => {
    const seller = await makeSeller({ uses: 40, days: 1 });
    const paidAt = clock.now() + days(1) - 10_000;
    clock.advance(days(1) + 30_000);
    await sweepExpired(100);
    expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 0 });

    await inTransaction((tx) =>
      extendMembership({ userId: seller.id, orderId: `${seller.id}-o`, uses: 100, days: 30, paidAt }, tx),
    );

    expect(await quotaOf(seller)).toEqual({ remaining: 140, held: 0 });
  });

  it('does not give it back when the renewal was paid after the end', async () => {
    const seller = await makeSeller({ uses: 40, days: 1 });
    clock.advance(days(2));

    await grantUses(seller.id, 100, 30);

    expect(await quotaOf(seller)).toEqual({ remaining: 100, held: 0 });
  });

  it('never takes back more than there is', async () => {
    const seller = await makeSeller({ uses: 2 });

    const results = await Promise.allSettled([
      inTransaction(async (tx) =>
        clawback(await lockAccount(seller.id, tx), { cause: { type: 'order', id: `${seller.id}-r` }, uses: 3 }, tx),
      ),
    ]);

    expect(results[0]?.status).toBe('rejected');
    expect(await quotaOf(seller)).toEqual({ remaining: 2, held: 0 });
  });
});

describe('the walk over the ledger', () => {
  it('finds any one byte of any column of an entry or an account that was changed by hand', async () => {
    const seller = await makeSeller({ uses: 12 });
    await inAccount(seller.id, hold, `${seller.id}-byte`);
    await inAccount(seller.id, capture, `${seller.id}-byte`);
    const tables = { quota_entries: 'id', quota_accounts: 'user_id' } as const;
    const missed: string[] = [];

    for (const [table, key] of Object.entries(tables)) {
      const rows = await select<Record<string, string | number | null>>(`SELECT * FROM ${table} WHERE user_id = :id`, {
        id: seller.id,
      });
      for (const row of rows) {
        for (const [column, value] of Object.entries(row)) {
          const set = (where: string | number | null, to: string | number | null): Promise<number> =>
            change(`UPDATE ${table} SET ${column} = :to WHERE ${key} = :where`, { to, where });
          const changed = otherThan(column, value);
          await set(row[key] ?? null, changed);
          if ((await verifyLedger()).isWhole) missed.push(`${table}.${column}`);
          await set(column === key ? changed : (row[key] ?? null), value);
        }
      }
    }

    expect(missed).toEqual([]);
  });

  it('finds an entry that was taken out, and an account that was given more', async () => {
    const seller = await makeSeller({ uses: 5 });

    await change('UPDATE quota_accounts SET remaining = remaining + 1 WHERE user_id = :id', { id: seller.id });
    expect((await verifyLedger()).isWhole).toBe(false);
    await change('UPDATE quota_accounts SET remaining = remaining - 1 WHERE user_id = :id', { id: seller.id });

    await change("UPDATE quota_entries SET user_id = 'nobody' WHERE user_id = :id", { id: seller.id });
    expect((await verifyLedger()).isWhole).toBe(false);
    await change("UPDATE quota_entries SET user_id = :id WHERE user_id = 'nobody'", { id: seller.id });
  });
});

/** The same with a digit or a letter changed, still what the column takes. */
function otherThan(column: string, value: string | number | null): string | number {
  if (value === null) return 1;
  if (typeof value === 'number') return value + 1_000;
  if (column === 'kind') return value === 'grant' ? 'release' : 'grant';
  return `${value.slice(0, -1)}${value.endsWith('0') ? '1' : '0'}`;
}

async function settleAll(userId: string): Promise<void> {
  for (let n = 0; n < 40; n += 1) {
    await inAccount(userId, release, `${userId}-${n}`).catch(() => undefined);
  }
}
