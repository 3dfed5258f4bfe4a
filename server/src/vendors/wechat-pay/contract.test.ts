import { appid, mchid, merchantSettings, merchantsProvider, publicKeyOf } from '../../../test/merchant';
import { createPublicKey, verify } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clock, days, hours } from '../../lib/clock';
import { isRefusal, VendorUnavailable } from '../../lib/errors';
import { loadKeys, type SandboxKeys } from '../../sandbox/keys';
import { listenOnLoopback, type Listening } from '../../sandbox/listen';
import type { WechatPaySimulator } from '../../sandbox/wechat-pay';
import type { PrepayInput, WechatPayPort } from './port';
import { wechatPayV3 } from './wechat-pay';

let folder: string;
let keys: SandboxKeys;
let simulator: WechatPaySimulator;
let server: Listening;
let pay: WechatPayPort;
let orders = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'suyi-'));
  ({ keys } = await loadKeys(folder));
});
afterAll(() => rm(folder, { recursive: true }));

beforeEach(async () => {
  simulator = merchantsProvider(keys);
  server = await listenOnLoopback(simulator.app.callback());
  pay = adapterAt(server.origin);
});
afterEach(async () => {
  clock.reset();
  simulator.notifications.stop();
  await simulator.notifications.idle();
  await server.stop();
});

function adapterAt(apiBase: string, privateKeyPem = keys.merchantPrivateKeyPem): WechatPayPort {
  return wechatPayV3({ ...merchantSettings(keys, apiBase), ...publicKeyOf(keys), privateKeyPem });
}

function order(change: Partial<PrepayInput> = {}): PrepayInput {
  orders += 1;
  return {
    outTradeNo: `ord_${String(orders).padStart(24, '0')}`,
    description: '素衣会员 100 次 30 天',
    totalFen: 9_900,
    openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
    expiresAt: clock.now() + hours(1),
    notifyUrl: 'http://127.0.0.1:9/api/payments/wechat/notify',
    ...change,
  };
}

async function placed(change: Partial<PrepayInput> = {}): Promise<{ input: PrepayInput; prepayId: string }> {
  const input = order(change);
  const answer = await pay.prepay(input);
  if (answer.refused) throw new Error(`refused: ${answer.code}`);
  return { input, prepayId: answer.prepayId };
}

describe('prepay', () => {
  it('makes an order that the phone can pay with the parameters we sign', async () => {
    const { input, prepayId } = await placed();

    const params = pay.paymentParams(prepayId);

    expect(simulator.checkPaymentParams(params)).toMatchObject({ ok: true, order: { totalFen: 9_900 } });
    expect(simulator.find(input.outTradeNo)).toMatchObject({
      description: input.description,
      openid: input.openid,
      notifyUrl: input.notifyUrl,
      timeExpire: Math.floor(input.expiresAt / 1_000) * 1_000,
    });
  });

  it('signs four lines: appid, time, nonce, package, each ended by a line feed', async () => {
    const { prepayId } = await placed();

    const params = pay.paymentParams(prepayId);

    const lines = `${appid}\n${params.timeStamp}\n${params.nonceStr}\nprepay_id=${prepayId}\n`;
    const key = createPublicKey(keys.merchantPrivateKeyPem);
    expect(verify('RSA-SHA256', Buffer.from(lines), key, Buffer.from(params.paySign, 'base64'))).toBe(true);
    expect(params).toMatchObject({ signType: 'RSA', timeStamp: expect.stringMatching(/^\d{10}$/) });
    expect(pay.paymentParams(prepayId).nonceStr).not.toBe(params.nonceStr);
  });

  it('gives the phone nothing that holds for another prepay id', async () => {
    const [first, second] = [await placed(), await placed()];

    const params = { ...pay.paymentParams(first.prepayId), package: `prepay_id=${second.prepayId}` };

    expect(simulator.checkPaymentParams(params)).toMatchObject({ ok: false });
  });

  it('is the same order when asked again with the same words, twice in a row and at once', async () => {
    const input = order();

    const answers = [await pay.prepay(input), ...(await Promise.all([pay.prepay(input), pay.prepay(input)]))];

    expect(new Set(answers.map((answer) => (answer.refused ? 'refused' : answer.prepayId))).size).toBe(1);
    expect(simulator.orders()).toHaveLength(1);
  });

  it('gets a fresh prepay id once the first is older than two hours', async () => {
    const input = order({ expiresAt: clock.now() + days(1) });
    const first = await pay.prepay(input);
    clock.advance(hours(2));

    const second = await pay.prepay(input);

    expect(second).not.toEqual(first);
    expect(second).toMatchObject({ refused: false });
  });

  it.each<[string, Partial<PrepayInput>]>([
    ['another price', { totalFen: 100 }],
    ['another payer', { openid: 'somebody-else' }],
  ])('is refused for the same number with %s', async (_, change) => {
    const { input } = await placed();

    expect(await pay.prepay({ ...input, ...change })).toMatchObject({ refused: true, code: 'INVALID_REQUEST' });
  });

  it('is refused for a paid order and for a closed one', async () => {
    const paid = await placed();
    const closed = await placed();
    await simulator.pay(paid.input.outTradeNo);
    await pay.close(closed.input.outTradeNo);

    expect(await pay.prepay(paid.input)).toMatchObject({ refused: true, code: 'OUT_TRADE_NO_USED' });
    expect(await pay.prepay(closed.input)).toMatchObject({ refused: true, code: 'ORDER_CLOSED' });
  });

  it.each<[string, Partial<PrepayInput>]>([
    ['nothing to pay', { totalFen: 0 }],
    ['half a fen', { totalFen: 0.5 }],
    ['an emoji', { description: '会员 👗' }],
    ['128 characters', { description: 'x'.repeat(128) }],
    ['a number that is too short', { outTradeNo: 'ord_1' }],
    ['a query in the notify address', { notifyUrl: 'https://suyi.example/notify?a=1' }],
    ['plain http to the world', { notifyUrl: 'http://suyi.example/notify' }],
    ['a time that has passed', { expiresAt: 0 }],
  ])('is refused for %s', async (_, change) => {
    expect(await pay.prepay(order(change))).toMatchObject({ refused: true, code: 'PARAM_ERROR' });
    expect(simulator.orders()).toHaveLength(0);
  });
});

describe('query', () => {
  it('reads an unpaid, a paid and a closed order, in fen and milliseconds', async () => {
    const [waiting, paid, closed] = [await placed(), await placed(), await placed()];
    clock.freeze(Math.floor(clock.now() / 1_000) * 1_000);
    const { transactionId } = await simulator.pay(paid.input.outTradeNo);
    await pay.close(closed.input.outTradeNo);

    expect(await pay.query(waiting.input.outTradeNo)).toEqual({
      outTradeNo: waiting.input.outTradeNo,
      tradeState: 'NOTPAY',
      transactionId: null,
      appid: appid,
      mchid: mchid,
      openid: null,
      totalFen: 9_900,
      currency: 'CNY',
      paidAt: null,
    });
    expect(await pay.query(paid.input.outTradeNo)).toEqual({
      outTradeNo: paid.input.outTradeNo,
      tradeState: 'SUCCESS',
      transactionId,
      appid: appid,
      mchid: mchid,
      openid: paid.input.openid,
      totalFen: 9_900,
      currency: 'CNY',
      paidAt: clock.now(),
    });
    expect(await pay.query(closed.input.outTradeNo)).toMatchObject({ tradeState: 'CLOSED' });
  });

  it('finds a number whose characters mean something in an address', async () => {
    const { input } = await placed({ outTradeNo: 'a|b*c-d_e' });

    expect(await pay.query(input.outTradeNo)).toMatchObject({ outTradeNo: 'a|b*c-d_e' });
    expect(await pay.query(`${input.outTradeNo}?mchid=1#`)).toBeNull();
  });

  it('is null for an order that WeChat Pay does not have', async () => {
    expect(await pay.query('ord_of_nobody')).toBeNull();
  });

  it('sees an order closed when its time is up', async () => {
    const { input } = await placed();
    clock.advance(hours(1));

    expect(await pay.query(input.outTradeNo)).toMatchObject({ tradeState: 'CLOSED' });
  });
});

describe('close', () => {
  it('closes an unpaid order, and again', async () => {
    const { input } = await placed();

    expect(await pay.close(input.outTradeNo)).toBe('closed');
    expect(await pay.close(input.outTradeNo)).toBe('closed');
    await expect(simulator.pay(input.outTradeNo)).rejects.toMatchObject({ code: 'ORDER_CLOSED' });
  });

  it('says that the order was paid meanwhile', async () => {
    const { input } = await placed();
    await simulator.pay(input.outTradeNo);

    expect(await pay.close(input.outTradeNo)).toBe('paid');
  });

  it('does not know, while the user is paying', async () => {
    const { input } = await placed();
    simulator.startPaying(input.outTradeNo);

    await expect(pay.close(input.outTradeNo)).rejects.toBeInstanceOf(VendorUnavailable);

    simulator.abandon(input.outTradeNo);
    expect(await pay.close(input.outTradeNo)).toBe('closed');
  });

  it('takes an order that never was for closed', async () => {
    expect(await pay.close('ord_of_nobody')).toBe('closed');
  });
});

describe('an answer that is not WeChat Pay’s own', () => {
  it.each(['tampered', 'unsigned', 'stale', 'forged', 'foreign'] as const)(
    'counts as none when it is %s: a success, a refusal and a missing order alike',
    async (spoiling) => {
      const { input } = await placed();
      simulator.spoilAnswers({ spoiling, times: 4 });

      await expect(pay.prepay(order())).rejects.toBeInstanceOf(VendorUnavailable);
      await expect(pay.prepay({ ...input, totalFen: 1 })).rejects.toBeInstanceOf(VendorUnavailable);
      await expect(pay.query(input.outTradeNo)).rejects.toBeInstanceOf(VendorUnavailable);
      await expect(pay.query('ord_of_nobody')).rejects.toBeInstanceOf(VendorUnavailable);

      expect(await pay.query(input.outTradeNo)).toMatchObject({ tradeState: 'NOTPAY' });
    },
  );

  it('counts as none when it is a genuine answer about another order', async () => {
    const [asked, other] = [await placed(), await placed()];
    await simulator.pay(other.input.outTradeNo);
    const relay = await replayFirstAnswer(server.origin);
    const misled = adapterAt(relay.origin);

    expect(await misled.query(other.input.outTradeNo)).toMatchObject({ tradeState: 'SUCCESS' });
    await expect(misled.query(asked.input.outTradeNo)).rejects.toBeInstanceOf(VendorUnavailable);

    await relay.stop();
  });

  it('does not carry a secret or an openid in its error', async () => {
    const input = order();
    simulator.faults.plan({ path: '/jsapi', fault: { kind: 'reset' }, times: 1 });

    const error = await pay.prepay(input).catch((thrown: unknown) => thrown);

    const said =
      JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error instanceof Error && error.cause);
    expect(said).not.toContain(input.openid);
    expect(said).not.toContain('WECHATPAY2');
  });
});

describe('an answer that does not come', () => {
  it.each([
    ['429', { kind: 'status', status: 429, body: { code: 'FREQUENCY_LIMITED', message: '频率限制' } }],
    ['500', { kind: 'status', status: 500, body: { code: 'SYSTEM_ERROR', message: '系统错误' } }],
    ['502 from a gateway', { kind: 'status', status: 502, body: '<html>Bad Gateway</html>' }],
    ['202', { kind: 'status', status: 202, body: {} }],
    ['reset', { kind: 'reset' }],
    ['half of it', { kind: 'cut', afterBytes: 12 }],
  ] as const)('is unknown, never unpaid: %s', async (_, fault) => {
    const { input } = await placed();
    simulator.faults.plan({ path: input.outTradeNo, fault, times: 2 });
    simulator.faults.plan({ path: '/jsapi', fault, times: 1 });

    await expect(pay.query(input.outTradeNo)).rejects.toBeInstanceOf(VendorUnavailable);
    await expect(pay.close(input.outTradeNo)).rejects.toBeInstanceOf(VendorUnavailable);
    await expect(pay.prepay(order())).rejects.toBeInstanceOf(VendorUnavailable);
  });

  it('leaves an order that the same words find again, when the reply to a prepay is lost', async () => {
    const input = order();
    simulator.faults.plan({ path: '/jsapi', fault: { kind: 'lost' }, times: 1 });

    await expect(pay.prepay(input)).rejects.toBeInstanceOf(VendorUnavailable);

    const made = simulator.find(input.outTradeNo);
    expect(await pay.prepay(input)).toEqual({ refused: false, prepayId: made?.prepayId });
  });

  it('is a refusal that made no order when it is a 401 for our own signature', async () => {
    const stranger = adapterAt(server.origin, keys.platformPrivateKeyPem);

    const answer = await stranger.prepay(order());

    expect(isRefusal(answer) && answer.code).toBe('SIGN_ERROR');
    expect(simulator.orders()).toHaveLength(0);
  });
});

/** A line in the middle that passes the first question on, and its answer to every question. */
async function replayFirstAnswer(origin: string): Promise<Listening> {
  let first: Promise<{ head: Record<string, string>; body: Buffer }> | null = null;
  return listenOnLoopback((request, response) => {
    first ??= fetch(origin + (request.url ?? '/'), {
      headers: {
        authorization: String(request.headers.authorization),
        accept: 'application/json',
        'user-agent': 'relay',
      },
    }).then(async (answer) => ({
      head: Object.fromEntries([...answer.headers].filter(([name]) => name.startsWith('wechatpay-'))),
      body: Buffer.from(await answer.arrayBuffer()),
    }));
    void first.then(({ head, body }) => response.writeHead(200, head).end(body));
  });
}
