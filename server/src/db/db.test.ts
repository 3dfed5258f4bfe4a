import { isMysqlHalf, makeTestDatabase, type TestDatabase } from '../../test/database';
import { clock } from '../lib/clock';
import { connectDatabase, database } from './database';
import { migrate } from './migrate';
import { migrations } from './migrations';
import { change, forUpdate, insert, isDuplicate, select } from './sql';
import { inTransaction } from './transaction';

let test: TestDatabase;

beforeAll(async () => {
  test = await makeTestDatabase();
  database.fill(connectDatabase(test.url));
  await migrate(database.current);
});

afterAll(async () => {
  await database.current.close();
  await test.remove();
});

const account = (userId: string, remaining: number) => ({
  user_id: userId,
  remaining,
  held: 0,
  entry_count: 0,
  head_hash: 'x',
  updated_at: clock.now(),
});

const remainingOf = async (userId: string): Promise<number> => {
  const [row] = await select<{ remaining: number }>('SELECT remaining FROM quota_accounts WHERE user_id = :userId', {
    userId,
  });
  return row?.remaining ?? -1;
};

const take = (userId: string) =>
  inTransaction(async (tx) => {
    const changed = await change(
      'UPDATE quota_accounts SET remaining = remaining - 1 WHERE user_id = :userId AND remaining >= 1',
      { userId },
      tx,
    );
    return changed === 1;
  });

describe('transactions', () => {
  it('give 100 of 300 takers at once one each, and tell nobody that the database is busy', async () => {
    await insert('quota_accounts', account('many', 100));

    const taken = await Promise.all(Array.from({ length: 300 }, () => take('many')));

    expect(taken.filter(Boolean)).toHaveLength(100);
    expect(await remainingOf('many')).toBe(0);
  });

  it('let lone writes and transactions take turns', async () => {
    await insert('quota_accounts', account('turns', 50));
    const alone = () => change('UPDATE quota_accounts SET held = held + 1 WHERE user_id = :id', { id: 'turns' });

    await Promise.all(Array.from({ length: 60 }, (_, n) => (n % 2 ? take('turns') : alone())));

    expect(await select('SELECT remaining, held FROM quota_accounts WHERE user_id = :id', { id: 'turns' })).toEqual([
      { remaining: 20, held: 30 },
    ]);
  });

  it('leave nothing of what failed', async () => {
    await insert('quota_accounts', account('undone', 5));

    const failed = inTransaction(async (tx) => {
      await change('UPDATE quota_accounts SET remaining = 0 WHERE user_id = :id', { id: 'undone' }, tx);
      throw new Error('after the write');
    });

    await expect(failed).rejects.toThrow('after the write');
    expect(await remainingOf('undone')).toBe(5);
    expect(await take('undone')).toBe(true);
  });

  it('take a query along that forgot to name them', async () => {
    await insert('quota_accounts', account('forgetful', 5));

    await inTransaction(async () => {
      await change('UPDATE quota_accounts SET remaining = 4 WHERE user_id = :id', { id: 'forgetful' });
      throw new Error('undo');
    }).catch(() => undefined);

    expect(await remainingOf('forgetful')).toBe(5);
  });

  it('run again, unseen by the caller, when two of them wait for each other', async () => {
    await insert('quota_accounts', account('dead-a', 0));
    await insert('quota_accounts', account('dead-b', 0));
    let runs = 0;
    const both = (first: string, second: string) =>
      inTransaction(async (tx) => {
        runs += 1;
        const add = (id: string) =>
          change('UPDATE quota_accounts SET remaining = remaining + 1 WHERE user_id = :id', { id }, tx);
        await add(first);
        await new Promise((resolve) => setTimeout(resolve, 60));
        await add(second);
      });

    await Promise.all([both('dead-a', 'dead-b'), both('dead-b', 'dead-a')]);

    expect([await remainingOf('dead-a'), await remainingOf('dead-b')]).toEqual([2, 2]);
    expect(runs).toBe(isMysqlHalf ? 3 : 2);
  });

  it('lock what they read, until they end', async () => {
    await insert('quota_accounts', account('read', 0));
    const addSlowly = () =>
      inTransaction(async (tx) => {
        const [row] = await select<{ remaining: number }>(
          `SELECT remaining FROM quota_accounts WHERE user_id = 'read'${forUpdate()}`,
          {},
          tx,
        );
        await new Promise((resolve) => setTimeout(resolve, 5));
        await change(
          "UPDATE quota_accounts SET remaining = :next WHERE user_id = 'read'",
          { next: (row?.remaining ?? 0) + 1 },
          tx,
        );
      });

    await Promise.all(Array.from({ length: 20 }, addSlowly));

    expect(await remainingOf('read')).toBe(20);
  });
});

describe('the tables', () => {
  it('refuse a second row under a unique key, and a count below zero', async () => {
    await insert('quota_accounts', account('unique', 1));

    const second = await insert('quota_accounts', account('unique', 1)).catch((error: unknown) => error);

    expect(isDuplicate(second)).toBe(true);
    await expect(change("UPDATE quota_accounts SET remaining = -1 WHERE user_id = 'unique'", {})).rejects.toThrow();
  });

  it('tell capitals apart in ids, and keep emoji and big moments', async () => {
    await insert('quota_accounts', account('case', 1));
    await insert('quota_accounts', account('CASE', 2));
    await insert('inbound_events', {
      id: 'evt_1',
      source: 'test',
      event_key: '键🙂',
      event_type: 't',
      body: '衣服👗',
      received_at: 8_640_000_000_000_000,
    });

    expect(await remainingOf('CASE')).toBe(2);
    expect(await select('SELECT event_key AS k, body, received_at AS at FROM inbound_events', {})).toEqual([
      { k: '键🙂', body: '衣服👗', at: 8_640_000_000_000_000 },
    ]);
  });
});

describe('migrations', () => {
  it('take a database of the first version along, orders and all', async () => {
    const older = await makeTestDatabase();
    const server = connectDatabase(older.url);
    await migrate(server, migrations.slice(0, 1));
    const order = `'ord_1', 'usr_1', 'paid', 'wechat_jsapi', 'monthly', 'plan', 9900, 100, 30, 1, 0, 1, 1`;
    await server.query(
      `INSERT INTO orders (id, user_id, status, channel, plan_id, plan_name, price_fen, uses, days, pay_before, checks,
         created_at, updated_at) VALUES (${order})`,
    );

    expect(await migrate(server)).toEqual(migrations.slice(1).map(({ name }) => name));

    const [rows] = await server.query('SELECT refunded_fen, deliver_at, forget_payer FROM orders');
    expect(rows).toEqual([{ refunded_fen: 0, deliver_at: null, forget_payer: 0 }]);
    await server.close();
    await older.remove();
  });

  it('are applied once by four servers that start at the same moment, and not again', async () => {
    const fresh = await makeTestDatabase();
    const servers = Array.from({ length: 4 }, () => connectDatabase(fresh.url));

    const applied = await Promise.all(servers.map((server) => migrate(server)));

    expect(applied.flat()).toEqual(migrations.map((migration) => migration.name));
    await Promise.all(servers.map((server) => server.close()));
    await fresh.remove();
  });

  it('come to the same end when the process was killed half-way', async () => {
    const fresh = await makeTestDatabase();
    const server = connectDatabase(fresh.url);
    await migrate(server);
    await server.query('DELETE FROM schema_migrations');
    await server.query('DROP TABLE inbound_events');

    await migrate(server);

    expect(await server.getQueryInterface().describeTable('inbound_events')).toHaveProperty('event_key');
    await server.close();
    await fresh.remove();
  });
});
