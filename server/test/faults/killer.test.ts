import { setTimeout as sleep } from 'node:timers/promises';
import { select } from '../../src/db/sql';
import { drawGarmentPhoto, drawNoGarment } from '../draw';
import { useLiveServer } from '../live-server';
import { call, sendFile, type Answer } from '../request';
import type { World } from '../world';
import { scale } from './scale';

/*
 * Many phones buy and clean at once, over HTTP, while the real server is killed with -9 again and again at moments of chance
 * and started anew. Each phone repeats what got no answer, with the same key, as the mini program does. In the end what the
 * phones saw, what the payment provider took and what the database holds must be the same.
 */

const phonesCount = 6;
/** Of each phone at least; they go on for as long as there are kills to come. */
const tasksMin = 8;
const kills = 6 * scale;
const paceMs = scale > 1 ? 6_000 : 600;
/** Half of the first order's price, sent back after so many tasks while everything goes on. */
const refundAfter = 4;
const refundFen = 4_950;
const refundUses = 50;

const live = useLiveServer({ SMS_PER_IP_HOUR: '10000' });

/** Asks until there is an answer that is not an outage: what a phone does on a bad line. */
async function insist(ask: () => Promise<Answer>): Promise<Answer> {
  for (let n = 0; n < 600; n += 1) {
    const answer = await ask().catch(() => null);
    if (answer && answer.status < 500 && answer.status !== 429) return answer;
    await sleep(50 + Math.random() * 250);
  }
  throw new Error('no answer in two minutes');
}

type Phone = { token: string; taskIds: Set<string>; orderIds: string[] };

const reach = (): World => ({ origin: live.origin }) as World;

async function logIn(number: string): Promise<string> {
  for (let n = 0; n < 20; n += 1) {
    const sent = await insist(() => call(reach(), 'POST', '/api/auth/send-code', { body: { phone: number } }));
    if (sent.status !== 200) throw new Error(JSON.stringify(sent.body));
    const code = live.sandbox.sms.latestCode(number);
    const wxCode = `killer${number}.${n}`;
    const session = await call(reach(), 'POST', '/api/auth/login', { body: { phone: number, code, wxCode } }).catch(
      () => null,
    );
    if (session?.status === 200) return String(session.body.token);
    await sleep(300); // The answer was lost and the code is spent: the person asks for another.
  }
  throw new Error('could not log in');
}

async function buy(phone: Phone, number: string, n: number): Promise<void> {
  const { token } = phone;
  const body = { planId: 'monthly', channel: 'wechat_jsapi' };
  const order = await insist(() =>
    call(reach(), 'POST', '/api/membership/orders', { token, body, key: `order-${number}-${n}` }),
  );
  expect(order.status).toBe(201);
  const { id } = order.body.order as { id: string };
  phone.orderIds.push(id);
  if (live.sandbox.pay.find(id)?.tradeState === 'NOTPAY') await live.sandbox.pay.pay(id);
  // Every second phone dies here and never confirms: the notification or the reconciler has to do.
  if (n % 2 === 0) await insist(() => call(reach(), 'POST', `/api/membership/orders/${id}/confirm`, { token }));
}

async function upload(phone: Phone, bytes: Buffer, key: string): Promise<string> {
  const { token } = phone;
  const body = { contentType: 'image/jpeg', byteLength: bytes.length };
  const ticket = await insist(() => call(reach(), 'POST', '/api/media/uploads', { token, body, key }));
  await insist(() => sendFile(reach(), ticket.body, bytes));
  const path = `/api/media/uploads/${String(ticket.body.mediaId)}/complete`;
  expect((await insist(() => call(reach(), 'POST', path, { token }))).status).toBe(200);
  return String(ticket.body.mediaId);
}

async function usesLeft(phone: Phone): Promise<number> {
  const membership = await insist(() => call(reach(), 'GET', '/api/membership', { token: phone.token }));
  return Number(membership.body.quotaRemaining);
}

/** Buys until there are uses: every second time the phone dies over it, and the uses come by themselves. */
async function ensureUses(phone: Phone, number: string): Promise<void> {
  if ((await usesLeft(phone)) > 0) return;
  const n = phone.orderIds.length;
  await buy(phone, number, n === 0 ? Number(number.slice(-1)) : n + 10);
  for (let asked = 0; asked < 400; asked += 1) {
    if ((await usesLeft(phone)) > 0) return;
    await sleep(250);
  }
  throw new Error('paid, and no uses came');
}

/** What an operator types, until the command got through: a server that is killed meanwhile does not concern it. */
async function sendBackHalf(phone: Phone): Promise<void> {
  const [orderId = ''] = phone.orderIds;
  const words = [orderId, '--yuan', '49.50', '--reason', 'half of it', '--by', 'operator', '--yes'];
  const { output } = await live.command('refund', words);
  expect(output).toContain('is written down');
}

async function useThePhone(
  number: string,
  photos: { garment: Buffer; nothing: Buffer },
  isOver: () => boolean,
): Promise<Phone> {
  const phone: Phone = { token: await logIn(number), taskIds: new Set(), orderIds: [] };
  const { token } = phone;
  await ensureUses(phone, number);

  const garment = await upload(phone, photos.garment, `garment-${number}`);
  const nothing = await upload(phone, photos.nothing, `nothing-${number}`);
  let refunding: Promise<void> | null = null;
  for (let n = 0; n < tasksMin || !isOver(); n += 1) {
    if (n === refundAfter && hasRefund(number)) refunding = sendBackHalf(phone);
    await ensureUses(phone, number);
    const body = { type: 'basic_clean', mediaId: n % 4 === 3 ? nothing : garment, params: { preset: 'taobao_white' } };
    const task = await insist(() => call(reach(), 'POST', '/api/tasks', { token, body, key: `task-${number}-${n}` }));
    expect(task.status).toBeLessThan(300);
    phone.taskIds.add(String(task.body.id));
    await sleep(Math.random() * paceMs);
  }
  await refunding;
  return phone;
}

const hasRefund = (number: string): boolean => Number(number.slice(-1)) % 2 === 1;

it(`loses nothing and does nothing twice through ${kills} kills at moments of chance`, async () => {
  const photos = {
    garment: await drawGarmentPhoto({ width: 480, height: 640 }),
    nothing: await drawNoGarment('plain', 480, 640),
  };
  live.sandbox.pay.notifications.setMode({ kind: 'repeat', times: 3 });
  const numbers = Array.from({ length: phonesCount }, (_, n) => `1360000000${n}`);

  let isOver = false;
  const recoveries: number[] = [];
  const killing = (async () => {
    for (let n = 0; n < kills; n += 1) {
      await sleep(400 + Math.random() * 2_600);
      recoveries.push(await live.killAndRestart());
    }
    isOver = true;
  })();
  const phones = await Promise.all(numbers.map((number) => useThePhone(number, photos, () => isOver)));
  await killing;

  const startedAt = performance.now();
  for (const phone of phones) await waitForEnds(phone);
  const drainedMs = Math.round(performance.now() - startedAt);

  await live.audit(async () => {
    for (const [n, phone] of phones.entries()) await compare(phone, hasRefund(numbers[n] ?? ''));
  });

  const worst = Math.round(Math.max(...recoveries));
  const tasks = phones.reduce((sum, phone) => sum + phone.taskIds.size, 0);
  const orders = phones.reduce((sum, phone) => sum + phone.orderIds.length, 0);
  process.stdout.write(
    `  ${recoveries.length} kills under ${tasks} tasks and ${orders} orders; answering again after ${worst} ms at worst; all work ended ${drainedMs} ms after the last\n`,
  );
}, 3_600_000);

async function waitForEnds(phone: Phone): Promise<void> {
  const open = new Set(phone.taskIds);
  for (let n = 0; n < 3_000 && open.size > 0; n += 1) {
    for (const id of [...open]) {
      const task = await insist(() => call(reach(), 'GET', `/api/tasks/${id}`, { token: phone.token }));
      if (['succeeded', 'failed', 'cancelled'].includes(String(task.body.status))) open.delete(id);
    }
    await sleep(200);
  }
  expect([...open]).toEqual([]);
}

type Task = { id: string; status: string; quotaEffect: string; errorCode: string | null };

async function historyOf(phone: Phone): Promise<Task[]> {
  const tasks: Task[] = [];
  let cursor = '';
  do {
    const { body } = await call(reach(), 'GET', `/api/tasks?limit=50${cursor}`, { token: phone.token });
    tasks.push(...(body.items as Task[]));
    cursor = typeof body.nextCursor === 'string' ? `&cursor=${body.nextCursor}` : '';
  } while (cursor !== '');
  return tasks;
}

/** What this phone saw, what the provider took and sent back, and what the books say. */
async function compare(phone: Phone, isRefunded: boolean): Promise<void> {
  const tasks = await historyOf(phone);
  expect(tasks).toHaveLength(phone.taskIds.size);
  expect(new Set(tasks.map((task) => task.id))).toEqual(phone.taskIds);

  const captured = tasks.filter((task) => task.quotaEffect === 'captured').length;
  expect(tasks.filter((task) => task.status === 'succeeded')).toHaveLength(captured);
  expect(tasks.filter((task) => task.errorCode === 'garment_not_found')).toHaveLength(Math.floor(tasks.length / 4));
  expect(captured).toBe(tasks.length - Math.floor(tasks.length / 4));

  for (const [n, id] of phone.orderIds.entries()) {
    const sentBackFen = isRefunded && n === 0 ? refundFen : 0;
    expect(live.sandbox.pay.find(id)).toMatchObject({ refundedFen: sentBackFen });
    const order = await call(reach(), 'GET', `/api/membership/orders/${id}`, { token: phone.token });
    expect(order.body).toMatchObject({ status: 'paid', refundedFen: sentBackFen });
    const [grants] = await select<{ n: number }>(
      `SELECT COUNT(*) AS n FROM quota_entries WHERE cause_type = 'order' AND cause_id = :id AND kind = 'grant'`,
      { id },
    );
    expect(Number(grants?.n)).toBe(1);
  }
  const membership = await call(reach(), 'GET', '/api/membership', { token: phone.token });
  const left = phone.orderIds.length * 100 - captured - (isRefunded ? refundUses : 0);
  expect(membership.body).toMatchObject({ quotaRemaining: left, quotaHeld: 0 });
}
