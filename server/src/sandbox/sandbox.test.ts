import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Koa from 'koa';
import { koaBody } from 'koa-body';
import { request } from 'undici';
import { clock, minutes } from '../lib/clock';
import { tencentSms } from '../vendors/sms/tencent-sms';
import { wechatApi } from '../vendors/wechat/wechat-api';
import { wechatPayV3 } from '../vendors/wechat-pay/wechat-pay';
import { listenOnLoopback, type Listening } from './listen';
import { startSandbox, type Sandbox } from './index';

let keysDir: string;
let sandbox: Sandbox;
let app: Listening;
let notified: string[];

// Made once: two RSA keys take a third of a second.
beforeAll(async () => {
  keysDir = await mkdtemp(join(tmpdir(), 'suyi-sandbox-'));
});
afterAll(() => rm(keysDir, { recursive: true }));

beforeEach(async () => {
  notified = [];
  await start();
});
afterEach(stop);

/** The main app as far as the sandbox sees it: a Koa that may have read the body already, and takes notifications. */
async function start({ hasReadBodies = false } = {}): Promise<void> {
  const koa = new Koa();
  let answer: ReturnType<Koa['callback']> | null = null;
  app = await listenOnLoopback((incoming, response) => void answer?.(incoming, response));
  sandbox = await startSandbox({ publicUrl: app.origin, keysDir });

  if (hasReadBodies) koa.use(koaBody());
  koa.use(sandbox.routes.routes());
  koa.use((ctx) => {
    notified.push(ctx.path);
    ctx.status = 204;
  });
  answer = koa.callback();
}

async function stop(): Promise<void> {
  await sandbox.stop();
  await app.stop();
}

const variable = (name: string): string => sandbox.environment[name] ?? `no ${name}`;
const fileOf = (name: string): Promise<string> => readFile(variable(name), 'utf8');

const smsAdapter = () =>
  tencentSms({
    endpoint: variable('SMS_ENDPOINT'),
    region: variable('SMS_REGION'),
    sdkAppId: variable('SMS_SDK_APP_ID'),
    signName: variable('SMS_SIGN_NAME'),
    templateId: variable('SMS_TEMPLATE_ID'),
    secretId: variable('TENCENT_SECRET_ID'),
    secretKey: variable('TENCENT_SECRET_KEY'),
  });
const wechatAdapter = () =>
  wechatApi({
    apiBase: variable('WECHAT_API_BASE'),
    appid: variable('WECHAT_APPID'),
    secret: variable('WECHAT_SECRET'),
  });
const payAdapter = async () =>
  wechatPayV3({
    apiBase: variable('WECHATPAY_API_BASE'),
    appid: variable('WECHAT_APPID'),
    mchid: variable('WECHATPAY_MCHID'),
    serialNo: variable('WECHATPAY_SERIAL_NO'),
    privateKeyPem: await fileOf('WECHATPAY_PRIVATE_KEY_FILE'),
    certPem: await fileOf('WECHATPAY_CERT_FILE'),
    apiV3Key: variable('WECHATPAY_API_V3_KEY'),
    publicKeyId: variable('WECHATPAY_PUBLIC_KEY_ID'),
    publicKeyPem: await fileOf('WECHATPAY_PUBLIC_KEY_FILE'),
  });

async function placeOrder(outTradeNo: string, description = '素衣会员 30 天'): Promise<string> {
  const pay = await payAdapter();
  const answer = await pay.prepay({
    outTradeNo,
    description,
    totalFen: 9_900,
    openid: 'oSandboxPerson',
    expiresAt: clock.now() + minutes(30),
    notifyUrl: `${app.origin}/api/payments/wechat/notify`,
  });
  if (answer.refused) throw new Error(answer.code);
  return answer.prepayId;
}

type Answer = { status: number; text: string; location: string | undefined };

async function ask(
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  input: { headers?: object; body?: unknown } = {},
): Promise<Answer> {
  const response = await request(app.origin + path, {
    method,
    headers: { ...(input.body === undefined ? {} : { 'content-type': 'application/json' }), ...input.headers },
    body: input.body === undefined ? null : JSON.stringify(input.body),
  });
  const { location } = response.headers;
  return { status: response.statusCode, text: await response.body.text(), location: location?.toString() };
}

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'sec-fetch-site': 'same-origin' };

it('gives every variable of the vendors, and the adapters work with them', async () => {
  expect(Object.keys(sandbox.environment).sort()).toEqual([
    'COS_BUCKET',
    'COS_ENDPOINT',
    'COS_REGION',
    'SMS_ENDPOINT',
    'SMS_REGION',
    'SMS_SDK_APP_ID',
    'SMS_SIGN_NAME',
    'SMS_TEMPLATE_ID',
    'TENCENT_SECRET_ID',
    'TENCENT_SECRET_KEY',
    'WECHATPAY_API_BASE',
    'WECHATPAY_API_V3_KEY',
    'WECHATPAY_CERT_FILE',
    'WECHATPAY_MCHID',
    'WECHATPAY_PRIVATE_KEY_FILE',
    'WECHATPAY_PUBLIC_KEY_FILE',
    'WECHATPAY_PUBLIC_KEY_ID',
    'WECHATPAY_SERIAL_NO',
    'WECHAT_API_BASE',
    'WECHAT_APPID',
    'WECHAT_PUSH_AES_KEY',
    'WECHAT_PUSH_TOKEN',
    'WECHAT_SECRET',
  ]);

  expect(await smsAdapter().sendCode({ phone: '13800138000', code: '048213', validMinutes: 5 })).toEqual({
    refused: false,
  });
  expect(await wechatAdapter().exchangeLoginCode('browser7f3a.1')).toMatchObject({ refused: false });
  expect(await placeOrder('ord_0000001')).toMatch(/^wx/);
});

it('keeps its keys, its people and its secrets to itself over a restart', async () => {
  const keyNames = Object.keys(sandbox.environment).filter((name) => !/_(BASE|ENDPOINT)$/.test(name));
  const before = { keys: keyNames.map(variable), certificate: await fileOf('WECHATPAY_CERT_FILE') };
  const person = await wechatAdapter().exchangeLoginCode('browser7f3a.1');

  await stop();
  await start();

  expect({ keys: keyNames.map(variable), certificate: await fileOf('WECHATPAY_CERT_FILE') }).toEqual(before);
  expect(await wechatAdapter().exchangeLoginCode('browser7f3a.2')).toMatchObject({
    openid: 'openid' in person ? person.openid : '',
  });
  for (const name of ['WECHATPAY_PRIVATE_KEY_FILE', 'WECHATPAY_CERT_FILE', 'WECHATPAY_PUBLIC_KEY_FILE']) {
    expect((await stat(variable(name))).mode & 0o777).toBe(0o600);
  }
  expect((await stat(join(keysDir, 'sandbox-keys.json'))).mode & 0o777).toBe(0o600);
});

it('shows the newest code of a number, on the page and alone', async () => {
  await smsAdapter().sendCode({ phone: '13800138000', code: '111111', validMinutes: 5 });
  await smsAdapter().sendCode({ phone: '13800138000', code: '222222', validMinutes: 5 });

  const latest = await ask('GET', '/sandbox/sms/latest?phone=13800138000');
  const page = await ask('GET', '/sandbox');

  expect(JSON.parse(latest.text)).toEqual({ code: '222222' });
  expect(page.text).toContain('222222');
  expect(await ask('GET', '/sandbox/sms/latest?phone=13900139000')).toMatchObject({
    status: 404,
    text: '{"code":null}',
  });
});

it('pays at the cashier, once, goes back where the shop said, and tells the shop', async () => {
  const prepayId = await placeOrder('ord_0000002');
  const back = encodeURIComponent('/#/pages/orders/index?id=2');

  const sheet = await ask('GET', `/sandbox/cashier?prepay_id=${prepayId}&return=${back}`, { headers: browser });
  const action = /action="([^"]+\/pay[^"]*)"/.exec(sheet.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const paid = await ask('POST', action, { headers: browser });
  const again = await ask('POST', action, { headers: browser });
  await sandbox.pay.notifications.idle();

  expect(sheet.text).toMatch(/沙箱[\s\S]*素衣会员 30 天[\s\S]*¥99\.00[\s\S]*确认支付[\s\S]*取消/);
  expect(paid).toMatchObject({ status: 303, location: '/#/pages/orders/index?id=2' });
  expect(again).toMatchObject({ status: 303, location: '/#/pages/orders/index?id=2' });
  expect(sandbox.pay.find('ord_0000002')?.tradeState).toBe('SUCCESS');
  expect(notified).toEqual(['/api/payments/wechat/notify']);
  expect((await ask('GET', `/sandbox/cashier?prepay_id=${prepayId}`)).text).not.toContain('确认支付');
});

it('leaves the order open when the buyer cancels', async () => {
  const prepayId = await placeOrder('ord_0000003');

  const left = await ask('POST', '/sandbox/orders/ord_0000003/abandon?return=/x', { headers: browser });

  expect(left).toMatchObject({ status: 303, location: '/x' });
  expect((await ask('GET', `/sandbox/cashier?prepay_id=${prepayId}`)).text).toContain('确认支付');
  expect(notified).toEqual([]);
});

it('answers programs in JSON: paid, closed meanwhile, unknown', async () => {
  await placeOrder('ord_0000004');
  await placeOrder('ord_0000005');
  await (await payAdapter()).close('ord_0000005');

  expect(await ask('POST', '/sandbox/orders/ord_0000004/pay')).toMatchObject({
    status: 200,
    text: expect.stringContaining('"tradeState":"SUCCESS"'),
  });
  expect(await ask('POST', '/sandbox/orders/ord_0000005/pay')).toMatchObject({ status: 409 });
  expect(await ask('POST', '/sandbox/orders/ord_nowhere/pay')).toMatchObject({ status: 404 });
});

it('sends nobody to a stranger, and takes no click from a stranger’s page', async () => {
  const prepayId = await placeOrder('ord_0000006', '<script>alert(1)</script>');

  const evil = encodeURIComponent('https://evil.example/');
  const sheet = await ask('GET', `/sandbox/cashier?prepay_id=${prepayId}&return=${evil}`, { headers: browser });
  const paid = await ask('POST', `/sandbox/orders/ord_0000006/pay?return=${evil}`, { headers: browser });
  const foreign = await ask('DELETE', '/sandbox/faults', { headers: { 'sec-fetch-site': 'cross-site' } });

  expect(sheet.text).not.toMatch(/evil\.example|<script>/);
  expect(paid.location).toBe('/');
  expect(foreign.status).toBe(403);
});

it.each([false, true])('plans faults and clears them (body read by the app before: %s)', async (hasReadBodies) => {
  await stop();
  await start({ hasReadBodies });
  const fault = { vendor: 'wechat', path: '/sns/', times: 2, fault: { kind: 'status', status: 503 } };

  const planned = await ask('POST', '/sandbox/faults', { body: fault });
  await expect(wechatAdapter().exchangeLoginCode('browser7f3a.1')).rejects.toThrow('answered 503');
  const cleared = await ask('DELETE', '/sandbox/faults');

  expect(JSON.parse(planned.text)).toMatchObject({ faults: [fault] });
  expect(cleared.status).toBe(204);
  expect(await wechatAdapter().exchangeLoginCode('browser7f3a.1')).toMatchObject({ refused: false });
});

it('turns the switches of one vendor, and turns them all back', async () => {
  await ask('POST', '/sandbox/faults', { body: { vendor: 'sms', refuseNumber: '13800138000' } });
  await ask('POST', '/sandbox/faults', { body: { vendor: 'sms', limitEachNumberMs: 30_000 } });
  await ask('POST', '/sandbox/faults', { body: { vendor: 'wechat', giveUnionid: true } });
  await ask('POST', '/sandbox/faults', { body: { vendor: 'pay', notifications: { kind: 'repeat', times: 3 } } });
  const turned = await ask('GET', '/sandbox/state.json');
  await ask('DELETE', '/sandbox/faults');
  const back = await ask('GET', '/sandbox/state.json');

  expect(JSON.parse(turned.text)).toMatchObject({
    refusedNumbers: [{ phone: '13800138000' }],
    smsIntervalMs: 30_000,
    givesUnionid: true,
    notifications: { mode: { kind: 'repeat', times: 3 } },
  });
  expect(JSON.parse(back.text)).toMatchObject({
    refusedNumbers: [],
    smsIntervalMs: 0,
    givesUnionid: false,
    notifications: { mode: { kind: 'deliver' } },
  });
});

it.each([
  {},
  { vendor: 'nobody', fault: { kind: 'reset' } },
  { vendor: 'sms', fault: { kind: 'reset' }, times: 0 },
  { vendor: 'sms', fault: { kind: 'explode' } },
])('refuses the fault %j', async (body) => {
  expect(await ask('POST', '/sandbox/faults', { body })).toMatchObject({ status: 400 });
});
