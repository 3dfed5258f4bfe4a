import { useMerchant } from '../../../test/merchant';
import { createPrivateKey } from 'node:crypto';
import { clock } from '../../lib/clock';
import { isRefusal, VendorUnavailable } from '../../lib/errors';
import { listenOnLoopback } from '../../sandbox/listen';
import { signForMerchant } from '../../sandbox/wechat-pay/signing';
import type { PaymentProvider, RefundInput, StartInput } from '../payment/port';

const shop = useMerchant();
let serial = 0;

function ask(order: StartInput, change: Partial<RefundInput> = {}): RefundInput {
  serial += 1;
  return { refundNo: `rfd_${serial}`, order, refundFen: 9_900, refundedBeforeFen: 0, reason: '拍错了', ...change };
}

const settled = () => shop.simulator.notifications.idle();

describe('refund', () => {
  it('is taken up, then done, in fen and milliseconds; the order is then one that money was sent back of', async () => {
    clock.freeze(Math.floor(clock.now() / 1_000) * 1_000);
    const order = await shop.paid();
    const input = ask(order, { refundFen: 4_000 });

    const taken = await shop.pay.refund(input);
    await settled();

    const made = shop.simulator.refunds.find(input.refundNo);
    const view = {
      channel: 'wechat_jsapi',
      refundNo: input.refundNo,
      providerRefundId: made?.refundId,
      outTradeNo: order.outTradeNo,
      state: 'processing',
      refundFen: 4_000,
      succeededAt: null,
    };
    expect(taken).toEqual(view);
    expect(await shop.pay.queryRefund(input)).toEqual({ ...view, state: 'succeeded', succeededAt: clock.now() });
    expect(await shop.pay.query(order)).toMatchObject({ state: 'refunded', totalFen: 9_900 });
    expect(made).toMatchObject({ reason: '拍错了', notifyUrl: 'http://127.0.0.1:9/api/payments/wechat/notify' });
  });

  it.each([
    ['SUCCESS', 'succeeded'],
    ['ABNORMAL', 'abnormal'],
    ['CLOSED', 'closed'],
  ] as const)('that ends as %s is %s', async (as, state) => {
    shop.simulator.refunds.setOutcome({ kind: 'wait' });
    const input = ask(await shop.paid());
    await shop.pay.refund(input);

    expect(await shop.pay.queryRefund(input)).toMatchObject({ state: 'processing' });
    shop.simulator.refunds.end(input.refundNo, as);

    expect(await shop.pay.queryRefund(input)).toMatchObject({ state });
  });

  it('is one refund however often it is asked for, one after the other and at once', async () => {
    const input = ask(await shop.paid(), { refundFen: 3_000 });

    await shop.pay.refund(input);
    const answers = await Promise.all([shop.pay.refund(input), shop.pay.refund(input)]);

    expect(answers).toMatchObject([{ state: 'succeeded' }, { state: 'succeeded' }]);
    expect(shop.simulator.refunds.list()).toHaveLength(1);
    expect(shop.simulator.find(input.order.outTradeNo)?.refundedFen).toBe(3_000);
  });

  it('is found by the same words when the reply was lost', async () => {
    const input = ask(await shop.paid());
    shop.simulator.faults.plan({ path: '/refunds', fault: { kind: 'lost' }, times: 1 });

    await expect(shop.pay.refund(input)).rejects.toBeInstanceOf(VendorUnavailable);

    expect(await shop.pay.refund(input)).toMatchObject({ refundNo: input.refundNo, state: 'succeeded' });
    expect(shop.simulator.refunds.list()).toHaveLength(1);
  });

  it.each<[string, Partial<RefundInput>, string]>([
    ['more than is left', { refundFen: 9_901 }, 'INVALID_REQUEST'],
    ['nothing', { refundFen: 0 }, 'PARAM_ERROR'],
    ['a number of characters that they do not know', { refundNo: 'rfd 1' }, 'PARAM_ERROR'],
  ])('is refused for %s', async (_, change, code) => {
    const answer = await shop.pay.refund(ask(await shop.paid(), change));

    expect(answer).toMatchObject({ refused: true, code });
    expect(shop.simulator.refunds.list()).toHaveLength(0);
  });

  it('is refused for the same number with another amount, and for an order of another price', async () => {
    const order = await shop.paid();
    const input = ask(order, { refundFen: 1_000 });
    await shop.pay.refund(input);

    expect(await shop.pay.refund({ ...input, refundFen: 2_000 })).toMatchObject({
      refused: true,
      code: 'INVALID_REQUEST',
    });
    expect(await shop.pay.refund(ask({ ...order, totalFen: 1 }, { refundFen: 1 }))).toMatchObject({ refused: true });
    expect(shop.simulator.refunds.list()).toHaveLength(1);
  });

  it('says so when our balance is short, and the same words are right later', async () => {
    const input = ask(await shop.paid());
    shop.simulator.refunds.setBalance('short');

    expect(await shop.pay.refund(input)).toMatchObject({ refused: true, code: 'not_enough' });

    shop.simulator.refunds.setBalance('enough');
    expect(await shop.pay.refund(input)).toMatchObject({ state: 'processing' });
  });

  it.each([
    ['429', { kind: 'status', status: 429, body: { code: 'FREQUENCY_LIMITED', message: '频率限制' } }],
    ['429 of another kind', { kind: 'status', status: 429, body: { code: 'RATELIMIT_EXCEEDED', message: '频率' } }],
    ['500', { kind: 'status', status: 500, body: { code: 'SYSTEM_ERROR', message: '系统错误' } }],
    ['502 from a gateway', { kind: 'status', status: 502, body: '<html>Bad Gateway</html>' }],
    ['202', { kind: 'status', status: 202, body: {} }],
    ['an unsigned no', { kind: 'status', status: 403, body: { code: 'NOT_ENOUGH', message: '余额不足' } }],
    ['half of it', { kind: 'cut', afterBytes: 12 }],
  ] as const)('is unknown, not refused, after %s', async (_, fault) => {
    const input = ask(await shop.paid());
    shop.simulator.faults.plan({ path: '/refunds', fault, times: 2 });

    await expect(shop.pay.refund(input)).rejects.toBeInstanceOf(VendorUnavailable);
    await expect(shop.pay.queryRefund(input)).rejects.toBeInstanceOf(VendorUnavailable);
  });

  it('is not given up for an answer that does not judge it: a paid order they cannot find, a signature they do not accept', async () => {
    const unfound = ask({ ...(await shop.paid()), outTradeNo: 'ord_that_they_do_not_find' });
    const stranger = shop.adapter({ privateKeyPem: shop.keys.platformPrivateKeyPem });

    await expect(shop.pay.refund(unfound)).rejects.toBeInstanceOf(VendorUnavailable);
    await expect(stranger.refund(ask(await shop.paid()))).rejects.toBeInstanceOf(VendorUnavailable);
  });

  it.each<[string, string, string | null]>([
    ['is cut to 80 bytes, never through a character', '退'.repeat(30), '退'.repeat(26)],
    ['loses what they do not take', '拍错👗了\n谢谢\u0000', '拍错了 谢谢'],
    ['is left out when nothing remains', '👗', null],
    ['keeps 80 plain letters', 'x'.repeat(81), 'x'.repeat(80)],
  ])('has a reason that %s', async (_, reason, sent) => {
    const input = ask(await shop.paid(), { reason });

    const answer = await shop.pay.refund(input);

    expect(isRefusal(answer)).toBe(false);
    expect(shop.simulator.refunds.find(input.refundNo)?.reason).toBe(sent);
  });
});

describe('queryRefund', () => {
  it('is null for a number that WeChat Pay does not have, whatever the characters in it', async () => {
    const input = ask(await shop.paid());
    await shop.pay.refund(input);

    expect(await shop.pay.queryRefund({ ...input, refundNo: 'rfd_of_nobody' })).toBeNull();
    expect(await shop.pay.queryRefund({ ...input, refundNo: `${input.refundNo}?a=1#` })).toBeNull();
  });

  it.each(['tampered', 'unsigned', 'stale', 'forged', 'foreign'] as const)(
    'counts as unanswered when the answer is %s',
    async (spoiling) => {
      const input = ask(await shop.paid());
      await shop.pay.refund(input);
      shop.simulator.spoilAnswers({ spoiling, times: 3 });

      await expect(shop.pay.refund(input)).rejects.toBeInstanceOf(VendorUnavailable);
      await expect(shop.pay.queryRefund(input)).rejects.toBeInstanceOf(VendorUnavailable);
      await expect(shop.pay.queryRefund({ ...input, refundNo: 'rfd_x' })).rejects.toBeInstanceOf(VendorUnavailable);
    },
  );

  it.each<[string, Record<string, unknown>]>([
    ['another refund', { out_refund_no: 'rfd_other' }],
    ['a refund of another order', { out_trade_no: 'ord_other' }],
    ['a state that we do not know', { status: 'PERHAPS' }],
    ['an amount that is no integer', { amount: { refund: 1.5 } }],
  ])('counts as unanswered when a genuine answer is about %s', async (_, change) => {
    const input = ask(await shop.paid());
    const genuine = {
      refund_id: '5030',
      out_refund_no: input.refundNo,
      out_trade_no: input.order.outTradeNo,
      status: 'SUCCESS',
      success_time: '2026-11-22T10:00:00+08:00',
      amount: { refund: 9_900, total: 9_900 },
    };

    const query = (pay: PaymentProvider) => pay.queryRefund(input);
    const other = { ...genuine, ...change };

    expect(await whenToldBy(genuine, query)).toMatchObject({ state: 'succeeded', refundFen: 9_900 });
    await expect(whenToldBy(other, query)).rejects.toBeInstanceOf(VendorUnavailable);
    await expect(whenToldBy(other, (pay) => pay.refund(input))).rejects.toBeInstanceOf(VendorUnavailable);
  });
});

/** What the adapter makes of these words, truly signed, whatever it asked. */
async function whenToldBy<T>(words: unknown, ask: (pay: PaymentProvider) => Promise<T>): Promise<T> {
  const privateKey = createPrivateKey(shop.keys.platformPrivateKeyPem);
  const line = await listenOnLoopback((_, response) => {
    const signer = { serial: shop.keys.publicKeyId, privateKey };
    const signed = signForMerchant(Buffer.from(JSON.stringify(words)), signer);
    response.writeHead(200, signed.headers).end(signed.body);
  });
  try {
    return await ask(shop.adapter({ apiBase: line.origin }));
  } finally {
    await line.stop();
  }
}
