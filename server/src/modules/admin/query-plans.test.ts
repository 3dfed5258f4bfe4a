import { format } from 'mysql2';
import { QueryTypes } from 'sequelize';
import { logIn, makeAdmin, type Browser } from '../../../test/admin';
import { isMysqlHalf } from '../../../test/database';
import { useWorld } from '../../../test/world';
import { database, withoutValues } from '../../db/database';
import { select, type SqlValue } from '../../db/sql';
import { seedDatabase } from '../../seed/seed';
import { countDays } from './daily-figures';

/*
 * Every SELECT that a page of the admin site, a JSON list, an export or a search runs is caught on its way to the database,
 * and the database is asked how it would run it: along an index, and without sorting more than a page. Pages that others
 * add to the list below are held to the same.
 */

const world = useWorld({ ROLES: 'web', TRUST_PROXY: '1' });

// So many that 500 of them, which is what an export reads at once, are few.
const scale = { users: 4_000, orders: 8_000, tasks: 8_000 };
let owner: Browser;

beforeAll(async () => {
  await seedDatabase({ scale, seed: 3, untilMs: Date.now() });
  await makeAdmin('boss', 'owner');
  owner = await logIn(world, 'boss');
  if (isMysqlHalf) await database.current.query(`ANALYZE TABLE ${bigTables.join(', ')}`);
}, 60_000);

/** Those that grow with the business. What stands in the others fits on a screen. */
const bigTables = ['users', 'orders', 'tasks', 'quota_accounts', 'quota_entries', 'refunds', 'media', 'inbound_events'];

async function pages(): Promise<string[]> {
  const one = async (sql: string): Promise<string> => (await select<{ id: string }>(sql, {}))[0]?.id ?? '';
  const [user, order, task] = [
    await one('SELECT user_id AS id FROM tasks ORDER BY id LIMIT 1'),
    await one(`SELECT id FROM orders WHERE status = 'paid' ORDER BY id LIMIT 1`),
    await one('SELECT id FROM tasks ORDER BY id LIMIT 1'),
  ];
  const midst = await one('SELECT id FROM tasks ORDER BY id LIMIT 1 OFFSET 3000');
  const tasks = [
    '',
    '?sort=oldest',
    '?type=model_pose12',
    '?status=failed',
    '?type=basic_clean&status=succeeded',
    '?errorCode=deadline_exceeded',
    '?quotaEffect=held',
    '?quotaEffect=captured',
    '?quotaEffect=released&type=basic_clean',
    `?userId=${user}`,
    `?userId=${user}&status=succeeded`,
    '?from=2026-08-01&to=2026-08-31',
    '?status=succeeded&from=2026-08-01&to=2026-08-31',
  ];
  return [
    '/admin',
    '/admin/audit',
    '/admin/users',
    '/admin/users?status=blocked',
    '/admin/users?from=2026-08-01&sort=oldest',
    '/admin/users?after=usr_0n',
    '/admin/users?before=usr_0',
    '/admin/users.csv?status=active',
    `/admin/users/${user}`,
    `/admin/users/${user}?below=5`,
    '/admin/orders',
    '/admin/orders?status=refunded',
    '/admin/orders?channel=alipay_wap',
    '/admin/orders?status=paid&channel=alipay_wap',
    `/admin/orders?userId=${user}`,
    '/admin/orders?from=2026-08-01&to=2026-08-31',
    '/admin/orders.csv',
    '/admin/refunds',
    '/admin/discrepancies',
    `/admin/orders/${order}`,
    ...tasks.flatMap((query) => [`/admin/tasks${query}`, `/admin/tasks.csv${query}`]),
    `/admin/tasks?after=${midst}`,
    `/admin/tasks?status=succeeded&before=${midst}`,
    '/api/admin/tasks?limit=50',
    `/admin/tasks/${task}`,
  ];
}

/** The SELECTs that run meanwhile, with their values; each shape of them once. */
async function caught(work: () => Promise<void>): Promise<string[]> {
  const found = new Map<string, string>();
  const take = (sql: string): void => {
    if (sql.startsWith('SELECT'))
      found.set(withoutValues(sql, isMysqlHalf ? 'mysql' : 'sqlite'), sql.replace(/;\s*$/, ''));
  };
  const stop = isMysqlHalf ? listenToDriver(take) : listenToSequelize(take);
  try {
    await work();
  } finally {
    stop();
  }
  return [...found.values()];
}

function listenToSequelize(take: (sql: string) => void): () => void {
  const { options } = database.current as unknown as { options: { logging: (line: string) => void } };
  const before = options.logging;
  options.logging = (line: string) => take(line.replace(/^Execut\w+ \([^)]*\): /, ''));
  return () => void (options.logging = before);
}

type Statement = { sql: string; values?: unknown };
type Connection = { query(...words: unknown[]): unknown };
type Manager = { getConnection(options: unknown): Promise<Connection> };

/** Statements in SQL go to MySQL's driver past Sequelize: they are heard on each connection that is handed out meanwhile. */
function listenToDriver(take: (sql: string) => void): () => void {
  const manager = database.current.connectionManager as unknown as Manager;
  const handOut = manager.getConnection.bind(manager);
  const heard = new Map<Connection, Connection['query']>();
  manager.getConnection = async (options) => {
    const connection = await handOut(options);
    if (!heard.has(connection)) {
      const ask = connection.query;
      heard.set(connection, ask);
      connection.query = (...words) => {
        const [first, second] = words;
        const { sql, values } = typeof first === 'string' ? { sql: first, values: second } : (first as Statement);
        take(format(sql, Array.isArray(values) ? (values as SqlValue[]) : []));
        return ask.apply(connection, words);
      };
    }
    return connection;
  };
  return () => {
    manager.getConnection = handOut;
    for (const [connection, ask] of heard) connection.query = ask;
  };
}

type Step = {
  table: string | null;
  type: string | null;
  rows: number | string | null;
  Extra: string | null;
  key: string | null;
};

/** What is wrong with how MySQL would run it. */
async function mysqlFaults(sql: string): Promise<string[]> {
  const steps = await database.current.query<Step>(`EXPLAIN ${sql}`, { type: QueryTypes.SELECT });
  return steps.flatMap(({ table, type, rows, Extra, key }) => {
    if (table === null || table.startsWith('<') || !isBig(sql, table)) return [];
    const isWalk = type === 'index' && /\bLIMIT\b/.test(sql);
    const isScan = type === 'ALL' || (type === 'index' && !isWalk);
    // Sorting the few groups that rows were counted into is not sorting the rows.
    const isOfGroups = sql.includes('GROUP BY') && (Extra ?? '').includes('Using temporary');
    const isSort = (Extra ?? '').includes('Using filesort') && !isOfGroups && Number(rows) > 400;
    return isScan || isSort ? [`${table}: ${type} by ${key}, ${rows} rows, ${Extra}`] : [];
  });
}

/** What is wrong with how SQLite would run it. */
async function sqliteFaults(sql: string): Promise<string[]> {
  const steps = await database.current.query<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, {
    type: QueryTypes.SELECT,
  });
  return steps.flatMap(({ detail }) => {
    const [, table = '', index] = /^SCAN (\S+)(?: USING (.*))?$/.exec(detail) ?? [];
    const isWalk = index !== undefined && /\bLIMIT\b/.test(sql);
    return table !== '' && isBig(sql, table) && !isWalk ? [detail] : [];
  });
}

/** EXPLAIN names a table by its alias, where it has one. */
function isBig(sql: string, name: string): boolean {
  const [, table = name] = new RegExp(`(?:FROM|JOIN) (\\w+) (?:AS )?${name}\\b`).exec(sql) ?? [];
  return bigTables.includes(table);
}

async function faultsOf(statements: readonly string[]): Promise<string[]> {
  const faults: string[] = [];
  for (const sql of statements) {
    for (const fault of await (isMysqlHalf ? mysqlFaults(sql) : sqliteFaults(sql)))
      faults.push(`${fault}\n    ${sql.slice(0, 400)}`);
  }
  return faults;
}

it('no page, list or export reads a whole table', async () => {
  const statements = await caught(async () => {
    for (const path of await pages())
      expect({ path, status: (await owner.get(path)).status }).toEqual({ path, status: 200 });
  });

  expect(statements.length).toBeGreaterThan(40);
  expect(await faultsOf(statements)).toEqual([]);
}, 120_000);

it('counting the days for the dashboard reads no whole table', async () => {
  const statements = await caught(async () => void (await countDays()));

  expect(statements.length).toBeGreaterThan(2);
  expect(await faultsOf(statements)).toEqual([]);
}, 60_000);

it('no search reads a whole table', async () => {
  const names = [
    '13912345678',
    'oSEEDnobody',
    '420000000000000000000000',
    'usr_none',
    'ord_none',
    'tsk_none',
    'rfd_none',
  ];
  const statements = await caught(async () => {
    for (const q of names) expect(await owner.post('/admin/search', { q })).toMatchObject({ status: 404 });
  });

  expect(await faultsOf(statements)).toEqual([]);
}, 60_000);

it('a statement that does read a whole table is found out', async () => {
  const bad = [
    'SELECT id FROM tasks WHERE uses = 2 LIMIT 5',
    'SELECT COUNT(*) AS n FROM orders',
    'SELECT id FROM users u WHERE u.unionid = 1',
  ];

  for (const sql of bad) expect({ sql, faults: await faultsOf([sql]) }).toEqual({ sql, faults: [expect.any(String)] });
});
