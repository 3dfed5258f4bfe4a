import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { VirtualPayment } from '@suyi/shared-types';
import { config } from '../../src/config';
import { database, dialectOf } from '../../src/db/database';
import { select } from '../../src/db/sql';
import { clock, hours, minutes } from '../../src/lib/clock';
import { sweepAdminSessions } from '../../src/modules/admin/service';
import { sweepCodes } from '../../src/modules/auth/service';
import { sweepMedia } from '../../src/modules/media/service';
import { driveRefunds, forgetPayers, reconcileOrders, tellDelivered } from '../../src/modules/payments/service';
import { runBasicClean } from '../../src/modules/tasks/basic-clean';
import { claimTasks } from '../../src/modules/tasks/claim';
import { claimPoses } from '../../src/modules/tasks/poses/claim';
import { tellSellers } from '../../src/modules/tasks/poses/news';
import { runPose } from '../../src/modules/tasks/poses/runner';
import { sweepDeadlines, sweepHidden, sweepPoseDeadlines } from '../../src/modules/tasks/sweeps';
import { drawGarmentPhoto } from '../draw';
import { newPhone } from '../make';
import { call, upload, type Answer } from '../request';
import { useWorld } from '../world';

/*
 * A seller leaves something in every table that can hold something of a seller, and goes. Then every text of every table and
 * every file is looked through for what they were called by. What stays on purpose stands in docs/threat-model.md.
 */

// No worker: the test says when each sweep runs.
const world = useWorld({
  ROLES: 'web',
  TRUST_PROXY: '1',
  PAYMENT_CHANNELS: 'wechat_jsapi,wechat_virtual,alipay_wap',
  RUNNINGHUB_CONCURRENCY: '3',
});

const address = '203.0.113.77';
const headers = { 'x-forwarded-for': address, 'x-device-id': 'device-of-the-one-who-goes' };

type Leaver = { token: string; userId: string; phone: string; person: string; ids: string[] };

let serial = 0;
const wxCode = (person: string): string => `${person}.${(serial += 1)}`;

/** Comes by WeChat, then by phone: two accounts that became one. */
async function makeLeaver(): Promise<Leaver> {
  const person = `leaver${(serial += 1)}x`;
  const phone = newPhone();
  world.sandbox.wechat.giveUnionid(true);
  const first = await call(world, 'POST', '/api/auth/wechat', { body: { wxCode: wxCode(person) }, headers });
  await photograph(String(first.body.token)); // Under the account that is merged away.

  const login = async (more: object): Promise<Answer> => {
    expect((await call(world, 'POST', '/api/auth/send-code', { body: { phone }, headers })).status).toBe(200);
    const body = { phone, code: world.sandbox.sms.latestCode(phone), ...more };
    return call(world, 'POST', '/api/auth/login', { body, headers });
  };
  await login({});
  const session = await login({ wxCode: wxCode(person) });
  world.sandbox.wechat.giveUnionid(false);

  const [row] = await select<{ openid: string; unionid: string }>(
    'SELECT openid, unionid FROM users WHERE phone = :phone',
    {
      phone,
    },
  );
  expect(row?.unionid).toEqual(expect.any(String));
  const ids = [phone, row?.openid ?? '', row?.unionid ?? '', headers['x-device-id']];
  return { token: String(session.body.token), userId: (session.body.user as { id: string }).id, phone, person, ids };
}

const photograph = async (token: string): Promise<string> =>
  upload(world, token, await drawGarmentPhoto({ width: 480, height: 640 }));

async function open({ token, person }: Leaver, channel: string): Promise<{ id: string; payment: unknown }> {
  const body = { planId: 'monthly', channel, ...(channel !== 'alipay_wap' && { wxCode: wxCode(person) }) };
  const { status, body: made } = await call(world, 'POST', '/api/membership/orders', { token, body, headers });
  expect(status).toBe(201);
  return { id: (made.order as { id: string }).id, payment: made.payment };
}

/** One membership by each way of paying, each told of by its provider; and part of the first one sent back. */
async function buyInEveryWay(leaver: Leaver): Promise<void> {
  const { pay, alipay, wechat } = world.sandbox;
  pay.notifications.setMode({ kind: 'deliver' });
  alipay.notifications.setMode({ kind: 'deliver' });
  wechat.push.setMode({ kind: 'deliver' });

  const jsapi = await open(leaver, 'wechat_jsapi');
  await pay.pay(jsapi.id);
  await settled(leaver, jsapi.id, 'paid');
  const virtual = await open(leaver, 'wechat_virtual');
  await wechat.virtual.pay(virtual.payment as VirtualPayment, wechat.openidOf(`${leaver.person}.0`));
  await settled(leaver, virtual.id, 'paid');
  const wap = await open(leaver, 'alipay_wap');
  await fetch((wap.payment as { url: string }).url, { redirect: 'manual' });
  await alipay.pay(wap.id);
  await settled(leaver, wap.id, 'paid');

  await deed('refund-order', jsapi.id, { reason: '卖家要求退一部分', yuan: '9.90' });
  for (let n = 0; n < 20; n += 1) await driveRefunds(50);
}

async function settled({ token }: Leaver, orderId: string, status: string): Promise<void> {
  await until(async () => {
    const answer = await call(world, 'GET', `/api/membership/orders/${orderId}`, { token });
    return answer.body.status === status;
  });
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let n = 0; n < 100; n += 1) {
    if (await isSo()) return;
    await sleep(50);
  }
  throw new Error('it did not come to pass');
}

let adminToken: string | null = null;
async function asAdmin(method: string, path: string, form?: Record<string, string>): Promise<void> {
  const { username, password } = config.current.admin;
  adminToken ??= String((await call(world, 'POST', '/api/admin/login', { body: { username, password } })).body.token);
  const response = await fetch(world.origin + path, {
    method,
    redirect: 'manual',
    headers: { authorization: `Bearer ${adminToken}` },
    ...(form && { body: new URLSearchParams(form) }),
  });
  const said = await response.text();
  if (response.status >= 400) throw new Error(`${path} answered ${response.status}: ${said.slice(0, 300)}`);
}

/** One picture cleaned, one set of poses made and told of, one task failed, one still waiting. */
async function workInEveryWay({ token }: Leaver): Promise<void> {
  world.sandbox.runninghub.setPaceMs(20);
  const order = async (type: string, params: object): Promise<void> => {
    const body = { type, mediaId: await photograph(token), params };
    expect(
      (await call(world, 'POST', '/api/tasks', { token, body, headers, key: `leaves-${(serial += 1)}` })).status,
    ).toBe(202);
  };
  await order('basic_clean', {});
  await order('model_pose12', { shouldNotify: true });
  for (let n = 0; n < 200; n += 1) {
    await Promise.all([...(await claimTasks(5)).map(runBasicClean), ...(await claimPoses(5)).map(runPose)]);
    const [left] = await select<{ n: number }>(`SELECT COUNT(*) AS n FROM tasks WHERE finished_at IS NULL`, {});
    if (Number(left?.n) === 0) break;
    await sleep(25);
    clock.advance(2_000);
  }
  await tellSellers(10);
  await order('basic_clean', {});
  await photograph(token);
}

const deed = (name: string, id: string, form: Record<string, string>): Promise<void> =>
  asAdmin('POST', `/admin/actions/${name}/${id}`, { key: `form-key-${(serial += 1)}`, ...form });

async function beSeenByEverybody(leaver: Leaver): Promise<void> {
  const { wechat } = world.sandbox;
  const openid = wechat.openidOf(`${leaver.person}.0`);
  await wechat.sendEvent('user_enter_tempsession', { OpenID: openid, Content: leaver.phone });
  await wechat.sendEvent('user_authorization_revoke', { OpenID: openid, RevokeInfo: '99' });
  await asAdmin('POST', '/admin/search', { q: leaver.phone });
  await asAdmin('GET', `/admin/users/${leaver.userId}`);
  await asAdmin('GET', '/admin/users.csv');
  await deed('block-user', leaver.userId, { reason: '来电核实身份' });
  await deed('unblock-user', leaver.userId, { reason: '核实完毕，恢复' });
}

/** The names of every table. */
async function tables(): Promise<string[]> {
  const isMysql = dialectOf(database.current) === 'mysql';
  const rows = await select<{ name: string }>(
    isMysql
      ? 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()'
      : `SELECT name FROM sqlite_master WHERE type = 'table'`,
    {},
  );
  return rows.map(({ name }) => name);
}

/** Where one of these is written in the database: `orders.openid`. */
async function findInTables(ids: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const table of await tables()) {
    for (const row of await select<Record<string, unknown>>(`SELECT * FROM ${table}`, {})) {
      for (const [column, value] of Object.entries(row)) {
        if (ids.some((id) => String(value).includes(id))) found.add(`${table}.${column}`);
      }
    }
  }
  return [...found].sort();
}

/** Files of the store whose path or content has one of these. */
function findInFiles(ids: readonly string[]): string[] {
  const root = join(config.current.dataDir, 'files');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) =>
    statSync(join(root, path)).isFile(),
  );
  return files.filter((path) => {
    const content = readFileSync(join(root, path)).toString('latin1');
    return ids.some((id) => path.includes(id) || content.includes(id));
  });
}

const bodiesOf = (leaver: Leaver) =>
  select<{ source: string; eventType: string; size: number }>(
    `SELECT e.source AS source, e.event_type AS eventType, LENGTH(e.body) AS size FROM inbound_events e
     JOIN orders o ON o.id = e.order_id WHERE o.user_id = :id AND e.body <> ''`,
    { id: leaver.userId },
  );

/** What the worker does by itself, over two days. */
async function letTimePass(): Promise<void> {
  for (const step of [minutes(1), hours(1), hours(47)]) {
    clock.advance(step);
    for (const channel of ['wechat_jsapi', 'wechat_virtual', 'alipay_wap'] as const) await reconcileOrders(channel, 50);
    await tellDelivered(50);
    await sweepDeadlines(50);
    await sweepPoseDeadlines(50);
    await sweepHidden(50);
    await sweepMedia(50);
    await forgetPayers();
    await sweepCodes();
    await sweepAdminSessions();
  }
}

it('leaves nothing behind that says who they were', async () => {
  const leaver = await makeLeaver();
  await buyInEveryWay(leaver);
  await workInEveryWay(leaver);
  await beSeenByEverybody(leaver);
  const stayer = await makeLeaver();
  const accounts = await select<{ id: string }>('SELECT id FROM users WHERE id = :id OR merged_into = :id', {
    id: leaver.userId,
  });
  const folders = accounts.map(({ id }) => id);

  // It is all there before.
  expect(await findInTables(leaver.ids)).toEqual(
    expect.arrayContaining(['orders.openid', 'users.openid', 'users.phone', 'users.unionid']),
  );
  expect(await findInTables(['2088000000000001'])).toEqual(['inbound_events.body']);
  expect((await bodiesOf(leaver)).map(({ source }) => source).sort()).toEqual(
    expect.arrayContaining(['alipay', 'wechat_pay', 'wechat_push']),
  );
  expect(findInFiles(folders).length).toBeGreaterThan(25);

  expect((await call(world, 'DELETE', '/api/auth/me', { token: leaver.token })).status).toBe(204);

  // At once: the names. Soon after: the pictures.
  expect(await findInTables(leaver.ids)).toEqual([]);
  expect(await findInTables(['2088000000000001'])).toEqual([]);
  expect(await bodiesOf(leaver)).toEqual([]);
  expect(await select(`SELECT id FROM inbound_events WHERE order_id IS NULL AND body <> ''`, {})).toEqual([]);
  await letTimePass();
  expect(findInFiles([...folders, ...leaver.ids])).toEqual([]);
  expect(await findInTables([...leaver.ids, address])).toEqual([]);
  expect(await select('SELECT id FROM media WHERE user_id IN (:folders)', { folders })).toEqual([]);
  expect(
    await select(`SELECT id FROM tasks WHERE user_id = :id AND (results IS NOT NULL OR vendor_pictures IS NOT NULL)`, {
      id: leaver.userId,
    }),
  ).toEqual([]);

  // Nobody else lost anything.
  expect(await findInTables(stayer.ids)).toEqual(['users.openid', 'users.phone', 'users.unionid']);
  expect((await call(world, 'GET', '/api/auth/me', { token: stayer.token })).status).toBe(200);
}, 120_000);

it('keeps who pays only as long as an order can still be paid, and nothing of what is told later', async () => {
  const [byWechat, byAlipay] = [await makeLeaver(), await makeLeaver()];
  await open(byWechat, 'wechat_jsapi');
  const { id, payment } = await open(byAlipay, 'alipay_wap');
  await fetch((payment as { url: string }).url, { redirect: 'manual' });

  for (const { token } of [byWechat, byAlipay]) await call(world, 'DELETE', '/api/auth/me', { token });
  expect(await findInTables([...byWechat.ids, ...byAlipay.ids])).toEqual(['orders.openid']);
  world.sandbox.alipay.notifications.setMode({ kind: 'deliver' });
  await world.sandbox.alipay.pay(id);
  await until(async () => (await bodiesOf(byAlipay)).length > 0);
  await letTimePass();

  expect(await findInTables([...byWechat.ids, ...byAlipay.ids])).toEqual([]);
  expect(await bodiesOf(byAlipay)).toEqual([]);
  // The money came all the same: a person sends it back, by the order's own number.
  const [raised] = await select<{ kind: string }>('SELECT kind FROM payment_discrepancies WHERE subject = :id', { id });
  expect(raised?.kind).toBe('paid_after_deletion');
}, 60_000);
