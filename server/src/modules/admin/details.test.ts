import { drawGarmentPhoto } from '../../../test/draw';
import { logIn, makeAdmin, type Browser } from '../../../test/admin';
import { makeMedia, makeSeller, type Seller } from '../../../test/make';
import { call } from '../../../test/request';
import { useWorld } from '../../../test/world';
import { insert, select } from '../../db/sql';
import { clock, minutes } from '../../lib/clock';
import { newId } from '../../lib/ids';
import { settleDiscrepancy } from '../payments/service';
import { fail } from '../tasks/finish';
import { createTask, retryTask, type Task } from '../tasks/service';

const world = useWorld({ ROLES: 'web', TRUST_PROXY: '1' });

let support: Browser;
let viewer: Browser;

beforeAll(async () => {
  await makeAdmin('helper', 'support');
  await makeAdmin('guest', 'viewer');
  [support, viewer] = [await logIn(world, 'helper'), await logIn(world, 'guest')];
}, 30_000);

let serial = 0;
const wish = () => ({ key: `details-${(serial += 1)}`, requestHash: 'same' });

async function order(seller: Seller): Promise<Task> {
  const mediaId = await makeMedia(seller, await drawGarmentPhoto({ width: 480, height: 640 }));
  return createTask(seller.id, { type: 'basic_clean', mediaId, params: { preset: 'main', hasShadow: false } }, wish());
}

/** What a person sees of a page: its words, without the head. */
const wordsOf = (html: string): string =>
  html
    .replace(/^[^]*<main/, '<main')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');

const linksIn = (html: string, start: string): string[] =>
  [...html.matchAll(/<a [^>]*href="([^"]+)"/g)].map(([, href = '']) => href).filter((href) => href.startsWith(start));

describe('“where is my use?”', () => {
  it('is answered in three clicks: the phone, the entry, the task that holds it', async () => {
    const seller = await makeSeller({ uses: 3 });
    const task = await order(seller);

    const searched = await support.post('/admin/search', { q: seller.phone });
    const userPage = await support.get(searched.location ?? '');
    const [toTask = ''] = linksIn(userPage.text, '/admin/tasks/');
    const taskPage = await support.get(toTask);

    expect(wordsOf(userPage.text)).toMatch(/正占着次数的任务 白底主图 排队/);
    expect(wordsOf(userPage.text)).toMatch(/可用次数 2 .*预留 1 /);
    expect(toTask).toBe(`/admin/tasks/${task.id}`);
    expect(wordsOf(taskPage.text)).toContain('1 次还预留着：任务没有结束。');
    await fail(task, { from: 'queued', code: 'internal_failure' });
  });

  it('is answered for one that came back, with the error and what the seller was told', async () => {
    const seller = await makeSeller({ uses: 1 });
    const task = await order(seller);
    await fail(task, { from: 'queued', code: 'garment_not_found' });

    const userPage = await support.get(`/admin/users/${seller.id}`);
    const taskPage = await support.get(linksIn(userPage.text, '/admin/tasks/tsk_')[0] ?? '');

    expect(wordsOf(userPage.text)).toMatch(/白底主图 失败 没找到衣服 退回 1 1 0/);
    expect(wordsOf(taskPage.text)).toContain('1 次已退回卖家的账上。 预留 → 退回');
    expect(wordsOf(taskPage.text)).toContain('没有在照片里找到衣服');
  });
});

it('a user’s entries are paged both ways, each page at an address of its own', async () => {
  const seller = await makeSeller({ uses: 30 });
  for (let n = 0; n < 12; n += 1) await fail(await order(seller), { from: 'queued', code: 'internal_failure' });

  const first = await support.get(`/admin/users/${seller.id}`);
  const [, older = ''] = /rel="next" href="([^"#]+)/.exec(first.text) ?? [];
  const second = await support.get(older);
  const [, newer = ''] = /rel="prev" href="([^"#]+)/.exec(second.text) ?? [];

  expect(older).toBe(`/admin/users/${seller.id}?below=6`);
  expect(wordsOf(second.text)).toContain('购买会员');
  expect(wordsOf((await support.get(newer)).text)).toBe(wordsOf(first.text));
}, 60_000);

it('an order’s page tells the whole way: made, paid, told by the provider, granted, disputed', async () => {
  const session = await call(world, 'POST', '/api/auth/wechat', { body: { wxCode: 'details.1' } });
  const token = String(session.body.token);
  const made = await call(world, 'POST', '/api/membership/orders', {
    token,
    body: { planId: 'monthly', channel: 'wechat_jsapi' },
  });
  const { id } = made.body.order as { id: string };
  await world.sandbox.pay.pay(id);
  await call(world, 'POST', `/api/membership/orders/${id}/confirm`, { token });
  await until(async () => (await select('SELECT id FROM inbound_events WHERE order_id = :id', { id })).length > 0);
  const discrepancyId = newId('dsc');
  const found = { channel: 'wechat_jsapi', kind: 'bill_differs', subject: id, detail: '<b>other amount</b>' };
  await insert('payment_discrepancies', { id: discrepancyId, ...found, found_at: clock.now() });

  const page = await support.get(`/admin/orders/${id}`);
  expect(wordsOf(page.text)).toMatch(
    /下单 .* 付款 .* 支付方通知 TRANSACTION\.SUCCESS，结果：\w+ .* 账本 增加 100 次，余 100/,
  );
  expect(wordsOf(page.text)).toContain('对账异常 bill_differs：&lt;b&gt;other amount');
  expect(linksIn(page.text, '/admin/actions/query-order/')).toEqual([`/admin/actions/query-order/${id}`]);

  await settleDiscrepancy(discrepancyId, 'helper', 'looked');
  expect(wordsOf((await support.get(`/admin/orders/${id}`)).text)).toContain('异常已处理 helper');
}, 30_000);

it('a task’s page shows its tries in order, and both pictures’ links', async () => {
  const seller = await makeSeller({ uses: 2 });
  const first = await order(seller);
  await fail(first, { from: 'queued', code: 'internal_failure' });
  const second = await retryTask(seller.id, first.id, wish());
  await fail(second, { from: 'queued', code: 'deadline_exceeded' });

  const [old, young] = [await support.get(`/admin/tasks/${first.id}`), await support.get(`/admin/tasks/${second.id}`)];

  expect(linksIn(old.text, '/admin/tasks/tsk_')).toEqual([`/admin/tasks/${second.id}`]);
  expect(linksIn(young.text, '/admin/tasks/tsk_')).toEqual([`/admin/tasks/${first.id}`]);
  const [, picture = ''] = /<img src="([^"]+)" alt="原图"/.exec(young.text) ?? [];
  expect((await fetch(new URL(picture.replaceAll('&amp;', '&'), world.origin))).headers.get('content-type')).toBe(
    'image/jpeg',
  );
});

it('offers an action only to who may do it, and only where it makes sense', async () => {
  const seller = await makeSeller({ uses: 1 });
  const task = await order(seller);
  const deedsOn = async (browser: Browser, path: string) => linksIn((await browser.get(path)).text, '/admin/actions/');

  expect(await deedsOn(support, `/admin/users/${seller.id}`)).toEqual([`/admin/actions/block-user/${seller.id}`]);
  expect(await deedsOn(viewer, `/admin/users/${seller.id}`)).toEqual([]);
  expect(await deedsOn(support, `/admin/tasks/${task.id}`)).toEqual([]);
  clock.advance(minutes(60 * 7));
  const late = await logIn(world, 'helper');
  expect(await deedsOn(late, `/admin/tasks/${task.id}`)).toEqual([`/admin/actions/end-task/${task.id}`]);
  await fail(task, { from: 'queued', code: 'deadline_exceeded' });
});

it.each(['/admin/users/usr_none', '/admin/orders/ord_none', '/admin/tasks/tsk_none', '/admin/users/..%2F..'])(
  '%s is a page that says so',
  async (path) => {
    const page = await support.get(path);
    expect([400, 404]).toContain(page.status);
    expect(page.text).toContain('没有办成');
  },
);

it.each([
  ['an order', 'ord'],
  ['a transaction', 'tx'],
  ['a refund', 'rfd'],
  ['an openid', 'openid'],
  ['a vendor’s job', 'job'],
])('finds %s by its exact name', async (_, kind) => {
  const openid = `oFind-${(serial += 1)}`;
  const seller = await makeSeller({ uses: 1, openid });
  const task = await order(seller);
  await fail(task, { from: 'queued', code: 'internal_failure', fields: { vendorJobId: '1900000000000000001' } });
  const orderId = await closedOrder(seller.id);
  const refundId = await refusedRefund({ orderId, userId: seller.id });

  const names: Record<string, [string, string]> = {
    ord: [orderId, `/admin/orders/${orderId}`],
    tx: [`TX-${orderId}`, `/admin/orders/${orderId}`],
    rfd: [refundId, `/admin/orders/${orderId}`],
    openid: [openid, `/admin/users/${seller.id}`],
    job: ['1900000000000000001', `/admin/tasks/${task.id}`],
  };
  const [q = '', location = ''] = names[kind] ?? [];
  expect(await support.post('/admin/search', { q })).toMatchObject({ status: 303, location });
});

it('answers a search that finds nothing with a page to try again on, which holds what was typed as text', async () => {
  const page = await support.post('/admin/search', { q: '"><script>' });

  expect(page.status).toBe(404);
  expect(page.text).not.toContain('<script>');
  expect(page.text).toContain('value="&quot;&gt;&lt;script&gt;"');
});

async function closedOrder(userId: string): Promise<string> {
  const id = newId('ord');
  const now = clock.now();
  await insert('orders', {
    id,
    user_id: userId,
    status: 'closed',
    channel: 'wechat_jsapi',
    plan_id: 'monthly',
    plan_name: '=cmd|会员',
    price_fen: 9_900,
    uses: 100,
    days: 30,
    transaction_id: `TX-${id}`,
    pay_before: now,
    checks: 0,
    created_at: now,
    updated_at: now,
  });
  return id;
}

async function refusedRefund({ orderId, userId }: { orderId: string; userId: string }): Promise<string> {
  const id = newId('rfd');
  const now = clock.now();
  await insert('refunds', {
    id,
    order_id: orderId,
    user_id: userId,
    channel: 'wechat_jsapi',
    status: 'refused',
    refund_no: id,
    refund_fen: 1,
    reason: '试',
    source: 'ours',
    requested_by: 'helper',
    uses_asked: 0,
    uses_taken: 0,
    shortened_ms: 0,
    checks: 0,
    created_at: now,
    updated_at: now,
  });
  return id;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not come to that in five seconds');
}
