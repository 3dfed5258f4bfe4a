import { createPublicKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clock, hours } from '../src/lib/clock';
import { loadKeys, type SandboxKeys } from '../src/sandbox/keys';
import { listenOnLoopback, type Listening } from '../src/sandbox/listen';
import { createWechatPaySimulator, type WechatPaySimulator } from '../src/sandbox/wechat-pay/wechat-pay';
import { parseJson } from '../src/vendors/http';
import type { PaymentProvider, StartInput } from '../src/vendors/payment/port';
import { SignedCalls } from '../src/vendors/wechat-pay/signed-calls';
import { wechatPayV3, type WechatPaySettings } from '../src/vendors/wechat-pay/wechat-pay';

export const appid = 'wx0123456789abcdef';
export const mchid = '1900000001';

/** Nobody listens there: what is sent is lost. */
const nowhere = 'http://127.0.0.1:9/api/payments/wechat/notify';

type Extra = Pick<Parameters<typeof createWechatPaySimulator>[0], 'platformCertificate' | 'ladderScale'>;

/** WeChat Pay as this merchant's keys know it. */
export function merchantsProvider(keys: SandboxKeys, extra: Extra = {}): WechatPaySimulator {
  const publicKey = createPublicKey(keys.merchantPrivateKeyPem).export({ type: 'spki', format: 'pem' });
  return createWechatPaySimulator({
    appid,
    mchid,
    merchantSerialNo: keys.merchantSerialNo,
    merchantPublicKeyPem: publicKey.toString(),
    apiV3Key: keys.apiV3Key,
    platformPrivateKeyPem: keys.platformPrivateKeyPem,
    publicKeyId: keys.publicKeyId,
    ...extra,
  });
}

/** What the adapter is given to speak for this merchant, in certificate mode; `publicKeyOf` adds the other mode. */
export function merchantSettings(keys: SandboxKeys, apiBase: string, notifyUrl = nowhere): WechatPaySettings {
  return {
    apiBase,
    appid,
    mchid,
    serialNo: keys.merchantSerialNo,
    privateKeyPem: keys.merchantPrivateKeyPem,
    certPem: keys.merchantCertPem,
    apiV3Key: keys.apiV3Key,
    notifyUrl,
  };
}

export const publicKeyOf = (keys: SandboxKeys): Pick<WechatPaySettings, 'publicKeyId' | 'publicKeyPem'> => ({
  publicKeyId: keys.publicKeyId,
  publicKeyPem: keys.platformPublicKeyPem,
});

let serial = 0;

/** An order that WeChat Pay would take, under a number of its own. */
export function makeOrder(change: Partial<StartInput> = {}): StartInput {
  serial += 1;
  return {
    outTradeNo: `ord_${String(serial).padStart(24, '0')}`,
    payer: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
    totalFen: 9_900,
    planId: 'monthly',
    description: '素衣会员 100 次 30 天',
    expiresAt: clock.now() + hours(1),
    handle: null,
    sessionKey: null,
    ...change,
  };
}

/** A call by hand. What is not given is as a good merchant sends it. */
export type Sent = {
  method?: string;
  path?: string;
  body?: Record<string, unknown>;
  authorization?: string;
  headers?: Record<string, string>;
};
export type Got = { status: number; body: unknown; bytes: Buffer; headers: Headers };

/** The npm package's own signing, opened up for any method, path and body. */
class Signer extends SignedCalls {
  authorize(method: string, path: string, body?: Record<string, unknown>): string {
    return this.buildAuthorization(method, `https://api.mch.weixin.qq.com${path}`, body);
  }
}

export type Merchant = {
  keys: SandboxKeys;
  simulator: WechatPaySimulator;
  server: Listening;
  /** The adapter in public-key mode. */
  pay: PaymentProvider;
  adapter(change?: Partial<WechatPaySettings>): PaymentProvider;
  /** An order that waits for its payment, with the prepay id in its `handle`. */
  placed(change?: Partial<StartInput>): Promise<StartInput>;
  /** An order that the simulator's user has paid. */
  paid(change?: Partial<StartInput>): Promise<StartInput>;
  /** The simulator without the adapter: signed, sent, and answered as it comes. */
  send(input?: Sent): Promise<Got>;
  authorize(method: string, path: string, body?: Record<string, unknown>): string;
};

/** For one test file: one set of keys, and for each test a fresh WeChat Pay on loopback with the adapter before it. */
export function useMerchant(): Merchant {
  const merchant = {} as Merchant;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'suyi-'));
    merchant.keys = (await loadKeys(folder)).keys;
  });
  afterAll(() => rm(folder, { recursive: true }));

  beforeEach(async () => {
    merchant.simulator = merchantsProvider(merchant.keys);
    merchant.server = await listenOnLoopback(merchant.simulator.app.callback());
    merchant.pay = merchant.adapter();
  });
  afterEach(async () => {
    clock.reset();
    merchant.simulator.notifications.stop();
    await merchant.simulator.notifications.idle();
    await merchant.server.stop();
  });

  merchant.adapter = (change = {}) =>
    wechatPayV3({
      ...merchantSettings(merchant.keys, merchant.server.origin),
      ...publicKeyOf(merchant.keys),
      ...change,
    });
  merchant.placed = async (change) => {
    const order = makeOrder(change);
    const answer = await merchant.pay.start(order);
    if (answer.refused) throw new Error(`refused: ${answer.code}`);
    return { ...order, handle: answer.handle };
  };
  merchant.paid = async (change) => {
    const order = await merchant.placed(change);
    await merchant.simulator.pay(order.outTradeNo);
    return order;
  };
  merchant.authorize = (...call) => new Signer(merchantSettings(merchant.keys, '')).authorize(...call);
  merchant.send = async ({ method = 'POST', path = '/v3/pay/transactions/jsapi', ...input } = {}) => {
    const answer = await fetch(merchant.server.origin + path, {
      method,
      headers: {
        authorization: input.authorization ?? merchant.authorize(method, path, input.body),
        accept: 'application/json',
        'content-type': 'application/json',
        ...input.headers,
      },
      ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    return { status: answer.status, headers: answer.headers, bytes, body: parseJson(bytes) };
  };
  return merchant;
}
