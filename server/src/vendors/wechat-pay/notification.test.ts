import { makeOrder, mchid, merchantSettings, merchantsProvider, publicKeyOf } from '../../../test/merchant';
import { createPrivateKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clock, minutes, seconds } from '../../lib/clock';
import { loadKeys, type SandboxKeys } from '../../sandbox/keys';
import { listenOnLoopback, type Listening } from '../../sandbox/listen';
import { readBody } from '../../sandbox/read-body';
import type { WechatPaySimulator } from '../../sandbox/wechat-pay/wechat-pay';
import type { NotificationMode } from '../../sandbox/wechat-pay/notifications';
import { seal, signForMerchant, type Spoiling } from '../../sandbox/wechat-pay/signing';
import { NotificationRejected, type Notification, type OrderRef, type PaymentProvider } from '../payment/port';
import { wechatPayV3 } from './wechat-pay';

let folder: string;
let keys: SandboxKeys;
let simulator: WechatPaySimulator;
let server: Listening;
let shop: Listening;
let pay: PaymentProvider;
/** What the shop read out of every notification that came, in order. */
let read: (Notification | NotificationRejected)[];

/** So many notifications the shop reads, and then fails over. */
let shopFailures: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'suyi-'));
  ({ keys } = await loadKeys(folder));
});
afterAll(() => rm(folder, { recursive: true }));

beforeEach(async () => {
  simulator = merchantsProvider(keys, { ladderScale: 0.001 });
  server = await listenOnLoopback(simulator.app.callback());
  read = [];
  shopFailures = 0;
  shop = await startShop();
  pay = wechatPayV3({
    ...merchantSettings(keys, server.origin, `${shop.origin}/notify`),
    ...publicKeyOf(keys),
  });
});
afterEach(async () => {
  clock.reset();
  simulator.notifications.stop();
  await simulator.notifications.idle();
  await Promise.all([server.stop(), shop.stop()]);
});

/** Answers as the product does: 204 to what is WeChat Pay's, 400 to anything else. */
function startShop(): Promise<Listening> {
  return listenOnLoopback((request, response) => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    void readBody(request, 65_536)
      .then((rawBody) => pay.readNotification({ headers, rawBody: rawBody ?? Buffer.alloc(0) }))
      .then(
        (notification) => {
          read.push(notification);
          shopFailures -= 1;
          response.writeHead(shopFailures >= 0 ? 500 : 204).end();
        },
        (error: NotificationRejected) => {
          read.push(error);
          response.writeHead(400).end();
        },
      );
  });
}

const refOf = (outTradeNo: string): OrderRef => ({ outTradeNo, payer: null, totalFen: 9_900 });

async function place(outTradeNo: string): Promise<void> {
  await pay.start(makeOrder({ outTradeNo }));
}

async function payAndWait(outTradeNo: string): Promise<void> {
  await place(outTradeNo);
  await simulator.pay(outTradeNo);
  await simulator.notifications.idle();
}

const reasons = () => read.map((entry) => (entry instanceof NotificationRejected ? entry.reason : entry.eventType));

/** Until retries have brought as many. */
async function readAtLeast(count: number): Promise<void> {
  const startedAt = performance.now();
  while (read.length < count) {
    if (performance.now() - startedAt > 5_000) throw new Error(`only ${read.length} of ${count} came`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('notifications as they travel', () => {
  it('tells of a payment just as a query does', async () => {
    await payAndWait('ord_paid');

    expect(read).toEqual([
      {
        eventId: expect.stringMatching(/^EV-/),
        eventType: 'TRANSACTION.SUCCESS',
        payment: await pay.query(refOf('ord_paid')),
        refund: null,
      },
    ]);
    expect(simulator.notifications.attempts()).toMatchObject([
      { outTradeNo: 'ord_paid', eventType: 'TRANSACTION.SUCCESS', status: 204 },
    ]);
  });

  it('come again, with the same id, until the shop has taken one', async () => {
    shopFailures = 2;
    await payAndWait('ord_retried');
    await readAtLeast(3);
    await simulator.notifications.idle();

    const ids = read.map((entry) => ('eventId' in entry ? entry.eventId : null));
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
    expect(simulator.notifications.attempts().map((attempt) => attempt.status)).toEqual([204, 500, 500]);
  });

  it('come again whole after they were spoilt on the way', async () => {
    simulator.notifications.setMode({ kind: 'corrupt' });
    await payAndWait('ord_spoilt');
    simulator.notifications.setMode({ kind: 'deliver' });
    await readAtLeast(2);

    expect(reasons()).toEqual(['signature', 'TRANSACTION.SUCCESS']);
  });

  it.each<[NotificationMode, string[]]>([
    [{ kind: 'repeat', times: 3 }, ['TRANSACTION.SUCCESS', 'TRANSACTION.SUCCESS', 'TRANSACTION.SUCCESS']],
    [{ kind: 'delay', ms: 20 }, ['TRANSACTION.SUCCESS']],
    [{ kind: 'drop' }, []],
  ])('obey the switchboard: %j', async (mode, expected) => {
    simulator.notifications.setMode(mode);

    await payAndWait('ord_switched');

    expect(reasons()).toEqual(expected);
  });

  it('change places when they are told to', async () => {
    simulator.notifications.setMode({ kind: 'reorder' });

    await payAndWait('ord_first');
    await payAndWait('ord_second');

    expect(read.map((entry) => ('payment' in entry ? entry.payment?.outTradeNo : null))).toEqual([
      'ord_second',
      'ord_first',
    ]);
  });

  it.each<[NotificationMode['kind'] & ('corrupt' | 'forge' | 'stale' | 'probe'), string]>([
    ['corrupt', 'signature'],
    ['forge', 'signature'],
    ['stale', 'stale'],
    ['probe', 'signature'],
  ])('are refused when they %s', async (kind, reason) => {
    await payAndWait('ord_spoilt');
    simulator.notifications.setMode({ kind });

    expect(await simulator.notifications.resend('ord_spoilt')).toBe(400);

    expect(reasons()).toEqual(['TRANSACTION.SUCCESS', reason]);
  });

  it('are refused when a stranger claims a payment that never was', async () => {
    await place('ord_unpaid');

    expect(await simulator.notifications.forge('ord_unpaid')).toBe(400);

    expect(reasons()).toEqual(['signature']);
    expect(await pay.query(refOf('ord_unpaid'))).toMatchObject({ state: 'unpaid' });
  });
});

describe('notifications of refunds', () => {
  const input = { refundNo: 'rfd_1', refundFen: 9_900, refundedBeforeFen: 0, reason: '拍错了' };

  it.each(['SUCCESS', 'ABNORMAL', 'CLOSED'] as const)('tell of its end just as a query does: %s', async (as) => {
    simulator.refunds.setOutcome({ kind: 'end', as, afterMs: 0 });
    await payAndWait('ord_refunded');
    const order = refOf('ord_refunded');
    read = [];

    await pay.refund({ ...input, order });
    await simulator.notifications.idle();

    const refund = await pay.queryRefund({ ...input, order });
    expect(read).toEqual([
      { eventId: expect.stringMatching(/^EV-/), eventType: `REFUND.${as}`, payment: null, refund },
    ]);
    expect(refund).toMatchObject({ refundNo: 'rfd_1', outTradeNo: 'ord_refunded', refundFen: 9_900 });
  });

  it('come when the refund has run its course, and again with the same id until the shop has taken one', async () => {
    simulator.refunds.setOutcome({ kind: 'end', as: 'SUCCESS', afterMs: 20 });
    await payAndWait('ord_slowly');
    read = [];
    shopFailures = 1;

    const taken = await pay.refund({ ...input, order: refOf('ord_slowly') });
    await readAtLeast(2);

    expect(taken).toMatchObject({ state: 'processing' });
    expect(reasons()).toEqual(['REFUND.SUCCESS', 'REFUND.SUCCESS']);
    expect(new Set(read.map((entry) => ('eventId' in entry ? entry.eventId : null))).size).toBe(1);
  });

  it('tell of a refund that was made at the console, under a number that is not ours', async () => {
    simulator.refunds.tellOfConsole(true);
    await payAndWait('ord_console');
    read = [];

    const { outRefundNo } = simulator.refunds.atConsole('ord_console', 100);
    await simulator.notifications.idle();

    expect(read).toMatchObject([
      { refund: { refundNo: outRefundNo, outTradeNo: 'ord_console', state: 'succeeded', refundFen: 100 } },
    ]);
  });

  it.each<[NotificationMode['kind'] & ('corrupt' | 'forge' | 'stale' | 'probe'), string]>([
    ['corrupt', 'signature'],
    ['forge', 'signature'],
    ['stale', 'stale'],
    ['probe', 'signature'],
  ])('are refused when they %s', async (kind, reason) => {
    await payAndWait('ord_spoilt');
    await pay.refund({ ...input, order: refOf('ord_spoilt') });
    await simulator.notifications.idle();
    simulator.notifications.setMode({ kind });

    expect(await simulator.refunds.resend('rfd_1')).toBe(400);

    expect(reasons()).toEqual(['TRANSACTION.SUCCESS', 'REFUND.SUCCESS', reason]);
  });
});

describe('a notification made by hand', () => {
  const transaction = {
    out_trade_no: 'ord_1',
    trade_state: 'SUCCESS',
    mchid,
    amount: { total: 9_900, currency: 'CNY' },
  };

  const envelope = (change: Record<string, unknown> = {}) => ({
    id: 'EV-1',
    event_type: 'TRANSACTION.SUCCESS',
    resource: seal(JSON.stringify(transaction), keys.apiV3Key, 'transaction'),
    ...change,
  });

  function hand(body: Buffer, spoiling: Spoiling | null = null, change: Record<string, string | undefined> = {}) {
    const signer = { serial: keys.publicKeyId, privateKey: createPrivateKey(keys.platformPrivateKeyPem) };
    const signed = signForMerchant(body, signer, spoiling);
    return pay.readNotification({ headers: { ...signed.headers, ...change }, rawBody: signed.body });
  }

  const handJson = (value: unknown) => hand(Buffer.from(JSON.stringify(value)));

  it('is read', async () => {
    expect(await handJson(envelope())).toMatchObject({ eventId: 'EV-1', payment: { totalFen: 9_900, paidAt: null } });
  });

  it('is read without what it holds when it tells of something else', async () => {
    expect(await handJson(envelope({ event_type: 'COMPLAINT.CREATE' }))).toEqual({
      eventId: 'EV-1',
      eventType: 'COMPLAINT.CREATE',
      payment: null,
      refund: null,
    });
  });

  const refund = {
    mchid,
    out_trade_no: 'ord_1',
    transaction_id: '4200',
    out_refund_no: 'rfd_1',
    refund_id: '5030',
    refund_status: 'SUCCESS',
    success_time: '2026-11-22T10:00:00+08:00',
    amount: { total: 9_900, refund: 100, payer_total: 9_900, payer_refund: 100 },
    user_received_account: '支付用户零钱',
  };
  const handRefund = (change: Record<string, unknown>) =>
    handJson(
      envelope({
        event_type: 'REFUND.SUCCESS',
        resource: seal(JSON.stringify({ ...refund, ...change }), keys.apiV3Key, 'refund'),
      }),
    );

  it('is read with its refund, in fen and milliseconds', async () => {
    expect(await handRefund({})).toMatchObject({
      payment: null,
      refund: {
        channel: 'wechat_jsapi',
        refundNo: 'rfd_1',
        providerRefundId: '5030',
        outTradeNo: 'ord_1',
        state: 'succeeded',
        refundFen: 100,
        succeededAt: Date.parse('2026-11-22T02:00:00Z'),
      },
    });
  });

  it.each<[string, Record<string, unknown>]>([
    ['a state that we do not know', { refund_status: 'PERHAPS' }],
    ['no amount', { amount: undefined }],
    ['another merchant', { mchid: '1900000002' }],
    ['no number', { out_refund_no: '' }],
  ])('is refused when its refund has %s', async (_, change) => {
    await expect(handRefund(change)).rejects.toMatchObject({ reason: 'body' });
  });

  it.each([
    ['SUCCESS', 'paid'],
    ['REFUND', 'refunded'],
    ['CLOSED', 'closed'],
    ['REVOKED', 'closed'],
    ['NOTPAY', 'unpaid'],
    ['USERPAYING', 'unpaid'],
    ['PAYERROR', 'unpaid'],
    ['__proto__', 'unpaid'],
  ])('has its trade state %s read as %s', async (word, state) => {
    const resource = seal(JSON.stringify({ ...transaction, trade_state: word }), keys.apiV3Key, 'transaction');

    expect(await handJson(envelope({ resource }))).toMatchObject({ payment: { state } });
  });

  it('is believed for five minutes, before and after', async () => {
    clock.freeze(Math.floor(clock.now() / 1_000) * 1_000);
    const signer = { serial: keys.publicKeyId, privateKey: createPrivateKey(keys.platformPrivateKeyPem) };
    const { headers, body: rawBody } = signForMerchant(Buffer.from(JSON.stringify(envelope())), signer);

    for (const shift of [minutes(5), -minutes(5)]) {
      clock.advance(shift);
      await expect(pay.readNotification({ headers, rawBody })).resolves.toBeDefined();
      clock.advance(Math.sign(shift) * seconds(1));
      await expect(pay.readNotification({ headers, rawBody })).rejects.toMatchObject({ reason: 'stale' });
      clock.advance(-shift - Math.sign(shift) * seconds(1));
    }
  });

  it('is refused when the same JSON is written another way', async () => {
    const signer = { serial: keys.publicKeyId, privateKey: createPrivateKey(keys.platformPrivateKeyPem) };
    const { headers } = signForMerchant(Buffer.from(JSON.stringify(envelope(), null, 1)), signer);
    const rawBody = Buffer.from(JSON.stringify(envelope()));

    await expect(pay.readNotification({ headers, rawBody })).rejects.toMatchObject({ reason: 'signature' });
  });

  it.each(['Wechatpay-Timestamp', 'Wechatpay-Nonce', 'Wechatpay-Serial', 'Wechatpay-Signature'])(
    'is refused without its header %s',
    async (name) => {
      const body = Buffer.from(JSON.stringify(envelope()));

      await expect(hand(body, null, { [name]: undefined })).rejects.toMatchObject({ reason: 'headers' });
    },
  );

  it('is refused when its serial is nobody’s', async () => {
    await expect(hand(Buffer.from(JSON.stringify(envelope())), 'foreign')).rejects.toMatchObject({ reason: 'serial' });
  });

  it('is refused when its seal is broken, though the signature holds', async () => {
    const resource = seal(JSON.stringify(transaction), keys.apiV3Key, 'transaction');
    const flipped = Buffer.from(resource.ciphertext, 'base64');
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
    const spoilt = [
      { ...resource, ciphertext: flipped.toString('base64') },
      { ...resource, associated_data: 'transactiom' },
      { ...resource, associated_data: undefined },
      seal(JSON.stringify(transaction), 'f'.repeat(32), 'transaction'),
    ];

    for (const broken of spoilt) {
      await expect(handJson(envelope({ resource: broken }))).rejects.toMatchObject({ reason: 'cipher' });
    }
  });

  it.each<[string, unknown]>([
    ['an amount that is no integer', { ...transaction, amount: { total: 99.5 } }],
    ['no order', { ...transaction, out_trade_no: undefined }],
    ['a time that is none', { ...transaction, success_time: 'yesterday' }],
    ['no object', 'SUCCESS'],
  ])('is refused when what it holds has %s', async (_, held) => {
    const resource = seal(JSON.stringify(held), keys.apiV3Key, 'transaction');

    await expect(handJson(envelope({ resource }))).rejects.toMatchObject({ reason: 'body' });
  });

  it('is refused when it is not JSON', async () => {
    await expect(hand(Buffer.from('id=EV-1'))).rejects.toMatchObject({ reason: 'body' });
  });
});
