import { makeSeller, quotaOf } from '../../../test/make';
import { call } from '../../../test/request';
import { useWorld } from '../../../test/world';
import { change, insert, select } from '../../db/sql';
import { inTransaction } from '../../db/transaction';
import { clock, minutes } from '../../lib/clock';
import { hold, lockAccount } from './ledger';
import { keepVerdict, lastVerdict, verifyLedger } from './service';

const world = useWorld({ ROLES: 'web' });

const nothingMore = () => Promise.resolve([]);

async function ready(): Promise<{ status: number; ledger: unknown }> {
  clock.advance(5_000); // Past the moment for which the last look is remembered.
  const { status, body } = await call(world, 'GET', '/health/ready', {});
  return { status, ledger: (body.checks as { ledger: unknown }).ledger };
}

async function metric(name: string): Promise<string | undefined> {
  const text = await (await fetch(`${world.origin}/metrics`)).text();
  return text.split('\n').find((line) => line.startsWith(`${name} `));
}

it('is kept once for all processes, and again only after a pause', async () => {
  await Promise.all([keepVerdict(nothingMore), keepVerdict(nothingMore), keepVerdict(nothingMore)]);
  await keepVerdict(nothingMore);
  expect(await select('SELECT id FROM ledger_verdicts', {})).toHaveLength(1);

  clock.advance(minutes(2));
  await keepVerdict(nothingMore);
  expect(await select('SELECT id FROM ledger_verdicts', {})).toHaveLength(2);
  expect(await lastVerdict()).toMatchObject({ isWhole: true, accounts: 0, entries: 0 });
});

it('is carried by readiness and by the metrics, good or bad', async () => {
  clock.advance(minutes(30));
  const seller = await makeSeller({ uses: 5 });
  clock.advance(minutes(2));
  await keepVerdict(nothingMore);
  expect(await ready()).toMatchObject({ status: 200, ledger: { isGood: true, entries: 1 } });
  expect(await metric('suyi_ledger_whole')).toBe('suyi_ledger_whole 1');
  expect(await metric('suyi_ledger_entries')).toBe('suyi_ledger_entries 1');

  await change('UPDATE quota_accounts SET remaining = 6 WHERE user_id = :id', seller);
  clock.advance(minutes(2));
  await keepVerdict(nothingMore);
  expect(await ready()).toMatchObject({ status: 503, ledger: { isGood: false } });
  expect(await metric('suyi_ledger_whole')).toBe('suyi_ledger_whole 0');

  await change('UPDATE quota_accounts SET remaining = 5 WHERE user_id = :id', seller);
  clock.advance(minutes(2));
  await keepVerdict(nothingMore);
  expect(await ready()).toMatchObject({ status: 200 });
});

it('blames nobody who works while the ledger is walked', async () => {
  const sellers = await Promise.all(Array.from({ length: 8 }, () => makeSeller({ uses: 60 })));
  let serial = 0;
  let isOver = false;
  const working = sellers.map(async (seller) => {
    while (!isOver && serial < 400) {
      const cause = { type: 'task' as const, id: `tsk_walk_${(serial += 1)}` };
      await inTransaction(async (tx) => hold(await lockAccount(seller.id, tx), { cause, uses: 1 }, tx));
    }
  });

  const verdicts = [];
  for (let n = 0; n < 6; n += 1) verdicts.push(await verifyLedger());
  isOver = true;
  await Promise.all(working);

  expect(verdicts.flatMap(({ faults }) => faults)).toEqual([]);
  expect((await Promise.all(sellers.map(quotaOf))).reduce((sum, { held }) => sum + held, 0)).toBe(serial);
});

it('finds an entry that was slipped in, taken out, or moved to another account', async () => {
  const [first, second] = [await makeSeller({ uses: 5 }), await makeSeller({ uses: 7 })];
  const [entry] = await select<Record<string, string | number | null> & { id: string }>(
    'SELECT * FROM quota_entries WHERE user_id = :id',
    first,
  );
  if (!entry) throw new Error('a grant is an entry');
  const faultyAccounts = async () => (await verifyLedger()).faults.map((fault) => fault.split(':')[0]);

  await change('DELETE FROM quota_entries WHERE id = :id', { id: entry.id });
  expect(await faultyAccounts()).toEqual([first.id]);

  await insert('quota_entries', { ...entry, user_id: second.id, position: 2 });
  expect((await faultyAccounts()).sort()).toEqual([first.id, second.id].sort());

  await change('UPDATE quota_entries SET user_id = :user, position = 1 WHERE id = :id', {
    user: first.id,
    id: entry.id,
  });
  expect(await faultyAccounts()).toEqual([]);

  await insert('quota_entries', { ...entry, id: `${entry.id}x`, cause_id: 'ord_slipped_in', position: 2 });
  expect(await faultyAccounts()).toEqual([first.id]);
  await change('DELETE FROM quota_entries WHERE id = :id', { id: `${entry.id}x` });
});
