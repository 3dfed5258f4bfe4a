import { useMerchant, type Got } from '../../../test/merchant';
import { clock, days, minutes } from '../../lib/clock';

const shop = useMerchant();
const path = '/v3/refund/domestic/refunds';

const words = (outTradeNo: string, change: Record<string, unknown> = {}): Record<string, unknown> => ({
  out_trade_no: outTradeNo,
  out_refund_no: 'rfd_1',
  reason: '拍错了',
  notify_url: 'http://127.0.0.1:9/notify', // Nobody listens there.
  amount: { refund: 4_000, total: 9_900, currency: 'CNY' },
  ...change,
});
const amount = (refund: number, total = 9_900) => ({ amount: { refund, total, currency: 'CNY' } });

const refund = (body: Record<string, unknown>): Promise<Got> => shop.send({ path, body });
const query = (number: string): Promise<Got> => shop.send({ method: 'GET', path: `${path}/${number}` });

/** How the order stands at WeChat Pay, and how much of it went back. */
const standing = (outTradeNo: string) => {
  const order = shop.simulator.find(outTradeNo);
  return [order?.tradeState, order?.refundedFen];
};

it('takes a refund up as PROCESSING and has it done when next asked; the order is then REFUND', async () => {
  const { outTradeNo } = await shop.paid();

  const taken = await refund(words(outTradeNo));
  const asked = await query('rfd_1');

  expect(taken).toMatchObject({
    status: 200,
    body: {
      refund_id: expect.stringMatching(/^5030\d{25}$/),
      out_refund_no: 'rfd_1',
      out_trade_no: outTradeNo,
      transaction_id: shop.simulator.find(outTradeNo)?.transactionId,
      status: 'PROCESSING',
      amount: { total: 9_900, refund: 4_000, payer_total: 9_900, payer_refund: 4_000, currency: 'CNY' },
    },
  });
  expect(taken.body).not.toHaveProperty('success_time');
  expect(asked).toMatchObject({ status: 200, body: { status: 'SUCCESS', success_time: expect.any(String) } });
  expect(standing(outTradeNo)).toEqual(['REFUND', 4_000]);
});

it('keeps no more than one refund of a number, and refuses it in other words', async () => {
  const [{ outTradeNo }, other] = [await shop.paid(), await shop.paid()];
  await refund(words(outTradeNo));

  expect(await refund(words(outTradeNo))).toMatchObject({ status: 200, body: { status: 'SUCCESS' } });
  const invalid = { status: 400, body: { code: 'INVALID_REQUEST' } };
  expect(await refund(words(outTradeNo, amount(4_001)))).toMatchObject(invalid);
  expect(await refund(words(other.outTradeNo))).toMatchObject(invalid);
  expect(shop.simulator.refunds.list()).toHaveLength(1);
});

it('finds the order by WeChat Pay’s own id, and by both numbers only when they agree', async () => {
  const [order, other] = [await shop.paid(), await shop.paid()];
  const transactionId = String(shop.simulator.find(order.outTradeNo)?.transactionId);
  const byId = { out_trade_no: undefined, transaction_id: transactionId };

  expect(await refund(words('', byId))).toMatchObject({ status: 200, body: { out_trade_no: order.outTradeNo } });
  expect(
    await refund(words(other.outTradeNo, { transaction_id: transactionId, out_refund_no: 'rfd_2' })),
  ).toMatchObject({ status: 404 });
});

it.each<[string, Record<string, unknown>, number, string]>([
  ['more than the order', amount(9_901), 400, 'INVALID_REQUEST'],
  ['another price than the order’s', amount(100, 10_000), 400, 'INVALID_REQUEST'],
  ['nothing', amount(0), 400, 'PARAM_ERROR'],
  ['no currency', { amount: { refund: 1, total: 9_900 } }, 400, 'PARAM_ERROR'],
  ['an order that is nobody’s', { out_trade_no: 'ord_of_nobody' }, 404, 'RESOURCE_NOT_EXISTS'],
  ['no order', { out_trade_no: undefined }, 400, 'PARAM_ERROR'],
  ['a number with a space', { out_refund_no: 'rfd 1' }, 400, 'PARAM_ERROR'],
  ['a number of 65 characters', { out_refund_no: 'r'.repeat(65) }, 400, 'PARAM_ERROR'],
  ['an emoji', { reason: '👗' }, 400, 'PARAM_ERROR'],
  ['a reason of 81 bytes', { reason: '退'.repeat(27) }, 400, 'PARAM_ERROR'],
  ['a query in the notify address', { notify_url: 'https://suyi.example/n?a=1' }, 400, 'PARAM_ERROR'],
  ['an unknown field', { colour: 'red' }, 400, 'PARAM_ERROR'],
])('refuses %s', async (_, change, status, code) => {
  const { outTradeNo } = await shop.paid();

  expect(await refund(words(outTradeNo, change))).toMatchObject({ status, body: { code } });
  expect(standing(outTradeNo)).toEqual(['SUCCESS', 0]);
});

it('refunds what was paid, and only that: not what waits, not what is closed, not after a year', async () => {
  const [waiting, closed, old] = [await shop.placed(), await shop.placed(), await shop.paid()];
  await shop.pay.close(closed);

  expect(await refund(words(waiting.outTradeNo))).toMatchObject({ status: 404 });
  expect(await refund(words(closed.outTradeNo))).toMatchObject({ status: 404 });
  clock.advance(days(366));
  expect(await refund(words(old.outTradeNo))).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
});

it('gives back in parts until nothing is left, and what was closed may be asked for anew', async () => {
  const { outTradeNo } = await shop.paid();
  await refund(words(outTradeNo, amount(9_000)));
  shop.simulator.refunds.setOutcome({ kind: 'end', as: 'CLOSED', afterMs: 0 });
  await refund(words(outTradeNo, { out_refund_no: 'rfd_2', ...amount(900) }));
  shop.simulator.refunds.setOutcome({ kind: 'wait' });

  expect(standing(outTradeNo)).toEqual(['REFUND', 9_000]);
  expect(await refund(words(outTradeNo, { out_refund_no: 'rfd_3', ...amount(900) }))).toMatchObject({ status: 200 });
  expect(await refund(words(outTradeNo, { out_refund_no: 'rfd_4', ...amount(1) }))).toMatchObject({ status: 400 });
});

it('refunds one order fifty times at most', async () => {
  const { outTradeNo } = await shop.paid();
  for (let part = 1; part <= 50; part += 1) {
    await refund(words(outTradeNo, { out_refund_no: `rfd_${part}`, ...amount(1) }));
  }

  const answer = await refund(words(outTradeNo, { out_refund_no: 'rfd_51', ...amount(1) }));

  expect(answer).toMatchObject({ status: 403, body: { code: 'RULE_LIMIT' } });
  expect(standing(outTradeNo)).toEqual(['REFUND', 50]);
});

describe('the switches', () => {
  it('make the balance short, but not for a refund that was taken up', async () => {
    const { outTradeNo } = await shop.paid();
    await refund(words(outTradeNo));
    shop.simulator.refunds.setBalance('short');

    const more = words(outTradeNo, { out_refund_no: 'rfd_2', ...amount(1) });
    expect(await refund(more)).toMatchObject({ status: 403, body: { code: 'NOT_ENOUGH' } });
    expect(await refund(words(outTradeNo))).toMatchObject({ status: 200 });

    shop.simulator.refunds.reset();
    expect(await refund(more)).toMatchObject({ status: 200 });
  });

  it('keep refunds of one order a minute apart', async () => {
    const { outTradeNo } = await shop.paid();
    shop.simulator.refunds.setSpacingMs(minutes(1));
    await refund(words(outTradeNo));

    const second = words(outTradeNo, { out_refund_no: 'rfd_2' });
    expect(await refund(second)).toMatchObject({ status: 429, body: { code: 'FREQUENCY_LIMITED' } });
    clock.advance(minutes(1));
    expect(await refund(second)).toMatchObject({ status: 200 });
  });

  it('let a refund wait until it is told how it ends; an abnormal one may still succeed, any other end is the last', async () => {
    const { outTradeNo } = await shop.paid();
    shop.simulator.refunds.setOutcome({ kind: 'wait' });
    await refund(words(outTradeNo));

    shop.simulator.refunds.end('rfd_1', 'ABNORMAL');
    expect(await query('rfd_1')).toMatchObject({ body: { status: 'ABNORMAL' } });
    shop.simulator.refunds.end('rfd_1', 'SUCCESS');

    expect(await query('rfd_1')).toMatchObject({ body: { status: 'SUCCESS' } });
    expect(() => shop.simulator.refunds.end('rfd_1', 'CLOSED')).toThrow('退款已经结束');
    expect(() => shop.simulator.refunds.end('rfd_of_nobody', 'CLOSED')).toThrow('退款单不存在');
    await expect(shop.simulator.refunds.resend('rfd_of_nobody')).rejects.toThrow('退款单不存在');
  });

  it('forget an end that waits for its time when the sandbox stops', async () => {
    const { outTradeNo } = await shop.paid();
    shop.simulator.refunds.setOutcome({ kind: 'end', as: 'SUCCESS', afterMs: 10 });
    await refund(words(outTradeNo));

    shop.simulator.notifications.stop();
    await new Promise((resolve) => setTimeout(resolve, 30));

    expect(shop.simulator.refunds.find('rfd_1')).toMatchObject({ status: 'PROCESSING' });
  });
});

it('refunds at the console under a number of its own, and tells nobody unless it is told to', async () => {
  const { outTradeNo } = await shop.paid();
  await shop.simulator.notifications.idle();
  const before = shop.simulator.notifications.attempts().length;

  const made = shop.simulator.refunds.atConsole(outTradeNo, 100);
  await shop.simulator.notifications.idle();

  expect(made).toMatchObject({ outRefundNo: expect.stringMatching(/^\d{28}$/), atConsole: true, refundFen: 100 });
  expect(standing(outTradeNo)).toEqual(['REFUND', 100]);
  expect(shop.simulator.notifications.attempts()).toHaveLength(before);
  expect(() => shop.simulator.refunds.atConsole(outTradeNo, 9_801)).toThrow('申请退款金额超过订单可退金额');
  expect(() => shop.simulator.refunds.atConsole('ord_of_nobody', 1)).toThrow('订单不存在');

  shop.simulator.refunds.tellOfConsole(true);
  shop.simulator.refunds.atConsole(outTradeNo, 100);
  await shop.simulator.notifications.idle();
  expect(shop.simulator.notifications.attempts()).toHaveLength(before + 1);
});

it('answers a refunded order as one that was paid: closing, paying again and the payment’s own notification', async () => {
  const order = await shop.paid();
  await refund(words(order.outTradeNo));

  expect(await shop.pay.close(order)).toBe('paid');
  expect(await shop.pay.start({ ...order, handle: null })).toMatchObject({ code: 'OUT_TRADE_NO_USED' });
  await expect(shop.simulator.pay(order.outTradeNo)).rejects.toThrow('该订单已支付');
  await expect(shop.simulator.notifications.resend(order.outTradeNo)).resolves.toBeNull();
});
