import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from './config';
import { ConfigFaulty, type Environment } from './environment';
import { readVendorConfig } from './vendor-config';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'suyi-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function faultsOf(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigFaulty) return error.faults;
    throw error;
  }
  return [];
}

const secret = (start: string): string => `${start}-0123456789abcdefghijklmnopqrstuv`;

function liveVendors(): Environment {
  const pem = join(folder, 'key.pem');
  writeFileSync(pem, 'PEM');
  return {
    WECHAT_API_BASE: 'https://wechat.example',
    WECHAT_APPID: 'wx1',
    WECHAT_SECRET: 's',
    WECHATPAY_API_BASE: 'https://pay.example',
    WECHATPAY_MCHID: '16',
    WECHATPAY_SERIAL_NO: 'AB',
    WECHATPAY_PRIVATE_KEY_FILE: pem,
    WECHATPAY_CERT_FILE: pem,
    WECHATPAY_API_V3_KEY: 'k'.repeat(32),
    SMS_ENDPOINT: 'sms.example',
    SMS_SDK_APP_ID: '1',
    SMS_SIGN_NAME: 'n',
    SMS_TEMPLATE_ID: '2',
    TENCENT_SECRET_ID: 'i',
    TENCENT_SECRET_KEY: 'k',
    RUNNINGHUB_API_BASE: 'https://poses.example',
    RUNNINGHUB_API_KEY: 'k',
    RUNNINGHUB_POSE12_WEBAPP_ID: '1',
    RUNNINGHUB_POSE12_NODES: JSON.stringify({
      image: { nodeId: '2', fieldName: 'image' },
      prompt: { nodeId: '5', fieldName: 'text' },
      result: { nodeId: '9' },
    }),
    RUNNINGHUB_RESULT_HOSTS: 'pictures.example',
    RUNNINGHUB_CONCURRENCY: '3',
    WECHAT_PUSH_TOKEN: 'token',
    WECHAT_PUSH_AES_KEY: 'a'.repeat(43),
  };
}

const production = (): Environment => ({
  ...liveVendors(),
  NODE_ENV: 'production',
  DATABASE_URL: 'mysql://u:p@db/suyi',
  PUBLIC_URL: 'https://suyi.example/',
  ADMIN_USERNAME: 'owner',
  ADMIN_PASSWORD: 'a-long-pass-phrase',
  JWT_SECRET: secret('jwt'),
  CODE_SECRET: secret('code'),
  URL_SECRET: secret('url'),
});

it('starts with nothing set: SQLite, a local folder, the sandbox', () => {
  const read = readConfig({ DATA_DIR: folder });

  expect(read).toMatchObject({
    port: 3_000,
    vendors: 'sandbox',
    storage: { kind: 'local' },
    roles: ['web', 'worker'],
    trustProxy: 0,
    smsPerIpHour: 20,
    smsPerDay: 10_000,
  });
  expect(read.databaseUrl).toBe(`sqlite:${join(folder, 'suyi.sqlite')}`);
});

it('makes its secrets once, long enough, and keeps them for the next start', () => {
  const [first, second] = [readConfig({ DATA_DIR: folder }), readConfig({ DATA_DIR: folder })];

  expect(second.jwtSecret).toBe(first.jwtSecret);
  expect(first.jwtSecret.length).toBeGreaterThanOrEqual(32);
  expect(new Set([first.jwtSecret, first.codeSecret, first.urlSecret]).size).toBe(3);
  expect(readFileSync(join(folder, 'secrets.json'), 'utf8')).toContain(first.jwtSecret);
});

it('names every fault at once', () => {
  const faults = faultsOf(() =>
    readConfig({
      DATA_DIR: folder,
      PORT: 'http',
      JWT_SECRET: 'short',
      DATABASE_URL: 'postgres://x',
      ROLES: 'web,cook',
      TRUST_PROXY: '-1',
    }),
  );

  expect(faults.map((fault) => fault.split(':')[0]).sort()).toEqual([
    'DATABASE_URL',
    'JWT_SECRET',
    'PORT',
    'ROLES',
    'TRUST_PROXY',
  ]);
});

it('takes a complete production', () => {
  expect(readConfig({ ...production(), DATA_DIR: folder })).toMatchObject({
    isProduction: true,
    vendors: 'live',
    publicUrl: 'https://suyi.example',
  });
});

it.each([
  ['on SQLite', { DATABASE_URL: 'sqlite:x' }, 'DATABASE_URL'],
  ['on the sandbox', { VENDORS: 'sandbox' }, 'VENDORS'],
  ['on a short secret', { JWT_SECRET: 'short' }, 'JWT_SECRET'],
  ['on a secret that is easy to guess', { CODE_SECRET: 'a'.repeat(40) }, 'CODE_SECRET'],
  ['without a secret', { URL_SECRET: undefined }, 'URL_SECRET'],
  ['with an address that is not https', { PUBLIC_URL: 'http://suyi.example' }, 'PUBLIC_URL'],
  ['without a vendor’s key', { WECHATPAY_MCHID: undefined }, 'WECHATPAY_MCHID'],
  ['without the message push', { WECHAT_PUSH_TOKEN: undefined }, 'WECHAT_PUSH_TOKEN'],
  ['with a channel that nobody knows', { PAYMENT_CHANNELS: 'wechat_jsapi,cash' }, 'PAYMENT_CHANNELS'],
] as const)('does not start in production %s', (_, changes, name) => {
  const faults = faultsOf(() => readConfig({ ...production(), ...changes, DATA_DIR: folder }));

  expect(faults.map((fault) => fault.split(':')[0])).toEqual([name]);
});

it('names a key file that is not there, and half a public key', () => {
  const faults = faultsOf(() =>
    readVendorConfig({
      ...liveVendors(),
      WECHATPAY_CERT_FILE: join(folder, 'no.pem'),
      WECHATPAY_PUBLIC_KEY_ID: 'PUB_KEY_ID_1',
    }),
  );

  expect(faults).toHaveLength(2);
  expect(faults.join()).toMatch(/WECHATPAY_PUBLIC_KEY_FILE.*no\.pem/);
});

describe('the ways of paying', () => {
  const virtual = {
    WECHAT_VIRTUAL_OFFER_ID: '1450000001',
    WECHAT_VIRTUAL_APP_KEY: 'key',
    WECHAT_VIRTUAL_PRODUCTS: '{"monthly":"suyi_monthly"}',
  };

  it('are JSAPI alone when nothing is said, and else in the order that the operator gives', () => {
    expect(readConfig({ DATA_DIR: folder }).paymentChannels).toEqual(['wechat_jsapi']);
    const both = readConfig({ DATA_DIR: folder, PAYMENT_CHANNELS: ' wechat_virtual, wechat_jsapi,wechat_virtual' });
    expect(both.paymentChannels).toEqual(['wechat_virtual', 'wechat_jsapi']);
  });

  it('need their keys when they are offered, each named', () => {
    const faults = faultsOf(() =>
      readConfig({ ...production(), DATA_DIR: folder, PAYMENT_CHANNELS: 'wechat_virtual,alipay_wap' }),
    );

    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'WECHAT_VIRTUAL_OFFER_ID',
      'WECHAT_VIRTUAL_APP_KEY',
      'WECHAT_VIRTUAL_PRODUCTS',
      'ALIPAY_APP_ID',
      'ALIPAY_SELLER_ID',
      'ALIPAY_PRIVATE_KEY_FILE',
      'ALIPAY_PUBLIC_KEY_FILE',
    ]);
  });

  it('keep their keys when they are no longer offered, for the orders that were made with them', () => {
    expect(readVendorConfig({ ...liveVendors(), ...virtual }).virtual).toEqual({
      offerId: '1450000001',
      appKey: 'key',
      env: 0,
      products: { monthly: 'suyi_monthly' },
    });
    expect(readVendorConfig(liveVendors())).toMatchObject({ virtual: null, alipay: null });
  });

  it('are refused half set up, or with products that are no JSON', () => {
    const half = faultsOf(() => readVendorConfig({ ...liveVendors(), ALIPAY_APP_ID: '2021000000000001' }));
    expect(half.map((fault) => fault.split(':')[0])).toEqual([
      'ALIPAY_SELLER_ID',
      'ALIPAY_PRIVATE_KEY_FILE',
      'ALIPAY_PUBLIC_KEY_FILE',
    ]);
    const broken = { ...liveVendors(), ...virtual, WECHAT_VIRTUAL_PRODUCTS: 'monthly' };
    expect(faultsOf(() => readVendorConfig(broken))).toEqual([
      expect.stringContaining('WECHAT_VIRTUAL_PRODUCTS: must be JSON'),
    ]);
  });

  it('may believe certificates beside the public key while the merchant moves from one to the other', () => {
    expect(readVendorConfig(liveVendors()).wechatPay?.acceptCertificates).toBe(false);
    const moving = readVendorConfig({ ...liveVendors(), WECHATPAY_ACCEPT_CERTIFICATES: 'true' });
    expect(moving.wechatPay?.acceptCertificates).toBe(true);
  });

  it('need no WeChat Pay where it is not offered, and all of it where it is', () => {
    const without = Object.fromEntries(
      Object.entries(liveVendors()).filter(([name]) => !name.startsWith('WECHATPAY_')),
    );
    expect(readVendorConfig({ ...without, ...virtual, PAYMENT_CHANNELS: 'wechat_virtual' }).wechatPay).toBeNull();
    expect(faultsOf(() => readVendorConfig(without)).map((fault) => fault.split(':')[0])).toContain('WECHATPAY_MCHID');
  });
});
