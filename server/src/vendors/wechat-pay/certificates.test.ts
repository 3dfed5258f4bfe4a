import { makeOrder, merchantSettings, merchantsProvider, publicKeyOf } from '../../../test/merchant';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clock, days, hours, minutes } from '../../lib/clock';
import { VendorUnavailable } from '../../lib/errors';
import { makeCertificate } from '../../sandbox/certificate';
import { loadKeys, type SandboxKeys } from '../../sandbox/keys';
import { listenOnLoopback, type Listening } from '../../sandbox/listen';
import { readBody } from '../../sandbox/read-body';
import type { SigningKey, WechatPaySimulator } from '../../sandbox/wechat-pay/wechat-pay';
import type { NotificationInput, PaymentProvider } from '../payment/port';
import { wechatPayV3, type WechatPaySettings } from './wechat-pay';

const serialNo = '5DEA10EF55877E3CF6C33255C2E7DEFFF7E427EC';

let folder: string;
let keys: SandboxKeys;
let simulator: WechatPaySimulator;
let server: Listening;
/** How often `/v3/certificates` was asked for. */
let fetches: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'suyi-'));
  ({ keys } = await loadKeys(folder));
});
afterAll(() => rm(folder, { recursive: true }));

beforeEach(async () => {
  fetches = 0;
  // Any key that is not the one behind the public key: in life they are two as well.
  const privateKeyPem = keys.alipayPrivateKeyPem;
  const pem = makeCertificate({ privateKeyPem, commonName: 'Tenpay.com', serialNo });
  simulator = merchantsProvider(keys, { platformCertificate: { pem, serialNo, privateKeyPem } });
  const handle = simulator.app.callback();
  server = await listenOnLoopback((request, response) => {
    if (request.url === '/v3/certificates') fetches += 1;
    void handle(request, response);
  });
});
afterEach(async () => {
  clock.reset();
  await server.stop();
});

function inCertificateMode(change: Partial<WechatPaySettings> = {}): PaymentProvider {
  return wechatPayV3({ ...merchantSettings(keys, server.origin), ...change });
}

const publicKey = () => publicKeyOf(keys);
const ask = (pay: PaymentProvider) => pay.query({ outTradeNo: 'ord_of_nobody', payer: null, totalFen: 1 });

describe('certificate mode', () => {
  it('fetches the certificates once, and verifies with them', async () => {
    const pay = inCertificateMode();

    const answers = await Promise.all([ask(pay), ask(pay), ask(pay)]);

    expect(answers).toEqual([null, null, null]);
    expect(fetches).toBe(1);
  });

  it('fetches them again after twelve hours, and goes on with the old ones when that fails', async () => {
    const pay = inCertificateMode();
    await ask(pay);
    clock.advance(hours(12));
    simulator.faults.plan({ path: '/v3/certificates', fault: { kind: 'status', status: 503 }, times: 1 });

    expect([await ask(pay), await ask(pay), fetches]).toEqual([null, null, 2]);

    clock.advance(minutes(1));
    expect([await ask(pay), await ask(pay), fetches]).toEqual([null, null, 3]);
  });

  it('does not believe a certificate that has run out', async () => {
    const pay = inCertificateMode();
    await ask(pay);
    clock.advance(days(6 * 365));

    await expect(ask(pay)).rejects.toBeInstanceOf(VendorUnavailable);
  });

  it('believes no certificate whose seal does not open, and asks again no sooner than a minute later', async () => {
    const pay = inCertificateMode({ apiV3Key: 'f'.repeat(32) });

    await expect(ask(pay)).rejects.toBeInstanceOf(VendorUnavailable);
    await expect(ask(pay)).rejects.toBeInstanceOf(VendorUnavailable);
    expect(fetches).toBe(1);

    clock.advance(minutes(1));
    await expect(ask(pay)).rejects.toBeInstanceOf(VendorUnavailable);
    expect(fetches).toBe(2);
  });

  it.each(['tampered', 'unsigned', 'stale', 'forged', 'foreign'] as const)(
    'believes no certificates that come in an answer that is %s',
    async (spoiling) => {
      const pay = inCertificateMode();
      simulator.spoilAnswers({ spoiling, times: 1, path: '/v3/certificates' });

      await expect(ask(pay)).rejects.toBeInstanceOf(VendorUnavailable);

      expect(fetches).toBe(1);
    },
  );

  it('makes at most one call for a storm of invented serials', async () => {
    const pay = inCertificateMode();
    await ask(pay);
    clock.advance(minutes(2));
    simulator.spoilAnswers({ spoiling: 'foreign', times: 50, path: '/out-trade-no/' });

    const storm = await Promise.allSettled(Array.from({ length: 50 }, () => ask(pay)));

    expect(storm.filter((result) => result.status === 'rejected')).toHaveLength(50);
    expect(fetches).toBe(2);
    expect(await ask(pay)).toBeNull();
  });

  it.each(['__proto__', 'constructor', 'toString'])('knows no key by the name of %s', async (serial) => {
    const pay = inCertificateMode();
    const headers = {
      'wechatpay-timestamp': String(Math.floor(clock.now() / 1_000)),
      'wechatpay-nonce': 'nonce',
      'wechatpay-serial': serial,
      'wechatpay-signature': 'AAAA',
    };

    await expect(pay.readNotification({ headers, rawBody: Buffer.from('{}') })).rejects.toMatchObject({
      reason: 'serial',
    });
  });
});

describe('public-key mode', () => {
  it('never asks for certificates, whatever serial it is shown', async () => {
    const pay = inCertificateMode(publicKey());
    simulator.spoilAnswers({ spoiling: 'foreign', times: 1 });

    await expect(ask(pay)).rejects.toBeInstanceOf(VendorUnavailable);

    expect(await ask(pay)).toBeNull();
    expect(fetches).toBe(0);
  });
});

describe('the three modes', () => {
  const modes = {
    certificates: () => ({}),
    'the public key': publicKey,
    both: () => ({ ...publicKey(), acceptCertificates: true }),
  };
  const cases: [keyof typeof modes, SigningKey, 'believed' | 'refused', number][] = [
    ['certificates', 'certificate', 'believed', 1],
    ['certificates', 'public_key', 'refused', 1],
    ['the public key', 'public_key', 'believed', 0],
    ['the public key', 'certificate', 'refused', 0],
    ['both', 'public_key', 'believed', 0],
    ['both', 'certificate', 'believed', 1],
  ];

  it.each(cases)(
    'with %s, an answer signed with the %s is %s, at %i call for certificates',
    async (mode, key, belief, calls) => {
      const pay = inCertificateMode(modes[mode]());
      simulator.signWith(key);

      const answers = await Promise.allSettled([ask(pay), ask(pay)]);

      const expected =
        belief === 'believed'
          ? { status: 'fulfilled', value: null }
          : { status: 'rejected', reason: expect.any(VendorUnavailable) };
      expect(answers).toMatchObject([expected, expected]);
      expect(fetches).toBe(calls);
    },
  );

  it.each(cases)('with %s, a notification signed with the %s is %s, at %i call', async (mode, key, belief, calls) => {
    const message = await notificationSignedWith(key);
    const pay = inCertificateMode(modes[mode]());

    const read = pay.readNotification(message);

    if (belief === 'believed') expect(await read).toMatchObject({ payment: { outTradeNo: 'ord_moving' } });
    else await expect(read).rejects.toMatchObject({ reason: 'serial' });
    expect(fetches).toBe(calls);
  });

  it.each<[keyof typeof modes, number]>([
    ['certificates', 2],
    ['the public key', 0],
    ['both', 2],
  ])('with %s, invented serials cost %i calls in two minutes', async (mode, calls) => {
    const pay = inCertificateMode(modes[mode]());
    const storm = (): Promise<unknown> =>
      Promise.allSettled(
        Array.from({ length: 30 }, (_, index) =>
          pay.readNotification({
            headers: {
              'wechatpay-timestamp': String(Math.floor(clock.now() / 1_000)),
              'wechatpay-nonce': 'nonce',
              'wechatpay-serial': `PUB_KEY_ID_${index}`,
              'wechatpay-signature': 'AAAA',
            },
            rawBody: Buffer.from('{}'),
          }),
        ),
      );

    await storm();
    await storm();
    clock.advance(minutes(1));
    await storm();
    await storm();

    expect(fetches).toBe(calls);
  });
});

/** What arrives at a shop when WeChat Pay tells it of a payment in this way. */
async function notificationSignedWith(key: SigningKey): Promise<NotificationInput> {
  let received: NotificationInput | null = null;
  const shop = await listenOnLoopback((request, response) => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    void readBody(request, 65_536).then((rawBody) => {
      received = { headers, rawBody: rawBody ?? Buffer.alloc(0) };
      response.writeHead(204).end();
    });
  });
  simulator.signWith('public_key'); // So that the order itself costs no certificate.
  const teller = inCertificateMode({ ...publicKey(), notifyUrl: `${shop.origin}/notify` });
  await teller.start(makeOrder({ outTradeNo: 'ord_moving' }));

  simulator.signWith(key);
  await simulator.pay('ord_moving');
  await simulator.notifications.idle();
  simulator.signWith('as_asked');
  await shop.stop();
  if (!received) throw new Error('no notification came');
  return received;
}
