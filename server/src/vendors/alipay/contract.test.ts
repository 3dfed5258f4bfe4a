import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { request } from 'undici';
import { clock, hours, minutes, seconds } from '../../lib/clock';
import { isRefusal, type Refusal } from '../../lib/errors';
import { createAlipaySimulator, type AlipaySimulator } from '../../sandbox/alipay/alipay';
import type { AnswerSpoiling } from '../../sandbox/alipay/signing';
import { listenOnLoopback, type Listening } from '../../sandbox/listen';
import type { NotificationInput, OrderRef, PaymentProvider, RefundInput } from '../payment/port';
import { alipayWap, type AlipaySettings } from './alipay';

const appId = '2021000117600001';
const sellerId = '2088000117600001';
const pair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
const app = pair();
const alipay = pair();

const order: OrderRef = { outTradeNo: 'ord_0001', payer: null, totalFen: 9_900 };
const refundInput = (changes: Partial<RefundInput> = {}): RefundInput => ({
  refundNo: 'rfd_0001',
  order,
  refundFen: 3_000,
  refundedBeforeFen: 0,
  reason: '买错了',
  ...changes,
});

let simulator: AlipaySimulator;
let gateway: Listening;
let shop: Listening;
let posted: NotificationInput[];
let provider: PaymentProvider;

beforeEach(async () => {
  posted = [];
  shop = await listenOnLoopback((incoming, response) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      posted.push({ headers: {}, rawBody: Buffer.concat(parts) });
      response.end('success');
    });
  });
  simulator = createAlipaySimulator({
    appId,
    sellerId,
    appPublicKeyPem: app.publicKey,
    alipayPrivateKeyPem: alipay.privateKey,
    publicUrl: 'https://suyi.example',
  });
  gateway = await listenOnLoopback(simulator.app.callback());
  provider = alipayWap(settings());
});
afterEach(async () => {
  clock.reset();
  simulator.notifications.stop();
  await Promise.all([gateway.stop(), shop.stop()]);
});

const settings = (changes: Partial<AlipaySettings> = {}): AlipaySettings => ({
  gateway: `${gateway.origin}/gateway.do`,
  appId,
  sellerId,
  privateKeyPem: app.privateKey,
  alipayPublicKeyPem: alipay.publicKey,
  notifyUrl: `${shop.origin}/notify`,
  returnUrl: 'https://suyi.example/#/orders',
  timeoutMs: 1_000,
  ...changes,
});

async function pageOf(changes: { description?: string; totalFen?: number; outTradeNo?: string } = {}): Promise<string> {
  const input = { ...order, planId: 'monthly', description: '素衣会员 30 天', handle: null, sessionKey: null };
  const started = await provider.start({ ...input, expiresAt: clock.now() + minutes(30), ...changes });
  if (started.refused || !('url' in started.payment)) throw new Error('no page');
  return started.payment.url;
}

/** A buyer's browser goes to the cashier. */
const open = async (url: string) => request(url, { method: 'GET' });

async function placed(changes: Parameters<typeof pageOf>[0] = {}): Promise<void> {
  const { statusCode } = await open(await pageOf(changes));
  expect(statusCode).toBe(302);
}

async function paid(changes: Parameters<typeof pageOf>[0] = {}): Promise<void> {
  await placed(changes);
  await simulator.pay(changes.outTradeNo ?? order.outTradeNo);
}

async function newest(): Promise<NotificationInput> {
  await simulator.notifications.idle();
  const last = posted.at(-1);
  if (!last) throw new Error('no notification came');
  return last;
}

const changed = (input: NotificationInput, name: string, value: string): NotificationInput => {
  const form = new URLSearchParams(input.rawBody.toString());
  form.set(name, value);
  return { ...input, rawBody: Buffer.from(form.toString()) };
};

const orRefusal = <T>(answer: T | Refusal): string | T => (isRefusal(answer) ? answer.code : answer);

describe('starting', () => {
  it('leads the browser to the cashier, in words and amounts as Alipay wants them', async () => {
    const { statusCode, headers } = await open(await pageOf({ description: '素衣/会员=30&天', totalFen: 5 }));

    const [trade] = simulator.trades();
    expect(statusCode).toBe(302);
    expect(headers.location).toBe(`https://suyi.example/sandbox/alipay?trade=${trade?.tradeNo}`);
    expect(trade).toMatchObject({
      outTradeNo: order.outTradeNo,
      subject: '素衣 会员 30 天',
      totalFen: 5,
      notifyUrl: `${shop.origin}/notify`,
      returnUrl: 'https://suyi.example/#/orders',
    });
    expect(trade && trade.timeExpire - clock.now()).toBeGreaterThan(minutes(29));
  });

  it('asks nobody: the same words give a page for the same trade', async () => {
    await placed();
    await placed();

    expect(simulator.trades()).toHaveLength(1);
  });

  it('gives an address that falls with one changed character', async () => {
    const url = new URL(await pageOf());
    url.searchParams.set('biz_content', (url.searchParams.get('biz_content') ?? '').replace('99.00', '00.01'));

    const { statusCode, body } = await open(url.href);

    expect(statusCode).toBe(400);
    expect(await body.text()).toContain('isv.invalid-signature');
    expect(simulator.trades()).toEqual([]);
  });

  it('cannot be paid once the order’s own end has come', async () => {
    await placed();

    clock.advance(minutes(30));

    await expect(simulator.pay(order.outTradeNo)).rejects.toThrow('交易状态不合法');
    expect(await provider.query(order)).toMatchObject({ state: 'closed', refundedFen: null });
  });
});

describe('asking', () => {
  it('knows no order before the buyer has reached the cashier', async () => {
    await pageOf();

    expect(await provider.query(order)).toBeNull();
  });

  it('tells unpaid, paid, finished and closed apart, in our words', async () => {
    await placed();
    const unpaid = await provider.query(order);
    clock.freeze();
    await simulator.pay(order.outTradeNo);
    const paidView = await provider.query(order);
    simulator.finish(order.outTradeNo);
    const finished = await provider.query(order);

    expect(unpaid).toMatchObject({ state: 'unpaid', paidAt: null });
    expect(paidView).toEqual({
      channel: 'alipay_wap',
      outTradeNo: order.outTradeNo,
      state: 'paid',
      transactionId: expect.stringMatching(/^\d{28}$/),
      payee: `${appId}/${sellerId}`,
      payer: null,
      goods: null,
      totalFen: 9_900,
      currency: 'CNY',
      paidAt: Math.floor(clock.now() / 1_000) * 1_000,
      refundedFen: null,
    });
    expect(finished).toMatchObject({ state: 'paid' });
    expect(provider.payee).toBe(paidView?.payee);
  });

  it.each<AnswerSpoiling>(['tampered', 'unsigned', 'forged', 'stray', 'busy'])(
    'takes no %s answer for one',
    async (spoiling) => {
      await paid();
      simulator.spoilAnswers({ spoiling, times: 1 });

      const asked = provider.query(order);

      await expect(asked).rejects.toMatchObject({ name: 'VendorUnavailable' });
      expect(await provider.query(order)).toMatchObject({ state: 'paid', totalFen: 9_900 });
    },
  );

  it('believes of an answer with two nodes the one that is signed', async () => {
    await paid();
    simulator.spoilAnswers({ spoiling: 'doubled', times: 1 });

    expect(await provider.query(order)).toMatchObject({ totalFen: 9_900 }); // The other one says 0.01.
  });

  it('says in no error what the answer or the request held', async () => {
    await paid();
    simulator.spoilAnswers({ spoiling: 'tampered', times: 1 });

    const error: unknown = await provider.query(order).catch((thrown: unknown) => thrown);

    expect(JSON.stringify([error, (error as Error).message, (error as Error).cause])).not.toMatch(
      /ord_0001|sui\*\*\*|sign=|PRIVATE/,
    );
  });

  it.each([
    { kind: 'status', status: 502 },
    { kind: 'reset' },
    { kind: 'cut', afterBytes: 40 },
    { kind: 'delay', ms: 1_500 },
  ] as const)('does not know when the answer is %j', async (fault) => {
    await paid();
    simulator.faults.plan({ path: 'alipay.trade.query', fault, times: 1 });

    await expect(provider.query(order)).rejects.toMatchObject({ name: 'VendorUnavailable' });
  });
});

describe('closing', () => {
  it('closes what waits, and what never began; again is harmless', async () => {
    expect(await provider.close(order)).toBe('closed');
    await placed();

    expect(await provider.close(order)).toBe('closed');
    expect(await provider.close(order)).toBe('closed');
    await expect(simulator.pay(order.outTradeNo)).rejects.toThrow();
  });

  it('finds out that it was paid meanwhile, refunded or not', async () => {
    await paid();
    const whilePaid = await provider.close(order);
    await provider.refund(refundInput({ refundFen: 9_900 }));

    expect(whilePaid).toBe('paid');
    expect(await provider.close(order)).toBe('paid');
  });

  it('does not know when the answer is about another order', async () => {
    await placed();
    simulator.spoilAnswers({ spoiling: 'stray', times: 1 });

    await expect(provider.close(order)).rejects.toMatchObject({ name: 'VendorUnavailable' });
  });
});

describe('sending back', () => {
  it('sends a part back at once, and the same number only once', async () => {
    await paid();
    clock.freeze();

    const first = await provider.refund(refundInput());
    const again = await provider.refund(refundInput());

    const view = {
      channel: 'alipay_wap',
      refundNo: 'rfd_0001',
      providerRefundId: null,
      outTradeNo: order.outTradeNo,
      state: 'succeeded',
      refundFen: 3_000,
      succeededAt: Math.floor(clock.now() / 1_000) * 1_000,
    };
    expect(first).toEqual(view);
    expect(again).toEqual(view);
    expect(simulator.find(order.outTradeNo)?.refunds).toHaveLength(1);
    expect(await provider.queryRefund(refundInput())).toEqual(view);
  });

  it('sees a trade that was sent back as a whole as refunded, not as closed', async () => {
    await paid();

    await provider.refund(refundInput());
    const second = await provider.refund(
      refundInput({ refundNo: 'rfd_0002', refundFen: 6_900, refundedBeforeFen: 3_000 }),
    );

    expect(second).toMatchObject({ refundFen: 6_900, state: 'succeeded' }); // Their `refund_fee` says 99.00 here.
    expect(await provider.query(order)).toMatchObject({ state: 'refunded', refundedFen: 9_900, totalFen: 9_900 });
  });

  it('says that the balance is short, and goes through once it is not', async () => {
    await paid();
    simulator.setRefundMode('short');
    const short = orRefusal(await provider.refund(refundInput()));
    simulator.setRefundMode('now');

    expect(short).toBe('not_enough');
    expect(await provider.refund(refundInput())).toMatchObject({ state: 'succeeded' });
  });

  it.each<[string, () => void, Partial<RefundInput>, string]>([
    ['more than was paid', () => undefined, { refundFen: 9_901 }, 'ACQ.REFUND_AMT_NOT_EQUAL_TOTAL'],
    ['a finished trade', () => simulator.finish(order.outTradeNo), {}, 'ACQ.TRADE_HAS_FINISHED'],
    ['a trade that is not there', () => undefined, { order: { ...order, outTradeNo: 'ord_x' } }, 'ACQ.TRADE_NOT_EXIST'],
  ])('takes a clear no for %s', async (_, prepare, changes, code) => {
    await paid();
    prepare();

    expect(orRefusal(await provider.refund(refundInput(changes)))).toBe(code);
  });

  it('learns of a refund whose answer was lost, although the second try is refused', async () => {
    await paid();
    simulator.faults.plan({ path: 'alipay.trade.refund', fault: { kind: 'lost' }, times: 1 });
    await expect(provider.refund(refundInput())).rejects.toMatchObject({ name: 'VendorUnavailable' });
    simulator.finish(order.outTradeNo);

    expect(await provider.refund(refundInput())).toMatchObject({ state: 'succeeded', refundFen: 3_000 });
  });

  it('does not know after a system error, a second amount under one number, or a refund that nothing shows of yet', async () => {
    await paid();
    simulator.spoilAnswers({ spoiling: 'busy', times: 1, method: 'trade.refund' });
    await expect(provider.refund(refundInput())).rejects.toMatchObject({ name: 'VendorUnavailable' });
    await expect(provider.refund(refundInput({ refundFen: 4_000 }))).rejects.toMatchObject({
      name: 'VendorUnavailable',
    });

    simulator.setRefundMode('later');
    const later = refundInput({ refundNo: 'rfd_0002' });
    await expect(provider.refund(later)).rejects.toMatchObject({ name: 'VendorUnavailable' });
    expect(await provider.queryRefund(later)).toBeNull();

    simulator.makeWaitingRefund(order.outTradeNo);
    expect(await provider.refund(later)).toMatchObject({ state: 'succeeded', refundFen: 3_000 });
  });

  it('knows no refund that nobody asked for, of an order that is there or not', async () => {
    expect(await provider.queryRefund(refundInput())).toBeNull();
    await paid();
    expect(await provider.queryRefund(refundInput())).toBeNull();
  });

  it.each<AnswerSpoiling>(['tampered', 'unsigned', 'forged', 'stray'])(
    'takes no %s answer for a refund',
    async (spoiling) => {
      await paid();
      await provider.refund(refundInput());
      simulator.spoilAnswers({ spoiling, times: 1 });

      await expect(provider.queryRefund(refundInput())).rejects.toMatchObject({ name: 'VendorUnavailable' });
    },
  );
});

describe('notifications', () => {
  it('reads a payment, with signs in the title that break a decoding check', async () => {
    await paid({ description: '限时 100% 会员+送 %E4 次' });
    const told = await provider.readNotification(await newest());

    expect(told).toMatchObject({
      eventId: expect.stringMatching(/^\w{10,}$/),
      eventType: 'TRADE_SUCCESS',
      payment: {
        channel: 'alipay_wap',
        outTradeNo: order.outTradeNo,
        state: 'paid',
        payee: `${appId}/${sellerId}`,
        payer: null,
        totalFen: 9_900,
        currency: 'CNY',
        paidAt: expect.any(Number),
        refundedFen: null,
      },
      refund: null,
    });
  });

  it('reads what each of several refunds came to, and what they come to together', async () => {
    await paid();
    await newest();
    await provider.refund(refundInput());
    const first = await provider.readNotification(await newest());
    simulator.refundAtConsole(order.outTradeNo, 6_900);
    const second = await provider.readNotification(await newest());

    expect(first).toMatchObject({
      payment: { state: 'refunded', refundedFen: 3_000 },
      refund: { refundNo: 'rfd_0001', refundFen: 3_000, state: 'succeeded', succeededAt: expect.any(Number) },
    });
    expect(second).toMatchObject({
      eventType: 'TRADE_CLOSED',
      payment: { state: 'refunded', refundedFen: 9_900 },
      refund: { refundNo: expect.stringMatching(/^CONSOLE/), refundFen: 6_900 },
    });
    expect(second.eventId).not.toBe(first.eventId);
  });

  it('does not take the closing of an unpaid trade for a refund, though it speaks of 0.00 sent back', async () => {
    await placed();
    await provider.close(order);
    await simulator.notifications.resend(order.outTradeNo);

    const told = await provider.readNotification(await newest());

    expect((await newest()).rawBody.toString()).toContain('refund_fee=0.00');
    expect(told).toMatchObject({ payment: { state: 'closed', refundedFen: 0, paidAt: null }, refund: null });
  });

  it.each([
    ['another amount', 'total_amount', '0.01', 'signature'],
    ['another state', 'trade_status', 'TRADE_FINISHED', 'signature'],
    ['a field more', 'colour', 'red', 'signature'],
    ['no signature', 'sign', '', 'signature'],
    ['an older kind of signature', 'sign_type', 'RSA', 'signature'],
  ])('rejects %s', async (_, name, value, reason) => {
    await paid();

    const rejected = provider.readNotification(changed(await newest(), name, value));

    await expect(rejected).rejects.toMatchObject({ name: 'NotificationRejected', reason });
  });

  it('rejects a field that comes twice, and what is no form at all', async () => {
    await paid();
    const { rawBody } = await newest();
    const twice = Buffer.concat([rawBody, Buffer.from('&total_amount=99.00')]);

    await expect(provider.readNotification({ headers: {}, rawBody: twice })).rejects.toMatchObject({ reason: 'body' });
    await expect(provider.readNotification({ headers: {}, rawBody: Buffer.from('{"a":1}') })).rejects.toMatchObject({
      reason: 'signature',
    });
  });

  it('rejects a stranger’s claim', async () => {
    await placed();
    await simulator.notifications.forge(order.outTradeNo);

    await expect(provider.readNotification(await newest())).rejects.toMatchObject({ reason: 'signature' });
  });

  it.each([
    ['app', { appId: '2021000117600002' }],
    ['account', { sellerId: '2088000117600002' }],
  ])('rejects what Alipay signed for another %s', async (_, other) => {
    await paid();

    const rejected = alipayWap(settings(other)).readNotification(await newest());

    await expect(rejected).rejects.toMatchObject({ name: 'NotificationRejected', reason: 'body' });
  });

  it('does not guess what a refund came to while Alipay does not answer', async () => {
    await paid();
    simulator.refundAtConsole(order.outTradeNo, 1_000);
    const told = await newest();
    simulator.faults.plan({ path: 'refund.query', fault: { kind: 'reset' }, times: 1 });

    await expect(provider.readNotification(told)).rejects.toMatchObject({ name: 'VendorUnavailable' });
  });
});

describe('setting up', () => {
  const bare = (pem: string): string => pem.replace(/-----[A-Z ]+-----/g, '').replace(/\s/g, '');

  it('takes keys as Alipay’s tool writes them: bare base64, PKCS #8 or PKCS #1', async () => {
    const pkcs1 = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    });
    const keys = { privateKeyPem: bare(app.privateKey), alipayPublicKeyPem: bare(alipay.publicKey) };

    expect(await alipayWap(settings(keys)).query(order)).toBeNull();
    expect(() => alipayWap(settings({ privateKeyPem: pkcs1.privateKey }))).not.toThrow();
    expect(() => alipayWap(settings({ privateKeyPem: bare(pkcs1.privateKey) }))).not.toThrow();
  });

  it.each([
    ['no public key', { alipayPublicKeyPem: '' }],
    ['a private key in its place', { alipayPublicKeyPem: alipay.privateKey }],
    ['the app’s own public key in its place', { alipayPublicKeyPem: app.publicKey }],
    ['no private key', { privateKeyPem: 'abc' }],
  ])('stops at %s, and repeats no key', (_, keys) => {
    const start = (): unknown => alipayWap(settings(keys));

    expect(start).toThrow(/key/);
    expect(start).not.toThrow(/MII|BEGIN/);
  });

  it.each(['UTC', 'America/New_York', 'Asia/Shanghai'])(
    'signs with Shanghai’s time in a process that lives in %s',
    async (zone) => {
      await paid();
      const script = `
      const { alipayWap } = require(${JSON.stringify(require.resolve('./alipay'))});
      const provider = alipayWap(${JSON.stringify(settings())});
      const order = ${JSON.stringify(order)};
      provider.query(order).then(({ state, paidAt }) => console.log(JSON.stringify({ hour: new Date().getHours(), state, paidAt })));
    `;

      const said: unknown = JSON.parse(await run(script, zone));

      const { paidAt } = simulator.find(order.outTradeNo) ?? {};
      const localHour = new Intl.DateTimeFormat('en', { timeZone: zone, hour: 'numeric', hourCycle: 'h23' }).format();
      expect(said).toEqual({
        hour: Number(localHour),
        state: 'paid',
        paidAt: Math.floor((paidAt ?? 0) / 1_000) * 1_000,
      });
    },
  );

  it('would be refused with the time of another zone', async () => {
    await paid();
    clock.advance(-hours(8));
    const asked = provider.query(order);
    clock.reset();

    await expect(asked).rejects.toThrow('isv.invalid-timestamp');
    clock.advance(seconds(1));
    expect(await provider.query(order)).toMatchObject({ state: 'paid' });
  });
});

function run(script: string, zone: string): Promise<string> {
  const child = spawn(process.execPath, ['--require', 'tsx/cjs', '-e', script], {
    env: { ...process.env, TZ: zone },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (part: Buffer) => (output += part.toString()));
  let complaints = '';
  child.stderr.on('data', (part: Buffer) => (complaints += part.toString()));
  return new Promise((resolve, reject) => {
    child.on('close', (code) => (code === 0 ? resolve(output) : reject(new Error(complaints))));
  });
}
