import type { Seller } from '../../../test/make';
import { makeSeller, quotaOf, refusalCodes } from '../../../test/make';
import { call } from '../../../test/request';
import { useWorld } from '../../../test/world';
import { inTransaction } from '../../db/transaction';
import { clock, days, hours, minutes, shanghaiDay } from '../../lib/clock';
import { paymentProviders, type RefundView } from '../../vendors/payment/port';
import { hold, lockAccount } from '../quota/ledger';
import { openDiscrepancies } from './discrepancies';
import { Order, Refund } from './models';
import { providerOf } from './providers';
import { getQuota, sweepExpired } from '../quota/service';
import { createOrder, confirmOrder, driveRefunds, giveUpRefund, planRefund, requestRefund } from './service';
import { followRefunded, settleRefund } from './settle-refund';

const world = useWorld({ ROLES: 'web' });

beforeEach(() => world.sandbox.pay.notifications.setMode({ kind: 'drop' }));
afterEach(() => world.sandbox.pay.refunds.reset());

let serial = 0;

/** A seller who bought the plan, by the real path. */
async function buy(seller?: Seller): Promise<{ seller: Seller; orderId: string }> {
  serial += 1;
  const openid = `o_refund_${process.pid}_${serial}`;
  const buyer = seller ?? (await makeSeller());
  const { order } = await createOrder(
    { userId: buyer.id, openid },
    { planId: 'monthly', channel: 'wechat_jsapi' },
    { key: `refund-order-${serial}`, requestHash: 'h' },
  );
  await world.sandbox.pay.pay(order.id);
  expect((await confirmOrder(buyer.id, order.id)).order.status).toBe('paid');
  return { seller: buyer, orderId: order.id };
}

async function spend(seller: Seller, uses: number): Promise<void> {
  await inTransaction(async (tx) => {
    const account = await lockAccount(seller.id, tx);
    await hold(account, { cause: { type: 'task', id: `tsk_spent_${(serial += 1)}` }, uses }, tx);
  });
}

const wish = (orderId: string, refundFen: number | null = null) => ({
  orderId,
  refundFen,
  reason: '卖家申请',
  requestedBy: 'test',
});

/** Drives until nothing is due any more, as the worker does over time. */
async function drive(): Promise<void> {
  clock.advance(minutes(1));
  await driveRefunds(50);
  clock.advance(hours(3));
  await driveRefunds(50);
}

const statusOf = async (id: string) => (await Refund.findByPk(id))?.status;
const orderOf = (id: string) => Order.findByPk(id, { rejectOnEmpty: true });
const kindsAbout = async (subject: string) =>
  (await openDiscrepancies(500)).filter((each) => each.subject === subject).map(({ kind }) => kind);

/** What the provider says of a refund that was made at its console. */
const view = (orderId: string, changes: Partial<RefundView> = {}): RefundView => ({
  channel: 'wechat_jsapi',
  refundNo: `console-${orderId}`,
  providerRefundId: `50000${orderId}`,
  outTradeNo: orderId,
  state: 'succeeded',
  refundFen: 9_900,
  succeededAt: clock.now(),
  ...changes,
});

/** WeChat Pay says no to every refund that is asked for, as it does when a right is taken away; questions it answers. */
function withRefusals() {
  const real = providerOf('wechat_jsapi');
  const refund = () => Promise.resolve({ refused: true as const, code: 'NO_AUTH', reason: 'no right' });
  paymentProviders.fill({ ...paymentProviders.current, wechat_jsapi: { ...real, refund } });
  const restore = (): void => paymentProviders.fill({ ...paymentProviders.current, wechat_jsapi: real });
  return { provider: real.channel, restore };
}

describe('a refund', () => {
  it('of a whole order takes the uses and the days back, and says so in the statement', async () => {
    const { seller, orderId } = await buy();

    const refund = await requestRefund(wish(orderId));
    expect((await orderOf(orderId)).status).toBe('refunding');
    await drive();

    expect(await statusOf(refund.id)).toBe('succeeded');
    expect(await orderOf(orderId)).toMatchObject({ status: 'refunded', refundedFen: 9_900 });
    expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 0 });
    const { body } = await call(world, 'GET', '/api/membership', { token: seller.token });
    expect(body).toMatchObject({ isMember: false, quotaRemaining: 0 });
    const statement = await call(world, 'GET', '/api/quota/entries', { token: seller.token });
    const cause = { type: 'refund', id: refund.id };
    expect((statement.body.items as unknown[]).slice(0, 2)).toMatchObject([
      { kind: 'clawback', uses: 0, cause, text: '退款，会员到期时间提前' },
      { kind: 'clawback', uses: 100, cause, text: '退款，收回未用的 100 次' },
    ]);
    const order = await call(world, 'GET', `/api/membership/orders/${orderId}`, { token: seller.token });
    expect(order.body).toMatchObject({ status: 'refunded', refundedFen: 9_900 });
  });

  it('of a part takes its part of the uses, and all parts come to the whole', async () => {
    const { seller, orderId } = await buy();
    const end = (await getQuota(seller.id)).expireAt;

    for (const fen of [3_300, 3_300]) {
      await requestRefund(wish(orderId, fen));
      await drive();
    }
    expect(await quotaOf(seller)).toEqual({ remaining: 34, held: 0 });
    expect((await getQuota(seller.id)).expireAt).toBe(end);
    expect(await orderOf(orderId)).toMatchObject({ status: 'paid', refundedFen: 6_600 });

    await requestRefund(wish(orderId));
    await drive();
    expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 0 });
    expect(await orderOf(orderId)).toMatchObject({ status: 'refunded', refundedFen: 9_900 });
  });

  it('takes what is unspent, never goes below zero, and says how much was spent', async () => {
    const { seller, orderId } = await buy();
    await spend(seller, 70);

    expect(await planRefund({ orderId, refundFen: null })).toMatchObject({ usesAsked: 100, usesTaken: 30 });
    const refund = await requestRefund(wish(orderId));

    expect(refund).toMatchObject({ usesAsked: 100, usesTaken: 30 });
    expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 70 });
  });

  it('of an old order touches neither the uses nor the days that a newer one brought', async () => {
    const { seller, orderId: older } = await buy();
    await spend(seller, 100);
    clock.advance(days(10));
    const { orderId: newer } = await buy(seller);

    const refund = await requestRefund(wish(older));
    await drive();

    expect(refund).toMatchObject({ usesAsked: 100, usesTaken: 0 });
    expect(await quotaOf(seller)).toEqual({ remaining: 100, held: 100 });
    const left = ((await getQuota(seller.id)).expireAt ?? 0) - clock.now();
    expect(Math.abs(left - days(30))).toBeLessThan(hours(4)); // Twenty of the old one's days were still to come.
    expect((await requestRefund(wish(newer))).usesTaken).toBe(100);
  });

  it('of an order whose days are long over takes none of a later one’s', async () => {
    const { seller, orderId: older } = await buy();
    clock.advance(days(40));
    await buy(seller);
    const before = await getQuota(seller.id);
    clock.advance(days(5));

    await requestRefund(wish(older));
    await drive();

    expect(await getQuota(seller.id)).toMatchObject({ remaining: 100, expireAt: before.expireAt });
  });

  it('leaves a week of grace to uses of another purchase when the days run out with it', async () => {
    const openid = `o_refund_grace_${process.pid}`;
    const seller = await makeSeller({ uses: 50, days: 1, openid });
    const { orderId } = await buy(seller);
    clock.advance(days(10));

    await requestRefund(wish(orderId));
    await drive();

    const quota = await getQuota(seller.id);
    expect(quota.remaining).toBe(50);
    expect(quota.expireAt).toBeLessThanOrEqual(clock.now());
    expect(quota.graceUntil).toBe((quota.expireAt ?? 0) + days(7));
  });

  it('is one refund at the provider, however often its answer was lost', async () => {
    const { orderId } = await buy();
    world.sandbox.pay.faults.plan({ path: '/v3/refund/domestic/refunds', fault: { kind: 'lost' }, times: 2 });
    world.sandbox.pay.faults.plan({ path: '/v3/refund/', fault: { kind: 'status', status: 500 }, times: 1 });

    const refund = await requestRefund(wish(orderId));
    for (let n = 0; n < 6; n += 1) await drive();

    expect(await statusOf(refund.id)).toBe('succeeded');
    expect(world.sandbox.pay.refunds.list().filter((each) => each.outTradeNo === orderId)).toHaveLength(1);
    expect((await orderOf(orderId)).refundedFen).toBe(9_900);
  });

  it('that nobody takes up, or that stays under way for days, is put before a person', async () => {
    const [first, second] = [await buy(), await buy()];
    world.sandbox.pay.refunds.setOutcome({ kind: 'wait' });
    const waiting = await requestRefund(wish(first.orderId));
    await driveRefunds(50);
    const unheard = await requestRefund(wish(second.orderId));
    world.sandbox.pay.faults.plan({ path: '/v3/refund/', fault: { kind: 'status', status: 500 }, times: 20 });

    clock.advance(hours(7));
    await driveRefunds(50);
    expect([await kindsAbout(waiting.id), await kindsAbout(unheard.id)]).toEqual([[], ['refund_stuck']]);
    clock.advance(days(4));
    await driveRefunds(50);
    await driveRefunds(50);
    expect(await kindsAbout(waiting.id)).toEqual(['refund_stuck']);
  });

  it('asked for by two people at once happens once', async () => {
    const { seller, orderId } = await buy();

    const results = await Promise.allSettled([1, 2, 3].map(() => requestRefund(wish(orderId))));

    expect(refusalCodes(results)).toEqual(['refund_under_way', 'refund_under_way']);
    expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 0 });
  });

  it('of more than was paid, of nothing, of an unpaid or unknown order is refused', async () => {
    const { orderId } = await buy();
    const unpaid = await createOrder(
      { userId: (await makeSeller()).id, openid: 'o_refund_unpaid' },
      { planId: 'monthly', channel: 'wechat_jsapi' },
      { key: 'refund-unpaid', requestHash: 'h' },
    );

    const results = await Promise.allSettled([
      requestRefund(wish(orderId, 9_901)),
      requestRefund(wish(orderId, 0)),
      requestRefund(wish(unpaid.order.id)),
      requestRefund(wish('ord_nobodys')),
    ]);

    expect(refusalCodes(results)).toEqual(['refund_too_much', 'refund_too_much', 'order_not_refundable', 'not_found']);
  });

  it('waits while our balance is short, in front of a person, and goes through when it is not', async () => {
    const { orderId } = await buy();
    world.sandbox.pay.refunds.setBalance('short');
    const refund = await requestRefund(wish(orderId));
    await drive();
    expect(await statusOf(refund.id)).toBe('requested');
    expect(await kindsAbout(`${refund.id} ${shanghaiDay(clock.now())}`)).toEqual(['refund_not_enough']);

    world.sandbox.pay.refunds.setBalance('enough');
    await drive();
    await drive();
    expect(await statusOf(refund.id)).toBe('succeeded');
  });

  it('that the provider refuses gives back what it took, uses and days', async () => {
    const { seller, orderId } = await buy();
    const before = await getQuota(seller.id);
    // Somebody was quicker at the console: so much is not left any more, and WeChat Pay says no.
    world.sandbox.pay.refunds.atConsole(orderId, 100);
    const refund = await requestRefund(wish(orderId));

    await drive();

    expect(await statusOf(refund.id)).toBe('refused');
    expect(await kindsAbout(refund.id)).toEqual(['refund_refused']);
    expect((await orderOf(orderId)).status).toBe('paid');
    expect(await getQuota(seller.id)).toMatchObject({ remaining: 100, expireAt: before.expireAt });
  });

  it('that is closed gives back what it took', async () => {
    const { seller, orderId } = await buy();
    const before = await getQuota(seller.id);
    world.sandbox.pay.refunds.setOutcome({ kind: 'end', as: 'CLOSED', afterMs: 0 });

    const refund = await requestRefund(wish(orderId));
    await drive();

    expect(await statusOf(refund.id)).toBe('closed');
    expect(await kindsAbout(refund.id)).toEqual(['refund_closed']);
    expect((await orderOf(orderId)).status).toBe('paid');
    const after = await getQuota(seller.id);
    expect(after.remaining).toBe(100);
    expect(after.expireAt).toBe(before.expireAt);
  });

  it('that fails after the membership ended gives the uses back for a week, and the account goes on', async () => {
    const { seller, orderId } = await buy();
    world.sandbox.pay.refunds.setOutcome({ kind: 'wait' });
    const refund = await requestRefund(wish(orderId, 3_300));
    await driveRefunds(50);
    clock.advance(days(31));
    await sweepExpired(50);
    expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 0 });

    world.sandbox.pay.refunds.end(refund.id, 'CLOSED');
    await drive();

    expect(await quotaOf(seller)).toEqual({ remaining: 33, held: 0 });
    clock.advance(days(8));
    await sweepExpired(50);
    expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 0 });
    await buy(seller);
    expect(await quotaOf(seller)).toEqual({ remaining: 100, held: 0 });
  });

  it('that was taken though its answer was lost is believed to be taken, whatever the next answer says', async () => {
    const { seller, orderId } = await buy();
    const refund = await requestRefund(wish(orderId));
    world.sandbox.pay.faults.plan({ path: '/v3/refund/domestic/refunds', fault: { kind: 'lost' }, times: 1 });
    await driveRefunds(50);
    expect(await statusOf(refund.id)).toBe('requested');

    const { provider, restore } = withRefusals();
    await drive();
    restore();
    await drive();

    expect(provider).toBe('wechat_jsapi');
    expect(await statusOf(refund.id)).toBe('succeeded');
    expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 0 });
    expect(await kindsAbout(refund.id)).toEqual([]);
  });

  it('that we called off and that went through all the same is booked, and put before a person', async () => {
    const { seller, orderId } = await buy();
    world.sandbox.pay.refunds.setOutcome({ kind: 'end', as: 'CLOSED', afterMs: 0 });
    const refund = await requestRefund(wish(orderId));
    await drive();
    expect(await quotaOf(seller)).toEqual({ remaining: 100, held: 0 });

    const state = { state: 'succeeded', refundFen: 9_900, succeededAt: clock.now() } as const;
    const numbers = {
      channel: 'wechat_jsapi',
      refundNo: refund.id,
      providerRefundId: null,
      outTradeNo: orderId,
    } as const;
    await settleRefund({ ...numbers, ...state });
    await settleRefund({ ...numbers, ...state });

    expect(await orderOf(orderId)).toMatchObject({ status: 'refunded', refundedFen: 9_900 });
    expect(await kindsAbout(refund.id)).toEqual(['refund_closed', 'refund_after_all']);
  });

  it('that cannot be paid out may be given up by a person, once, and the uses come back', async () => {
    const { seller, orderId } = await buy();
    world.sandbox.pay.refunds.setOutcome({ kind: 'end', as: 'ABNORMAL', afterMs: 0 });
    const refund = await requestRefund(wish(orderId));
    await expect(giveUpRefund(refund.id, 'test')).rejects.toMatchObject({ code: 'order_not_refundable' });
    await drive();

    await giveUpRefund(refund.id, 'test');

    await expect(giveUpRefund(refund.id, 'test')).rejects.toMatchObject({ code: 'order_not_refundable' });
    expect((await orderOf(orderId)).status).toBe('paid');
    expect(await quotaOf(seller)).toEqual({ remaining: 100, held: 0 });
  });

  it('that cannot be paid out is ended by the one that a person makes at the console instead', async () => {
    const { seller, orderId } = await buy();
    world.sandbox.pay.refunds.setOutcome({ kind: 'end', as: 'ABNORMAL', afterMs: 0 });
    const refund = await requestRefund(wish(orderId));
    await drive();

    await settleRefund(view(orderId));

    expect(await statusOf(refund.id)).toBe('succeeded');
    expect(await Refund.count({ where: { orderId } })).toBe(1);
    expect(await orderOf(orderId)).toMatchObject({ status: 'refunded', refundedFen: 9_900 });
    expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 0 });
  });

  it('that cannot be paid out waits for a person, and follows what they do at the console', async () => {
    const { orderId } = await buy();
    world.sandbox.pay.refunds.setOutcome({ kind: 'end', as: 'ABNORMAL', afterMs: 0 });
    const refund = await requestRefund(wish(orderId));
    await drive();
    expect(await statusOf(refund.id)).toBe('abnormal');
    expect(await kindsAbout(refund.id)).toEqual(['refund_abnormal']);

    world.sandbox.pay.refunds.end(refund.id, 'SUCCESS');
    await drive();
    expect(await statusOf(refund.id)).toBe('succeeded');
    expect((await orderOf(orderId)).status).toBe('refunded');
  });

  it('is settled by its notification alone, once, however often it comes, and by no forged one', async () => {
    const { orderId } = await buy();
    world.sandbox.pay.refunds.setOutcome({ kind: 'wait' });
    const refund = await requestRefund(wish(orderId));
    await driveRefunds(50);
    expect(await statusOf(refund.id)).toBe('processing');

    world.sandbox.pay.refunds.end(refund.id, 'SUCCESS');
    world.sandbox.pay.notifications.setMode({ kind: 'forge' });
    expect(await world.sandbox.pay.refunds.resend(refund.id)).toBe(401);
    expect(await statusOf(refund.id)).toBe('processing');

    world.sandbox.pay.notifications.setMode({ kind: 'deliver' });
    const statuses = await Promise.all(Array.from({ length: 20 }, () => world.sandbox.pay.refunds.resend(refund.id)));
    expect(new Set(statuses)).toEqual(new Set([204]));
    expect(await orderOf(orderId)).toMatchObject({ status: 'refunded', refundedFen: 9_900 });
  });
});

describe('a refund made at the provider', () => {
  it('is followed when it is heard of, once, however often and by whichever of its numbers', async () => {
    const { seller, orderId } = await buy();

    const heard = await Promise.all([
      settleRefund(view(orderId)),
      settleRefund(view(orderId)),
      settleRefund(view(orderId, { refundNo: null })),
      settleRefund(view(orderId, { state: 'processing' })),
    ]);

    expect(heard.filter((word) => word === 'succeeded')).toHaveLength(1);
    expect(await Refund.findAll({ where: { orderId } })).toMatchObject([{ source: 'provider', usesTaken: 100 }]);
    expect(await orderOf(orderId)).toMatchObject({ status: 'refunded', refundedFen: 9_900 });
    expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 0 });
  });

  it('without a number is the one that turns up later with a number and the same amount', async () => {
    const { orderId } = await buy();

    await settleRefund(view(orderId, { refundNo: null, providerRefundId: null, refundFen: 4_000 }));
    await settleRefund(view(orderId, { refundFen: 4_000 }));

    expect(await Refund.findAll({ where: { orderId } })).toMatchObject([{ refundNo: `console-${orderId}` }]);
    expect((await orderOf(orderId)).refundedFen).toBe(4_000);
  });

  it('is booked once when the sum is heard of many times at once, and while a refund of ours goes through', async () => {
    const { orderId } = await buy();
    const refund = await requestRefund(wish(orderId, 3_300));
    const succeeded = view(orderId, { refundNo: refund.id, refundFen: 3_300 });

    await Promise.all([
      ...Array.from({ length: 6 }, () => followRefunded(orderId, 3_300)),
      settleRefund(succeeded),
      ...Array.from({ length: 6 }, () => followRefunded(orderId, 3_300)),
    ]);

    expect(await orderOf(orderId)).toMatchObject({ status: 'paid', refundedFen: 3_300 });
    expect(await Refund.count({ where: { orderId } })).toBe(1);
  });

  it('that was booked as one sum and turns out to be two is not booked again', async () => {
    const { seller, orderId } = await buy();
    await followRefunded(orderId, 3_300);
    expect(await quotaOf(seller)).toEqual({ remaining: 67, held: 0 });

    for (const [n, refundFen] of [1_100, 2_200].entries()) {
      const numbers = { refundNo: `console-${n}-${orderId}`, providerRefundId: `5000${n}${orderId}` };
      await settleRefund(view(orderId, { ...numbers, refundFen }));
      await settleRefund(view(orderId, { ...numbers, refundFen }));
    }

    expect(await orderOf(orderId)).toMatchObject({ status: 'paid', refundedFen: 3_300 });
    expect(await Refund.sum('refundFen', { where: { orderId } })).toBe(3_300);
    expect(await quotaOf(seller)).toEqual({ remaining: 67, held: 0 });
  });

  it('that is under way before anything was granted keeps a late notification from granting', async () => {
    const seller = await makeSeller();
    const { order } = await createOrder(
      { userId: seller.id, openid: 'o_refund_under_way' },
      { planId: 'monthly', channel: 'wechat_jsapi' },
      { key: 'refund-under-way', requestHash: 'h' },
    );
    await world.sandbox.pay.pay(order.id);
    await settleRefund(view(order.id, { state: 'processing' }));

    expect((await confirmOrder(seller.id, order.id)).order.status).toBe('awaiting');
    expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 0 });
  });

  it('of more than is left is put before a person and moves nothing', async () => {
    const { seller, orderId } = await buy();

    expect(await settleRefund(view(orderId, { refundFen: 9_901 }))).toBe('exceeds');

    expect(await kindsAbout(`console-${orderId}`)).toEqual(['refund_exceeds']);
    expect(await quotaOf(seller)).toEqual({ remaining: 100, held: 0 });
  });

  it('before anything was granted leaves nothing to grant', async () => {
    const seller = await makeSeller();
    const { order } = await createOrder(
      { userId: seller.id, openid: 'o_refund_before' },
      { planId: 'monthly', channel: 'wechat_jsapi' },
      { key: 'refund-before', requestHash: 'h' },
    );
    await world.sandbox.pay.pay(order.id);
    world.sandbox.pay.refunds.atConsole(order.id, 9_900);

    await settleRefund(view(order.id));
    const { order: confirmed } = await confirmOrder(seller.id, order.id);

    expect(confirmed.status).toBe('awaiting');
    expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 0 });
    expect(await kindsAbout(order.id)).toEqual(['refunded_before_grant']);
  });

  it('of another channel or a stranger’s order is not ours', async () => {
    const { orderId } = await buy();

    expect(await settleRefund(view('ord_nobodys'))).toBe('unknown_order');
    expect(await settleRefund(view(orderId, { channel: 'alipay_wap' }))).toBe('unknown_order');
    expect((await orderOf(orderId)).status).toBe('paid');
  });
});
