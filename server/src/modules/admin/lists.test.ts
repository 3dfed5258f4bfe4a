import { AdminOrdersFilter, AdminTasksFilter, AdminUsersFilter } from '@suyi/shared-types';
import { setTimeout as sleep } from 'node:timers/promises';
import { adminPassword, logIn, makeAdmin, type Browser } from '../../../test/admin';
import { useWorld } from '../../../test/world';
import { select } from '../../db/sql';
import { clock, shanghaiDay } from '../../lib/clock';
import { seedDatabase } from '../../seed/seed';
import { taskColumns } from './csv';
import { csvOf } from './lists/export';
import { countMax, countUpTo, readIds, type Listing } from './lists/keyset';
import { listOrders } from './lists/orders';
import { listTasks, readTasks } from './lists/tasks';
import { listUsers } from './lists/users';

const world = useWorld({ ROLES: 'web', TRUST_PROXY: '1' });

const untilMs = Date.parse('2026-11-23T04:00:00Z');
let owner: Browser;
let viewer: Browser;

beforeAll(async () => {
  await seedDatabase({ scale: { users: 150, orders: 450, tasks: 2_500 }, seed: 7, untilMs });
  await makeAdmin('boss', 'owner');
  await makeAdmin('guest', 'viewer');
  [owner, viewer] = [await logIn(world, 'boss'), await logIn(world, 'guest')];
}, 60_000);

type Row = Record<string, string | number | null> & { id: string; created_at: number };

/** What a list should show, found without any index of ours: every row is looked at. */
async function rowsOf(listing: Listing): Promise<Row[]> {
  return select<Row>(`SELECT * FROM ${listing.table}`, {});
}

type Case = { name: string; listing: Listing; fits: (row: Row) => boolean };

const someTask = async (): Promise<Row> =>
  (await select<Row>(`SELECT * FROM tasks WHERE status = 'failed' LIMIT 1`, {}))[0]!;

const day = (row: Row): string => shanghaiDay(row.created_at);

async function cases(): Promise<Case[]> {
  const { user_id: someone, error_code: error } = await someTask();
  const userId = String(someone);
  const errorCode = String(error);
  const tasks = (filter: object, fits: Case['fits']): Case => ({
    name: `tasks ${JSON.stringify(filter)}`,
    listing: listTasks(AdminTasksFilter.parse(filter)),
    fits,
  });
  const orders = (filter: object, fits: Case['fits']): Case => ({
    name: `orders ${JSON.stringify(filter)}`,
    listing: listOrders(AdminOrdersFilter.parse(filter)),
    fits,
  });
  const users = (filter: object, fits: Case['fits']): Case => ({
    name: `users ${JSON.stringify(filter)}`,
    listing: listUsers(AdminUsersFilter.parse(filter)),
    fits,
  });
  return [
    users({}, () => true),
    users({ sort: 'oldest' }, () => true),
    users({ status: 'active' }, (row) => row.status === 'active'),
    users({ from: '2026-06-01', to: '2026-09-30' }, (row) => day(row) >= '2026-06-01' && day(row) <= '2026-09-30'),
    orders({}, () => true),
    orders({ status: 'closed' }, (row) => row.status === 'closed'),
    orders({ channel: 'wechat_virtual', sort: 'oldest' }, (row) => row.channel === 'wechat_virtual'),
    orders({ status: 'paid', channel: 'alipay_wap' }, (row) => row.status === 'paid' && row.channel === 'alipay_wap'),
    orders({ userId }, (row) => row.user_id === userId),
    tasks({}, () => true),
    tasks({ type: 'model_pose12' }, (row) => row.type === 'model_pose12'),
    tasks({ status: 'failed' }, (row) => row.status === 'failed'),
    tasks(
      { type: 'basic_clean', status: 'succeeded' },
      (row) => row.type === 'basic_clean' && row.status === 'succeeded',
    ),
    tasks({ errorCode }, (row) => row.error_code === errorCode),
    tasks({ quotaEffect: 'released' }, (row) => row.quota_effect === 'released'),
    tasks(
      { quotaEffect: 'captured', type: 'model_pose12' },
      (row) => row.quota_effect === 'captured' && row.type === 'model_pose12',
    ),
    tasks(
      { quotaEffect: 'released', status: 'succeeded' },
      (row) => row.quota_effect === 'released' && row.status === 'succeeded',
    ),
    tasks({ quotaEffect: 'held', status: 'failed' }, () => false),
    tasks({ userId, sort: 'oldest' }, (row) => row.user_id === userId),
    tasks({ userId, status: 'succeeded' }, (row) => row.user_id === userId && row.status === 'succeeded'),
    tasks(
      { type: 'basic_clean', quotaEffect: 'released', from: '2026-10-01', sort: 'oldest' },
      (row) => row.type === 'basic_clean' && row.quota_effect === 'released' && day(row) >= '2026-10-01',
    ),
  ];
}

async function walk(listing: Listing, way: 'forwards' | 'backwards', limit: number): Promise<string[]> {
  const found: string[] = [];
  let edge: string | undefined = way === 'backwards' ? (listing.sort === 'newest' ? '0' : '~') : undefined;
  for (;;) {
    const page = await readIds(listing, way === 'forwards' ? { after: edge } : { before: edge }, limit);
    found[way === 'forwards' ? 'push' : 'unshift'](...page.ids);
    edge = way === 'forwards' ? page.ids.at(-1) : page.ids[0];
    if (!(way === 'forwards' ? page.hasNext : page.hasPrevious)) return found;
  }
}

it('shows for every filter exactly the rows that fit it, in order, whichever way it is paged', async () => {
  for (const { name, listing, fits } of await cases()) {
    const ids = (await rowsOf(listing))
      .filter(fits)
      .map(({ id }) => id)
      .sort();
    if (listing.sort === 'newest') ids.reverse();

    expect({ name, ids: await walk(listing, 'forwards', 37) }).toEqual({ name, ids });
    expect({ name, ids: await walk(listing, 'backwards', 37) }).toEqual({ name, ids });
    expect({ name, count: await countUpTo(listing) }).toEqual({ name, count: Math.min(ids.length, countMax + 1) });
  }
}, 60_000);

it('exports the same rows in the same order, beyond any page', async () => {
  for (const filter of ['', '?status=failed&sort=oldest', '?type=model_pose12&from=2026-10-01']) {
    const page = await owner.get(`/admin/tasks.csv${filter}`);
    const words = Object.fromEntries(new URLSearchParams(filter));
    const ids = await walk(listTasks(AdminTasksFilter.parse(words)), 'forwards', 100);

    const [head, ...lines] = page.text
      .replace(/^\uFEFF/, '')
      .trimEnd()
      .split('\r\n');
    expect(head).toBe(taskColumns.map(({ name }) => name).join(','));
    expect(lines.map((line) => line.split(',')[0])).toEqual(ids);
    expect(page.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(page.headers.get('content-disposition')).toMatch(/attachment; filename="tasks-.*\.csv"/);
  }
});

it('reads an export only as fast as it is taken', async () => {
  let batches = 0;
  const stream = csvOf(listTasks(AdminTasksFilter.parse({})), taskColumns, (ids) => {
    batches += 1;
    return readTasks(ids, false);
  });

  await new Promise((resolve) => stream.once('readable', resolve));
  stream.read();
  await sleep(300);
  expect(batches).toBeLessThanOrEqual(3); // Of five.

  let lines = 0;
  for await (const part of stream) lines += String(part).split('\r\n').length - 1;
  expect({ batches, lines }).toEqual({ batches: 5, lines: 2_500 });
});

it('writes down who exported what', async () => {
  await owner.get('/admin/orders.csv?status=paid');

  const [entry] = await select<{ username: string; detail: string; subject_id: string }>(
    `SELECT username, subject_id, detail FROM admin_audit WHERE action = 'export_csv' ORDER BY id DESC LIMIT 1`,
    {},
  );
  expect(entry).toMatchObject({ username: 'boss', subject_id: 'orders' });
  expect(entry?.detail).toContain('"status":"paid"');
});

const showsWhole = (text: string): boolean => /\b198\d{8}\b/.test(text);
const showsMasked = (text: string): boolean => /\b198\*{4}\d{4}\b/.test(text);

describe('phones and openids', () => {
  it.each(['/admin/users', '/admin/orders', '/admin/tasks'])(
    '%s masks phones for who may not see them',
    async (path) => {
      for (const suffix of ['', '.csv']) {
        const masked = await viewer.get(path + suffix);
        const whole = await owner.get(path + suffix);

        expect(masked.status).toBe(200);
        expect({ whole: showsWhole(masked.text), masked: showsMasked(masked.text) }).toEqual({
          whole: false,
          masked: true,
        });
        expect({ whole: showsWhole(whole.text), openid: whole.text.includes('oSEED') }).toEqual({
          whole: true,
          openid: false,
        });
      }
    },
  );

  it('are masked and shortened on a user’s page and in JSON as well', async () => {
    const [user] = await select<{ id: string; phone: string; openid: string }>(
      'SELECT id, phone, openid FROM users WHERE phone IS NOT NULL AND openid IS NOT NULL LIMIT 1',
      {},
    );
    const page = await viewer.get(`/admin/users/${user?.id}`);
    const json = await viewer.get('/api/admin/users?limit=50');

    expect(page.text.includes(user?.phone ?? '')).toBe(false);
    expect(page.text.includes(user?.openid ?? '')).toBe(false);
    expect({ whole: showsWhole(json.text), masked: showsMasked(json.text) }).toEqual({ whole: false, masked: true });
  });

  it('of a search stand in no address', async () => {
    const [user] = await select<{ id: string; phone: string }>(
      'SELECT id, phone FROM users WHERE phone IS NOT NULL LIMIT 1',
      {},
    );
    const answer = await viewer.post('/admin/search', { q: ` ${user?.phone} ` });

    expect(answer).toMatchObject({ status: 303, location: `/admin/users/${user?.id}` });
    expect(await viewer.get(`/admin/search?q=${user?.phone}`)).toMatchObject({ status: 405 });
  });
});

describe('the JSON lists', () => {
  const api = async (path: string) =>
    JSON.parse((await owner.get(path)).text) as { items: Row[]; nextCursor: string | null };

  it('page by cursor to the end', async () => {
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof api>> = await api(
        `/api/admin/orders?limit=50&channel=wechat_jsapi${cursor ? `&cursor=${cursor}` : ''}`,
      );
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor);

    expect(ids).toEqual(await walk(listOrders({ channel: 'wechat_jsapi', sort: 'newest' }), 'forwards', 100));
  });

  it('take an admin’s bearer token, and nobody without', async () => {
    const login = await fetch(`${world.origin}/api/admin/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': '10.9.9.9' },
      body: JSON.stringify({ username: 'guest', password: adminPassword }),
    });
    const { token } = (await login.json()) as { token: string };
    const ask = (authorization: string) => fetch(`${world.origin}/api/admin/tasks.csv`, { headers: { authorization } });

    const [good, bad, none] = [
      await ask(`Bearer ${token}`),
      await ask('Bearer x'),
      await fetch(`${world.origin}/api/admin/tasks`),
    ];
    expect([good.status, bad.status, none.status]).toEqual([200, 401, 401]);
    expect((await good.text()).startsWith('id,')).toBe(true); // The mark before it is taken off by the reader.
  });

  it.each([
    'limit=51',
    'limit=0',
    'status=gone',
    'from=yesterday',
    'sort=price',
    'nothing=1',
    'cursor=%27',
    'userId=A',
  ])('refuse %s by the name of its field', async (query) => {
    const response = await fetch(`${world.origin}/api/admin/tasks?${query}`, { headers: { cookie: owner.cookie } });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid_request', fields: [{ path: query.split('=')[0] }] });
  });
});

it('keeps a form’s empty fields from being filters, and the set ones in the address of the next page', async () => {
  const page = await owner.get('/admin/tasks?type=&status=succeeded&errorCode=&from=&to=&sort=newest&limit=20&userId=');
  const [, next = ''] = /<a[^>]*rel="next" href="([^"]+)"/.exec(page.text) ?? [];

  expect(page.status).toBe(200);
  expect(page.text).toContain(`${countMax}+ 条`);
  expect(next.replaceAll('&amp;', '&')).toMatch(/^\/admin\/tasks\?status=succeeded&limit=20&after=tsk_\w+$/);
  expect((await owner.get(next.replaceAll('&amp;', '&'))).text).toContain('rel="prev"');
});

it('has an end also for an export of the oldest first, while rows are made', async () => {
  expect(shanghaiDay(clock.now()) >= '2026-11-23').toBe(true);
  const page = await owner.get('/admin/users.csv?sort=oldest&to=2099-01-01');
  expect(page.text.split('\r\n')).toHaveLength(152);
});
