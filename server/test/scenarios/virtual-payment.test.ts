import type { VirtualPayment } from '@suyi/shared-types';
import { config } from '../../src/config';
import { inTransaction } from '../../src/db/transaction';
import { clock, days, minutes } from '../../src/lib/clock';
import { Order, Refund } from '../../src/modules/payments/models';
import {
  driveRefunds,
  forgetPayers,
  openDiscrepancies,
  recheckPaidOrders,
  reconcileOrders,
  requestRefund,
  tellDelivered,
} from '../../src/modules/payments/service';
import { hold, lockAccount } from '../../src/modules/quota/ledger';
import { makeSeller, quotaOf, type Seller } from '../make';
import { call, type Answer } from '../request';
import { useWorld } from '../world';

const world = useWorld({ ROLES: 'web', PAYMENT_CHANNELS: 'wechat_virtual,wechat_jsapi' });

let serial = 0;
type Opened = { seller: Seller; openid: string; orderId: string; payment: VirtualPayment };

/** One more order of this person, with a login code of this moment. */
async function open(seller: Seller, person: string): Promise<Opened> {
  serial += 1;
  const wxCode = `${person}.${serial}`;
  const answer = await call(world, 'POST', '/api/membership/orders', {
    token: seller.token,
    body: { planId: 'monthly', channel: 'wechat_virtual', wxCode },
  });
  expect(answer).toMatchObject({ status: 201, body: { order: { status: 'awaiting', channel: 'wechat_virtual' } } });
  return {
    seller,
    openid: world.sandbox.wechat.openidOf(wxCode),
    orderId: (answer.body.order as { id: string }).id,
    payment: answer.body.payment as VirtualPayment,
  };
}

const newBuyer = async (): Promise<Opened> => open(await makeSeller(), `virtual${process.pid}n${serial}`);
const confirm = (seller: Seller, id: string): Promise<Answer> =>
  call(world, 'POST', `/api/membership/orders/${id}/confirm`, { token: seller.token });
const statusOf = async (id: string) => (await Order.findByPk(id))?.status;

beforeEach(() => world.sandbox.wechat.push.setMode({ kind: 'drop' }));
afterEach(() => world.sandbox.wechat.virtual.setRefundMode('at_once'));

it('is offered first where the operator says so, and refused where they do not', async () => {
  const plans = await call(world, 'GET', '/api/membership/plans', {});
  expect((plans.body.items as unknown[])[0]).toMatchObject({ channels: ['wechat_virtual', 'wechat_jsapi'] });

  const before = await newBuyer();
  config.fill({ ...config.current, paymentChannels: ['wechat_jsapi'] });
  const refused = await call(world, 'POST', '/api/membership/orders', {
    token: before.seller.token,
    body: { planId: 'monthly', channel: 'wechat_virtual', wxCode: 'switched.1' },
  });
  expect(refused.body.code).toBe('channel_unavailable');

  // An order from before the switch is paid and granted as it was begun.
  await world.sandbox.wechat.virtual.pay(before.payment, before.openid);
  expect((await confirm(before.seller, before.orderId)).body.status).toBe('paid');
  config.fill({ ...config.current, paymentChannels: ['wechat_virtual', 'wechat_jsapi'] });
});

it('wants a login of this moment with every order', async () => {
  const { token } = await makeSeller({ openid: 'o_logged_in_long_ago' });

  const answer = await call(world, 'POST', '/api/membership/orders', {
    token,
    body: { planId: 'monthly', channel: 'wechat_virtual' },
  });

  expect(answer).toMatchObject({ status: 422, body: { code: 'openid_required' } });
});

it('becomes a membership by the push alone, once, however often it comes and whoever confirms meanwhile', async () => {
  const { seller, openid, orderId, payment } = await newBuyer();
  world.sandbox.wechat.push.setMode({ kind: 'repeat', times: 5 });

  await world.sandbox.wechat.virtual.pay(payment, openid);
  await Promise.all([
    confirm(seller, orderId),
    confirm(seller, orderId),
    ...Array.from({ length: 20 }, () => world.sandbox.wechat.virtual.resend(orderId)),
  ]);
  await world.sandbox.wechat.push.idle();

  expect(await quotaOf(seller)).toEqual({ remaining: 100, held: 0 });
  expect(await statusOf(orderId)).toBe('paid');
});

it('is granted by nobody but WeChat', async () => {
  const { seller, openid, orderId, payment } = await newBuyer();
  await world.sandbox.wechat.virtual.pay(payment, openid);

  const forged = await world.sandbox.wechat.virtual.forge(orderId);
  const plain = await fetch(`${world.origin}/api/wechat/push?timestamp=1&nonce=2&signature=3`, {
    method: 'POST',
    body: JSON.stringify({ MsgType: 'event', Event: 'xpay_goods_deliver_notify', OutTradeNo: orderId }),
  });

  expect([forged.status, plain.status]).toEqual([401, 401]);
  expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 0 });
});

it('is found by asking when every push is lost, and WeChat hears that it was delivered', async () => {
  const { seller, openid, orderId, payment } = await newBuyer();
  await world.sandbox.wechat.virtual.pay(payment, openid);
  expect(world.sandbox.wechat.virtual.find(orderId)?.status).toBe(2);

  clock.advance(minutes(1));
  await reconcileOrders('wechat_virtual', 50);
  await tellDelivered(50);

  expect(await quotaOf(seller)).toEqual({ remaining: 100, held: 0 });
  expect(world.sandbox.wechat.virtual.find(orderId)?.status).toBe(4);
  expect((await Order.findByPk(orderId))?.deliverAt).toBeNull();
});

it('gets a new number for another try, and money for the old one still grants', async () => {
  const first = await newBuyer();
  await world.sandbox.wechat.virtual.open(first.payment, first.openid); // The cashier opened, and the buyer went away.
  const second = await open(first.seller, `virtual${process.pid}again`);

  expect(second.orderId).not.toBe(first.orderId);
  expect(await statusOf(first.orderId)).toBe('closed');
  world.sandbox.wechat.virtual.payOpened(first.orderId);
  expect((await world.sandbox.wechat.virtual.resend(first.orderId)).isAccepted).toBe(false); // It is dropped,
  world.sandbox.wechat.push.setMode({ kind: 'deliver' });
  expect((await world.sandbox.wechat.virtual.resend(first.orderId)).isAccepted).toBe(true); // and sent again.

  expect(await statusOf(first.orderId)).toBe('paid');
  expect(await quotaOf(first.seller)).toEqual({ remaining: 100, held: 0 });
});

it('is found days later when it was closed here, paid all the same, and no push ever came', async () => {
  const first = await newBuyer();
  await world.sandbox.wechat.virtual.open(first.payment, first.openid);
  await open(first.seller, `virtual${process.pid}late`);
  expect(await statusOf(first.orderId)).toBe('closed');
  world.sandbox.wechat.virtual.payOpened(first.orderId);

  clock.advance(minutes(11));
  await reconcileOrders('wechat_virtual', 50);

  expect(await statusOf(first.orderId)).toBe('paid');
  expect(await quotaOf(first.seller)).toEqual({ remaining: 100, held: 0 });
});

it('closes in time an order that WeChat says nothing about', async () => {
  const { orderId } = await newBuyer();
  world.sandbox.wechat.faults.plan({ path: '/xpay/query_order', fault: { kind: 'status', status: 500 }, times: 9 });

  clock.advance(minutes(40));
  await reconcileOrders('wechat_virtual', 50);
  expect(await statusOf(orderId)).toBe('awaiting');
  clock.advance(days(2));
  await reconcileOrders('wechat_virtual', 50);
  expect(await statusOf(orderId)).toBe('closed');
});

describe('a seller who deletes their account', () => {
  it('over an open order is forgotten once it is closed, and money for it is put before a person', async () => {
    const [paid, left] = [await newBuyer(), await newBuyer()];
    for (const { seller } of [paid, left]) await call(world, 'DELETE', '/api/auth/me', { token: seller.token });
    await world.sandbox.wechat.virtual.pay(paid.payment, paid.openid);
    expect((await Order.findByPk(left.orderId))?.openid).toBe(left.openid);

    for (const wait of [minutes(1), minutes(40), ...Array.from({ length: 9 }, () => days(8))]) {
      clock.advance(wait);
      await reconcileOrders('wechat_virtual', 50);
      await tellDelivered(50);
      await recheckPaidOrders('wechat_virtual', 50);
    }
    clock.advance(days(100));
    await recheckPaidOrders('wechat_virtual', 50);
    await forgetPayers();

    expect(await Order.findByPk(left.orderId)).toMatchObject({ status: 'closed', openid: null });
    expect(await Order.findByPk(paid.orderId)).toMatchObject({ status: 'paid', openid: null });
    const open = await openDiscrepancies(100);
    expect(open.filter(({ subject }) => subject === paid.orderId)).toMatchObject([{ kind: 'paid_after_deletion' }]);
  });
});

describe('money that goes back', () => {
  async function buy(platform: 'android' | 'ios' = 'android'): Promise<Opened> {
    const opened = await newBuyer();
    await world.sandbox.wechat.virtual.pay(opened.payment, opened.openid, platform);
    expect((await confirm(opened.seller, opened.orderId)).body.status).toBe('paid');
    return opened;
  }
  const use = (seller: Seller, uses: number) =>
    inTransaction(async (tx) => {
      const cause = { type: 'task' as const, id: `tsk_virtual_${(serial += 1)}` };
      await hold(await lockAccount(seller.id, tx), { cause, uses }, tx);
    });

  it('by our own wish is asked for once and followed to its end', async () => {
    const { seller, orderId } = await buy();
    world.sandbox.wechat.virtual.setRefundMode('later');

    const refund = await requestRefund({ orderId, refundFen: null, reason: 'r', requestedBy: 'test' });
    await driveRefunds(10);
    expect((await Refund.findByPk(refund.id))?.status).toBe('processing');
    world.sandbox.wechat.virtual.finishRefund(refund.id);
    clock.advance(minutes(5));
    await driveRefunds(10);

    expect(await statusOf(orderId)).toBe('refunded');
    expect(world.sandbox.wechat.virtual.refundsOf(orderId)).toHaveLength(1);
    expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 0 });
  });

  it('by Apple just happens: unspent uses go, and spent ones are said to be spent', async () => {
    const { seller, orderId } = await buy('ios');
    await use(seller, 40);
    world.sandbox.wechat.push.setMode({ kind: 'deliver' });

    world.sandbox.wechat.virtual.refundByApple(orderId);
    await world.sandbox.wechat.push.idle();

    expect(await Refund.findAll({ where: { orderId } })).toMatchObject([
      { source: 'provider', status: 'succeeded', usesAsked: 100, usesTaken: 60 },
    ]);
    expect(await statusOf(orderId)).toBe('refunded');
    expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 40 });
  });

  it('at the console without a word is found by asking some days later', async () => {
    const { seller, orderId } = await buy();
    world.sandbox.wechat.virtual.refundAtConsole(orderId, 4_950);

    clock.advance(days(2));
    await recheckPaidOrders('wechat_virtual', 50);

    expect(await Order.findByPk(orderId)).toMatchObject({ status: 'paid', refundedFen: 4_950 });
    expect(await quotaOf(seller)).toEqual({ remaining: 50, held: 0 });
  });

  it('is agreed to when Apple asks and nothing was used, and else we say how much was', async () => {
    const [unused, used] = [await buy('ios'), await buy('ios')];
    await use(used.seller, 3);

    const agreed = await world.sandbox.wechat.virtual.askAppleRefund(unused.orderId);
    const declined = await world.sandbox.wechat.virtual.askAppleRefund(used.orderId);

    const unheard = await newBuyer();
    await world.sandbox.wechat.virtual.pay(unheard.payment, unheard.openid, 'ios');
    const ungranted = await world.sandbox.wechat.virtual.askAppleRefund(unheard.orderId);

    expect(ungranted).toMatchObject({ status: 200, body: { result_code: 0, result_info: '次数还没有到账' } });
    expect(agreed).toMatchObject({ status: 200, body: { result_code: 0 } });
    expect(declined).toMatchObject({ status: 200, body: { result_code: 1, result_info: '已使用 3 次' } });
    expect(JSON.stringify(declined.body)).toContain(used.orderId);
  });
});
