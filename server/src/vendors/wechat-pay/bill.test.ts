import { useMerchant } from '../../../test/merchant';
import { createHash, createPrivateKey } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { clock, days, hours, shanghaiDay, startOfShanghaiDay } from '../../lib/clock';
import { VendorUnavailable } from '../../lib/errors';
import { listenOnLoopback } from '../../sandbox/listen';
import { signForMerchant } from '../../sandbox/wechat-pay/signing';
import type { BillLine, OrderRef, PaymentProvider } from '../payment/port';

const shop = useMerchant();

/** Noon of a day in Shanghai; the bills of the tests are about this day. */
let noon: number;
let day: string;
beforeEach(() => {
  noon = startOfShanghaiDay(clock.now()) + hours(12);
  day = shanghaiDay(noon);
  clock.freeze(noon);
});

async function billOf(someDay: string, pay: PaymentProvider = shop.pay): Promise<readonly BillLine[] | 'not_ready'> {
  if (!pay.bill) throw new Error('WeChat Pay gives bills');
  return pay.bill(someDay);
}

const nextDay = (atHour = 10): void => clock.freeze(startOfShanghaiDay(noon) + days(1) + hours(atHour));

async function refunded(order: OrderRef, refundNo: string, refundFen: number): Promise<void> {
  await shop.pay.refund({ refundNo, order, refundFen, refundedBeforeFen: 0, reason: '拍错了' });
}

const paymentLine = (order: OrderRef): BillLine => ({
  kind: 'payment',
  outTradeNo: order.outTradeNo,
  transactionId: String(shop.simulator.find(order.outTradeNo)?.transactionId),
  totalFen: order.totalFen,
  refund: null,
});

it('holds every payment and every refund of its day, those at the console among them', async () => {
  const [first, second] = [await shop.paid(), await shop.paid({ totalFen: 1, description: '会员, 一次' })];
  await shop.placed();
  await refunded(first, 'rfd_1', 4_005);
  const atConsole = shop.simulator.refunds.atConsole(second.outTradeNo, 1);
  nextDay();
  await shop.paid();

  const bill = await billOf(day);

  const refundLine = (order: OrderRef, refundNo: string, refundFen: number): BillLine => ({
    ...paymentLine(order),
    kind: 'refund',
    totalFen: 0,
    refund: {
      refundNo,
      providerRefundId: String(shop.simulator.refunds.find(refundNo)?.refundId),
      refundFen,
      state: 'succeeded',
    },
  });
  expect(bill).toHaveLength(4);
  expect(bill).toEqual(
    expect.arrayContaining([
      paymentLine(first),
      paymentLine(second),
      refundLine(first, 'rfd_1', 4_005),
      refundLine(second, atConsole.outRefundNo, 1),
    ]),
  );
});

it('puts a refund into the bill of the day it was asked for on, and the day ends at midnight in Shanghai', async () => {
  clock.freeze(startOfShanghaiDay(noon) + days(1) - 1);
  const late = await shop.paid();
  clock.freeze(startOfShanghaiDay(noon) + days(1));
  const early = await shop.paid();
  await refunded(late, 'rfd_next_day', 9_900);
  clock.advance(days(1) + hours(10));

  expect(await billOf(day)).toEqual([paymentLine(late)]);
  expect(await billOf(shanghaiDay(noon + days(1)))).toMatchObject([
    { kind: 'payment', outTradeNo: early.outTradeNo },
    { kind: 'refund', outTradeNo: late.outTradeNo, refund: { refundNo: 'rfd_next_day' } },
  ]);
});

describe('a bill that is not there', () => {
  it('is not ready while they write it', async () => {
    await shop.paid();
    nextDay();
    shop.simulator.bills.spoil({ kind: 'creating' });

    expect(await billOf(day)).toBe('not_ready');

    shop.simulator.bills.clear();
    expect(await billOf(day)).toHaveLength(1);
  });

  it('is of a day without payments, from ten in the morning on; before that it may still come', async () => {
    nextDay();
    clock.advance(-1);
    expect(await billOf(day)).toBe('not_ready');

    clock.advance(1);
    expect(await billOf(day)).toEqual([]);
  });

  it('is unknown on a day that is not over, and when they do not answer', async () => {
    await expect(billOf(day)).rejects.toBeInstanceOf(VendorUnavailable);

    nextDay();
    shop.simulator.faults.plan({ path: '/tradebill', fault: { kind: 'status', status: 500 }, times: 1 });
    await expect(billOf(day)).rejects.toBeInstanceOf(VendorUnavailable);
  });

  it.each(['tampered', 'unsigned', 'stale', 'forged', 'foreign'] as const)(
    'is unknown when the answer that names its file is %s',
    async (spoiling) => {
      await shop.paid();
      nextDay();
      shop.simulator.spoilAnswers({ spoiling, times: 1 });

      await expect(billOf(day)).rejects.toBeInstanceOf(VendorUnavailable);
    },
  );
});

describe('a lie', () => {
  it.each(['corrupt', 'wrong_totals'] as const)('in the file is found out: %s', async (kind) => {
    await shop.paid();
    nextDay();
    shop.simulator.bills.spoil({ kind });

    await expect(billOf(day)).rejects.toBeInstanceOf(VendorUnavailable);
  });

  it('that the totals agree with is read as it stands: for the shop to compare', async () => {
    const [gone, changed] = [await shop.paid(), await shop.paid()];
    await refunded(changed, 'rfd_1', 100);
    nextDay();
    shop.simulator.bills.spoil({ kind: 'leave_out', number: gone.outTradeNo });
    shop.simulator.bills.spoil({ kind: 'change_amount', number: changed.outTradeNo, fen: 9_800 });
    shop.simulator.bills.spoil({ kind: 'change_amount', number: 'rfd_1', fen: 200 });
    shop.simulator.bills.spoil({ kind: 'stranger', day, outTradeNo: 'ord_of_nobody', fen: 5_000 });

    expect(await billOf(day)).toMatchObject([
      { kind: 'payment', outTradeNo: changed.outTradeNo, totalFen: 9_800 },
      { kind: 'refund', outTradeNo: changed.outTradeNo, refund: { refundNo: 'rfd_1', refundFen: 200 } },
      { kind: 'payment', outTradeNo: 'ord_of_nobody', totalFen: 5_000 },
    ]);
  });
});

describe('the file', () => {
  it.each([
    ['cut off', { kind: 'cut', afterBytes: 40 }],
    ['gone', { kind: 'status', status: 404, body: '' }],
    ['an error page', { kind: 'status', status: 200, body: '<html>busy</html>' }],
  ] as const)('counts as none when it is %s', async (_, fault) => {
    await shop.paid();
    nextDay();
    shop.simulator.faults.plan({ path: '/billdownload', fault, times: 1 });

    await expect(billOf(day)).rejects.toBeInstanceOf(VendorUnavailable);
    expect(await billOf(day)).toHaveLength(1);
  });

  const small = [
    '交易时间,公众账号ID,微信订单号,商户订单号,交易状态,应结订单金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款状态,订单金额,申请退款金额',
    '`2026-11-20 10:00:00,`wx0123456789abcdef,`4200,`ord_1,`SUCCESS,`1.00,`0,`0,`0.00,`0.00,`,`1.00,`0.00',
    '`2026-11-20 11:00:00,`wxffffffffffffffff,`4201,`ord_2,`SUCCESS,`2.00,`0,`0,`0.00,`0.00,`,`2.00,`0.00',
    '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,订单总金额,申请退款总金额',
    '`2,`3.00,`0.00,`0.00,`3.00,`0.00',
  ].join('\n');

  it('is read without the payments of the merchant’s other apps, though the totals count them', async () => {
    const { bill } = await whereBillsAre({ packed: gzipSync(small), text: small });

    expect(await bill('2026-11-20')).toMatchObject([{ outTradeNo: 'ord_1' }]);
  });

  it('does not pass for the bill of another day', async () => {
    const { bill } = await whereBillsAre({ packed: gzipSync(small), text: small });

    await expect(bill('2026-11-21')).rejects.toBeInstanceOf(VendorUnavailable);
  });

  it('is believed by the digest of what is packed in it, not of the packed file', async () => {
    const packed = gzipSync(small);
    const { bill } = await whereBillsAre({ packed, text: packed });

    await expect(bill('2026-11-20')).rejects.toBeInstanceOf(VendorUnavailable);
  });

  it('is not unpacked past 32 MiB', async () => {
    const bomb = Buffer.alloc(32 * 1024 * 1024 + 1, 0x20);
    const { bill } = await whereBillsAre({ packed: gzipSync(bomb), text: bomb });

    await expect(bill('2026-11-20')).rejects.toMatchObject({ message: expect.stringContaining('cannot be unpacked') });
  });

  it.each([
    'https://evil.example/v3/billdownload/file?token=t',
    'https://api.mch.weixin.qq.com.evil.example/v3/billdownload/file?token=t',
    'https://api.mch.weixin.qq.com:8443/v3/billdownload/file?token=t',
    'file:///v3/billdownload/file?token=t',
    'no address',
  ])('is not fetched from %s, and nothing is signed for it', async (address) => {
    const { bill, asked } = await whereBillsAre({ packed: gzipSync(small), text: small, address });

    await expect(bill('2026-11-20')).rejects.toBeInstanceOf(VendorUnavailable);

    expect(asked).toHaveLength(1);
  });

  it('is fetched from our own base, by the path and query of its address and with our signature', async () => {
    const { bill, asked } = await whereBillsAre({ packed: gzipSync(small), text: small });

    await bill('2026-11-20');

    expect(asked).toMatchObject([
      { url: '/v3/bill/tradebill?bill_date=2026-11-20&bill_type=ALL&tar_type=GZIP' },
      { url: '/v3/billdownload/file?token=a%2Fb&tartype=gzip', authorization: expect.stringContaining(' mchid="') },
    ]);
  });
});

type Announced = { packed: Buffer; text: string | Buffer; address?: string };
const lines: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(lines.splice(0).map((line) => line.stop()));
});

/** A WeChat Pay that announces this file at this address, truly signed, with the digest of `text`. */
async function whereBillsAre({ packed, text, address }: Announced) {
  const asked: { url: string; authorization: string }[] = [];
  const statement = {
    hash_type: 'SHA1',
    hash_value: createHash('sha1').update(text).digest('hex').toUpperCase(),
    download_url: address ?? 'https://api.mch.weixin.qq.com/v3/billdownload/file?token=a%2Fb&tartype=gzip',
  };
  const privateKey = createPrivateKey(shop.keys.platformPrivateKeyPem);
  const line = await listenOnLoopback((request, response) => {
    asked.push({ url: String(request.url), authorization: String(request.headers.authorization) });
    if (request.url?.startsWith('/v3/billdownload')) {
      response.writeHead(200).end(packed);
      return;
    }
    const signed = signForMerchant(Buffer.from(JSON.stringify(statement)), {
      serial: shop.keys.publicKeyId,
      privateKey,
    });
    response.writeHead(200, signed.headers).end(signed.body);
  });
  lines.push(line);
  return { asked, bill: (someDay: string) => billOf(someDay, shop.adapter({ apiBase: line.origin })) };
}
