import { merchantSettings, merchantsProvider, publicKeyOf } from '../../../test/merchant';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clock, days, hours, minutes } from '../../lib/clock';
import { VendorUnavailable } from '../../lib/errors';
import { makeCertificate } from '../../sandbox/certificate';
import { loadKeys, type SandboxKeys } from '../../sandbox/keys';
import { listenOnLoopback, type Listening } from '../../sandbox/listen';
import type { WechatPaySimulator } from '../../sandbox/wechat-pay';
import type { WechatPayPort } from './port';
import { wechatPayV3, type WechatPaySettings } from './wechat-pay';

const serialNo = '5DEA10EF55877E3CF6C33255C2E7DEFFF7E427EC';

let folder: string;
let keys: SandboxKeys;
let simulator: WechatPaySimulator;
let server: Listening;
let shop: Listening | null = null;
/** How often `/v3/certificates` was asked for. */
let fetches: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'suyi-'));
  ({ keys } = await loadKeys(folder));
});
afterAll(() => rm(folder, { recursive: true }));

beforeEach(async () => {
  fetches = 0;
  const pem = makeCertificate({ privateKeyPem: keys.platformPrivateKeyPem, commonName: 'Tenpay.com', serialNo });
  simulator = merchantsProvider(keys, { platformCertificate: { pem, serialNo } });
  const handle = simulator.app.callback();
  server = await listenOnLoopback((request, response) => {
    if (request.url === '/v3/certificates') fetches += 1;
    void handle(request, response);
  });
});
afterEach(async () => {
  clock.reset();
  await Promise.all([server.stop(), shop?.stop()]);
});

function inCertificateMode(change: Partial<WechatPaySettings> = {}): WechatPayPort {
  return wechatPayV3({ ...merchantSettings(keys, server.origin), ...change });
}

const publicKey = () => publicKeyOf(keys);
const ask = (pay: WechatPayPort) => pay.query('ord_of_nobody');

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

  it('takes the certificate as well while a merchant moves from one to the other', async () => {
    const pay = inCertificateMode({ ...publicKey(), acceptCertificates: true });
    const received: { headers: Record<string, string | undefined>; rawBody: Buffer }[] = [];
    shop = await listenOnLoopback((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const headers = Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
        );
        received.push({ headers, rawBody: Buffer.concat(parts) });
        response.writeHead(204).end();
      });
    });
    await pay.prepay({
      outTradeNo: 'ord_moving',
      description: '素衣会员',
      totalFen: 9_900,
      openid: 'openid',
      expiresAt: clock.now() + hours(1),
      notifyUrl: `${shop.origin}/notify`,
    });
    await simulator.pay('ord_moving');
    await simulator.notifications.idle();
    const [message] = received;
    if (!message) throw new Error('no notification came');

    expect(message.headers['wechatpay-serial']).toBe(serialNo);
    expect(await pay.readNotification(message)).toMatchObject({ payment: { outTradeNo: 'ord_moving' } });
    await expect(inCertificateMode(publicKey()).readNotification(message)).rejects.toMatchObject({ reason: 'serial' });
  });
});
