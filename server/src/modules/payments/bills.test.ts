import { makeSeller, quotaOf, type Seller } from '../../../test/make';
import { useWorld } from '../../../test/world';
import { change, select } from '../../db/sql';
import { clock, days, hours, shanghaiDay, startOfShanghaiDay } from '../../lib/clock';
import { compareBills, confirmOrder, createOrder, driveRefunds, openDiscrepancies, requestRefund } from './service';
import { Order, Refund } from './models';

const world = useWorld({ ROLES: 'web' });

/** Each test has days of its own, because the provider bills everything of a day. */
let testDay = 0;
beforeEach(async () => {
  testDay += 3;
  const noon = startOfShanghaiDay(Date.now()) + hours(12);
  clock.freeze(noon + days(testDay * 3));
  await compareBills(); // The days since the last test: nothing happened on them.
  world.sandbox.pay.notifications.setMode({ kind: 'drop' });
});
afterEach(async () => {
  world.sandbox.pay.refunds.reset();
  world.sandbox.pay.bills.clear();
  await change('DELETE FROM payment_discrepancies', {});
});

let serial = 0;
async function order(): Promise<{ seller: Seller; orderId: string }> {
  serial += 1;
  const seller = await makeSeller();
  const made = await createOrder(
    { userId: seller.id, openid: `o_bill_${serial}` },
    { planId: 'monthly', channel: 'wechat_jsapi' },
    { key: `bill-order-${serial}`, requestHash: 'h' },
  );
  await world.sandbox.pay.pay(made.order.id);
  return { seller, orderId: made.order.id };
}

async function buy(): Promise<{ seller: Seller; orderId: string }> {
  const bought = await order();
  expect((await confirmOrder(bought.seller.id, bought.orderId)).order.status).toBe('paid');
  return bought;
}

/** To eleven o'clock of the next day, when the bill of this one is there. */
async function compareTomorrow(): Promise<void> {
  clock.freeze(startOfShanghaiDay(clock.now()) + days(1) + hours(11));
  await compareBills();
}

const found = async () => (await openDiscrepancies(100)).map(({ kind, subject }) => ({ kind, subject }));
const comparedDays = () =>
  select<{ day: string; lineCount: number }>('SELECT day, line_count AS lineCount FROM payment_bills', {});

it('finds nothing where the books agree, and compares each day once', async () => {
  await buy();
  const { orderId } = await buy();
  await requestRefund({ orderId, refundFen: 1_000, reason: 'r', requestedBy: 'test' });
  await driveRefunds(10);

  await compareTomorrow();
  const first = await comparedDays();
  clock.advance(hours(1));
  await compareBills();

  expect(await found()).toEqual([]);
  expect(first.at(-1)).toMatchObject({ lineCount: 3 });
  expect(await comparedDays()).toHaveLength(first.length);
});

it('grants for money that nobody told us of', async () => {
  const { seller, orderId } = await order();
  await Order.update({ status: 'closed', checkAt: null }, { where: { id: orderId } });

  await compareTomorrow();

  expect(await quotaOf(seller)).toEqual({ remaining: 100, held: 0 });
  expect(await found()).toEqual([]);
});

it('settles every other line and day when one cannot be settled, and comes back to it', async () => {
  const [stuck, other] = [await order(), await order()];
  world.sandbox.pay.faults.plan({ path: stuck.orderId, fault: { kind: 'status', status: 500 }, times: 1 });
  const stuckDay = shanghaiDay(clock.now());
  clock.advance(days(1));
  const later = await order();
  const isCompared = async () => (await comparedDays()).some(({ day }) => day === stuckDay);

  await compareTomorrow();

  expect(await quotaOf(other.seller)).toEqual({ remaining: 100, held: 0 });
  expect(await quotaOf(later.seller)).toEqual({ remaining: 100, held: 0 });
  expect(await isCompared()).toBe(false);
  clock.advance(hours(1));
  await compareBills();
  expect(await quotaOf(stuck.seller)).toEqual({ remaining: 100, held: 0 });
  expect(await isCompared()).toBe(true);
});

it('puts before a person a day whose bill does not come', async () => {
  await buy();
  const day = shanghaiDay(clock.now());
  const missing = { kind: 'bill_missing', subject: `wechat_jsapi ${day}` };
  world.sandbox.pay.bills.spoil({ kind: 'creating' });
  await compareTomorrow();
  expect(await found()).not.toContainEqual(missing);

  clock.advance(days(3));
  await compareBills();

  expect(await found()).toContainEqual(missing);
});

it('follows a refund that was made at the console', async () => {
  const { seller, orderId } = await buy();
  world.sandbox.pay.refunds.atConsole(orderId, 9_900);

  await compareTomorrow();

  expect(await Refund.findAll({ where: { orderId } })).toMatchObject([{ source: 'provider', status: 'succeeded' }]);
  expect((await Order.findByPk(orderId))?.status).toBe('refunded');
  expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 0 });
});

it('puts before a person what is in one of the two books alone, or differs', async () => {
  const [missing, dearer] = [await buy(), await buy()];
  const { bills } = world.sandbox.pay;
  bills.spoil({ kind: 'leave_out', number: missing.orderId });
  bills.spoil({ kind: 'change_amount', number: dearer.orderId, fen: 19_900 });
  bills.spoil({ kind: 'stranger', day: shanghaiDay(clock.now()), outTradeNo: 'ord_nobodys', fen: 9_900 });

  await compareTomorrow();

  const kinds = await found();
  expect(kinds).toContainEqual({ kind: 'not_in_bill', subject: missing.orderId });
  expect(kinds).toContainEqual({ kind: 'bill_differs', subject: dearer.orderId });
  expect(kinds).toContainEqual({ kind: 'unknown_order', subject: 'ord_nobodys' });
  expect(kinds).toHaveLength(3);
});

it.each(['corrupt', 'wrong_totals', 'creating'] as const)(
  'believes no bill that is %s, and asks again',
  async (kind) => {
    await buy();
    const today = shanghaiDay(clock.now());
    const isCompared = async () => (await comparedDays()).some(({ day }) => day === today);
    world.sandbox.pay.bills.spoil({ kind });
    await compareTomorrow();
    expect(await isCompared()).toBe(false);

    world.sandbox.pay.bills.clear();
    clock.advance(hours(1));
    await compareBills();

    expect(await isCompared()).toBe(true);
    expect(await found()).toEqual([]);
  },
);
