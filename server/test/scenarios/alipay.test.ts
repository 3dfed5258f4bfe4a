import { config } from '../../src/config';
import { clock, days, minutes } from '../../src/lib/clock';
import { Order, Refund } from '../../src/modules/payments/models';
import { driveRefunds, recheckPaidOrders, reconcileOrders, requestRefund } from '../../src/modules/payments/service';
import { paymentProviders } from '../../src/vendors/payment/port';
import { makeSeller, quotaOf, type Seller } from '../make';
import { call, type Answer } from '../request';
import { useWorld } from '../world';

const world = useWorld({ ROLES: 'web', PAYMENT_CHANNELS: 'alipay_wap' });

type Opened = { seller: Seller; orderId: string; url: string };

const create = (seller: Seller, key?: string): Promise<Answer> =>
  call(world, 'POST', '/api/membership/orders', {
    token: seller.token,
    key,
    body: { planId: 'monthly', channel: 'alipay_wap' },
  });

/** An order whose page the buyer's browser has opened: from then on Alipay knows it. */
async function open(seller?: Seller): Promise<Opened> {
  const buyer = seller ?? (await makeSeller());
  const { body } = await create(buyer);
  const { url } = body.payment as { url: string };
  expect((await fetch(url, { redirect: 'manual' })).status).toBe(302);
  return { seller: buyer, orderId: (body.order as { id: string }).id, url };
}

const confirm = (seller: Seller, id: string): Promise<Answer> =>
  call(world, 'POST', `/api/membership/orders/${id}/confirm`, { token: seller.token });
const orderOf = (id: string) => Order.findByPk(id, { rejectOnEmpty: true });

beforeEach(() => world.sandbox.alipay.notifications.setMode({ kind: 'drop' }));
afterEach(() => world.sandbox.alipay.setRefundMode('now'));

it('is one order for one key and for another tap, and wants no WeChat login', async () => {
  const seller = await makeSeller();

  const answers = [await create(seller, 'alipay-key-1'), await create(seller, 'alipay-key-1'), await create(seller)];

  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
  expect(new Set(answers.map(({ body }) => (body.order as { id: string }).id)).size).toBe(1);
});

it('becomes a membership by the notification, once, mixed with forged and corrupted ones', async () => {
  const { seller, orderId } = await open();
  const { notifications } = world.sandbox.alipay;
  await world.sandbox.alipay.pay(orderId);

  notifications.setMode({ kind: 'corrupt' });
  expect(await notifications.resend(orderId)).toMatchObject({ status: 401, isTaken: false });
  expect(await notifications.forge(orderId)).toMatchObject({ status: 401, isTaken: false });
  expect((await orderOf(orderId)).status).toBe('awaiting');

  notifications.setMode({ kind: 'deliver' });
  const sent = await Promise.all(Array.from({ length: 50 }, () => notifications.resend(orderId)));
  expect(sent.every((attempt) => attempt?.isTaken)).toBe(true);
  expect((await orderOf(orderId)).status).toBe('paid');
  expect(await quotaOf(seller)).toEqual({ remaining: 100, held: 0 });
});

it('becomes a membership when the browser comes back, and when it never does', async () => {
  const [back, gone] = [await open(), await open()];
  await world.sandbox.alipay.pay(back.orderId);
  await world.sandbox.alipay.pay(gone.orderId);

  expect((await confirm(back.seller, back.orderId)).body.status).toBe('paid');
  clock.advance(minutes(1));
  await reconcileOrders('alipay_wap', 50);

  expect((await orderOf(gone.orderId)).status).toBe('paid');
  expect(await quotaOf(gone.seller)).toEqual({ remaining: 100, held: 0 });
});

it('does not believe an answer that was changed on the way', async () => {
  const { seller, orderId } = await open();
  world.sandbox.alipay.spoilAnswers({ spoiling: 'tampered', times: 1 });
  await world.sandbox.alipay.pay(orderId);

  expect((await confirm(seller, orderId)).body.status).toBe('awaiting');
  expect((await confirm(seller, orderId)).body.status).toBe('paid');
});

it('sends the browser from Alipay on to the page that asks, whatever the address says', async () => {
  const { orderId } = await open();
  const go = async (query: string) => {
    const answer = await fetch(`${world.origin}/api/payments/alipay/return?${query}`, { redirect: 'manual' });
    return { status: answer.status, to: answer.headers.get('location') };
  };

  const home = await go(`out_trade_no=${orderId}&total_amount=0.01&trade_status=TRADE_SUCCESS`);
  expect(home.status).toBe(302);
  expect(home.to).toContain(orderId);
  expect(home.to?.startsWith('/#/')).toBe(true);
  expect(await go('out_trade_no=//elsewhere.example')).toEqual({ status: 302, to: '/' });
  expect((await orderOf(orderId)).status).toBe('awaiting');
});

it('is not in the way of another channel when its keys are gone', async () => {
  const { seller, orderId } = await open();
  const { alipay_wap: alipay, ...others } = paymentProviders.current;
  paymentProviders.fill(others);
  config.fill({ ...config.current, paymentChannels: ['wechat_jsapi'] });

  const answer = await call(world, 'POST', '/api/membership/orders', {
    token: seller.token,
    body: { planId: 'monthly', channel: 'wechat_jsapi', wxCode: `alipaygone${process.pid}.1` },
  });
  clock.advance(days(2));
  await reconcileOrders('alipay_wap', 50);

  expect(answer.status).toBe(201);
  expect((await orderOf(orderId)).status).toBe('closed');
  paymentProviders.fill({ ...others, alipay_wap: alipay });
  config.fill({ ...config.current, paymentChannels: ['alipay_wap'] });
});

it('closes an order that nobody paid, known to Alipay or not', async () => {
  const opened = await open();
  const never = await create(await makeSeller());
  const neverId = (never.body.order as { id: string }).id;

  clock.advance(minutes(40));
  await reconcileOrders('alipay_wap', 50);

  expect((await orderOf(opened.orderId)).status).toBe('closed');
  expect((await orderOf(neverId)).status).toBe('closed');
});

describe('money that goes back', () => {
  async function buy(): Promise<Opened> {
    const opened = await open();
    await world.sandbox.alipay.pay(opened.orderId);
    expect((await confirm(opened.seller, opened.orderId)).body.status).toBe('paid');
    return opened;
  }

  it('goes back in parts and as a whole, each number once', async () => {
    const { seller, orderId } = await buy();

    const part = await requestRefund({ orderId, refundFen: 990, reason: 'r', requestedBy: 'test' });
    world.sandbox.alipay.faults.plan({ path: 'alipay.trade.refund', fault: { kind: 'lost' }, times: 1 });
    await driveRefunds(10);
    clock.advance(minutes(5));
    await driveRefunds(10);
    expect((await Refund.findByPk(part.id))?.status).toBe('succeeded');
    expect(await quotaOf(seller)).toEqual({ remaining: 90, held: 0 });

    await requestRefund({ orderId, refundFen: null, reason: 'r', requestedBy: 'test' });
    await driveRefunds(10);
    expect(await orderOf(orderId)).toMatchObject({ status: 'refunded', refundedFen: 9_900 });
    expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 0 });
    expect(world.sandbox.alipay.find(orderId)?.refunds).toHaveLength(2);
  });

  it('at the console is heard of, in part, and heard of again', async () => {
    const { seller, orderId } = await buy();
    const { notifications } = world.sandbox.alipay;
    notifications.setMode({ kind: 'repeat', times: 3 });

    world.sandbox.alipay.refundAtConsole(orderId, 4_950);
    await notifications.idle();
    await notifications.resend(orderId);

    expect(await orderOf(orderId)).toMatchObject({ status: 'paid', refundedFen: 4_950 });
    expect(await quotaOf(seller)).toEqual({ remaining: 50, held: 0 });
  });

  it('at the console, all of it and without a word, is found by asking some days later', async () => {
    const { seller, orderId } = await buy();
    world.sandbox.alipay.refundAtConsole(orderId, 9_900);

    clock.advance(days(2));
    await recheckPaidOrders('alipay_wap', 50);

    expect(await orderOf(orderId)).toMatchObject({ status: 'refunded', refundedFen: 9_900 });
    expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 0 });
  });
});
