import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Koa from 'koa';
import { koaBody } from 'koa-body';
import { request } from 'undici';
import { clock, minutes } from '../lib/clock';
import { alipayWap } from '../vendors/alipay/alipay';
import type { RefundInput, StartInput } from '../vendors/payment/port';
import { tencentSms } from '../vendors/sms/tencent-sms';
import { sharedAccessTokens } from '../vendors/wechat/access-token';
import { wechatApi } from '../vendors/wechat/wechat-api';
import { wechatPayV3 } from '../vendors/wechat-pay/wechat-pay';
import { wechatVirtual } from '../vendors/wechat-virtual/wechat-virtual';
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
const wechatAccount = () => ({
  apiBase: variable('WECHAT_API_BASE'),
  appid: variable('WECHAT_APPID'),
  secret: variable('WECHAT_SECRET'),
});
const wechatAdapter = () => wechatApi(wechatAccount());
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
    notifyUrl: `${app.origin}/api/payments/wechat/notify`,
  });
const virtualAdapter = () =>
  wechatVirtual({
    ...wechatAccount(),
    tokens: sharedAccessTokens(wechatAccount()),
    offerId: variable('WECHAT_VIRTUAL_OFFER_ID'),
    appKey: variable('WECHAT_VIRTUAL_APP_KEY'),
    env: variable('WECHAT_VIRTUAL_ENV') === '0' ? 0 : 1,
    products: JSON.parse(variable('WECHAT_VIRTUAL_PRODUCTS')) as Record<string, string>,
  });
const alipayAdapter = async () =>
  alipayWap({
    gateway: variable('ALIPAY_GATEWAY'),
    appId: variable('ALIPAY_APP_ID'),
    sellerId: variable('ALIPAY_SELLER_ID'),
    privateKeyPem: await fileOf('ALIPAY_PRIVATE_KEY_FILE'),
    alipayPublicKeyPem: await fileOf('ALIPAY_PUBLIC_KEY_FILE'),
    notifyUrl: `${app.origin}/api/payments/alipay/notify`,
    returnUrl: `${app.origin}/#/orders`,
  });

const orderOf = (outTradeNo: string, change: Partial<StartInput> = {}): StartInput => ({
  outTradeNo,
  payer: 'oSandboxPerson',
  totalFen: 9_900,
  planId: 'monthly',
  description: '素衣会员 30 天',
  expiresAt: clock.now() + minutes(30),
  handle: null,
  sessionKey: null,
  ...change,
});

const refundOf = (outTradeNo: string): RefundInput => ({
  refundNo: `rfd_${outTradeNo}`,
  order: orderOf(outTradeNo),
  refundFen: 9_900,
  refundedBeforeFen: 0,
  reason: '买错了',
});

async function placeOrder(outTradeNo: string, description = '素衣会员 30 天'): Promise<string> {
  const pay = await payAdapter();
  const answer = await pay.start(orderOf(outTradeNo, { description }));
  if (answer.refused || answer.handle === null) throw new Error('refused');
  return answer.handle;
}

/** Where the gateway sends the browser that opens the payment's address. */
async function openAlipay(outTradeNo: string, description = '素衣会员 30 天'): Promise<string> {
  const alipay = await alipayAdapter();
  const answer = await alipay.start(orderOf(outTradeNo, { payer: null, description }));
  if (answer.refused || !('url' in answer.payment)) throw new Error('refused');
  const { headers } = await request(answer.payment.url);
  return String(headers.location).replace(app.origin, '');
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

/** Leaves a photo with RunningHub and orders a job, as the wire wants it. Answers the job's number, or the vendor's no. */
async function orderPoses(prompt = 'street, dress'): Promise<{ taskId: string; errorCode: string }> {
  const base = variable('RUNNINGHUB_API_BASE');
  const headers = { authorization: `Bearer ${variable('RUNNINGHUB_API_KEY')}` };
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array([0xff, 0xd8, 0xff, 0xe0])]), 'photo.jpg');
  const uploaded = await fetch(`${base}/openapi/v2/media/upload/binary`, { method: 'POST', headers, body: form });
  const { data } = (await uploaded.json()) as { data: { fileName: string } };

  const nodes = JSON.parse(variable('RUNNINGHUB_POSE12_NODES')) as Record<string, object>;
  const nodeInfoList = [
    { ...nodes.image, fieldValue: data.fileName },
    { ...nodes.prompt, fieldValue: prompt },
  ];
  const made = await fetch(`${base}/openapi/v2/run/ai-app/${variable('RUNNINGHUB_POSE12_WEBAPP_ID')}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ nodeInfoList, webhookUrl: `${app.origin}/api/webhooks/runninghub/token` }),
  });
  return (await made.json()) as { taskId: string; errorCode: string };
}

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'sec-fetch-site': 'same-origin' };

it('gives every variable of the vendors, and the adapters work with them', async () => {
  expect(Object.keys(sandbox.environment).sort()).toEqual([
    'ALIPAY_APP_ID',
    'ALIPAY_GATEWAY',
    'ALIPAY_PRIVATE_KEY_FILE',
    'ALIPAY_PUBLIC_KEY_FILE',
    'ALIPAY_SELLER_ID',
    'COS_BUCKET',
    'COS_ENDPOINT',
    'COS_REGION',
    'RUNNINGHUB_API_BASE',
    'RUNNINGHUB_API_KEY',
    'RUNNINGHUB_CONCURRENCY',
    'RUNNINGHUB_POSE12_NODES',
    'RUNNINGHUB_POSE12_WEBAPP_ID',
    'RUNNINGHUB_RESULT_HOSTS',
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
    'WECHAT_TASK_TEMPLATE',
    'WECHAT_VIRTUAL_APP_KEY',
    'WECHAT_VIRTUAL_ENV',
    'WECHAT_VIRTUAL_OFFER_ID',
    'WECHAT_VIRTUAL_PRODUCTS',
  ]);

  expect(await smsAdapter().sendCode({ phone: '13800138000', code: '048213', validMinutes: 5 })).toEqual({
    refused: false,
  });
  expect(await wechatAdapter().exchangeLoginCode('browser7f3a.1')).toMatchObject({ refused: false });
  expect(await placeOrder('ord_0000001')).toMatch(/^wx/);
  expect(await virtualAdapter().query(orderOf('ord_0000001'))).toBeNull();
  expect(await (await alipayAdapter()).query(orderOf('ord_0000001'))).toBeNull();
});

it('keeps its keys, its people and its secrets to itself over a restart', async () => {
  const keyNames = Object.keys(sandbox.environment).filter((name) => !/_(BASE|ENDPOINT|GATEWAY)$/.test(name));
  const before = { keys: keyNames.map(variable), certificate: await fileOf('WECHATPAY_CERT_FILE') };
  const person = await wechatAdapter().exchangeLoginCode('browser7f3a.1');

  await stop();
  await start();

  expect({ keys: keyNames.map(variable), certificate: await fileOf('WECHATPAY_CERT_FILE') }).toEqual(before);
  expect(await wechatAdapter().exchangeLoginCode('browser7f3a.2')).toMatchObject({
    openid: 'openid' in person ? person.openid : '',
  });
  for (const name of keyNames.filter((each) => each.endsWith('_FILE'))) {
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
  await (await payAdapter()).close(orderOf('ord_0000005'));

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

it('pays at Alipay’s cashier, once, and comes back with Alipay’s signed word', async () => {
  const cashier = await openAlipay('ord_0000021');

  const sheet = await ask('GET', cashier, { headers: browser });
  const action = /action="([^"]+\/pay)"/.exec(sheet.text)?.[1] ?? '';
  const paid = await ask('POST', action, { headers: browser });
  const again = await ask('POST', action, { headers: browser });
  await sandbox.alipay.notifications.idle();

  expect(sheet.text).toMatch(/支付宝[\s\S]*素衣会员 30 天[\s\S]*¥99\.00[\s\S]*确认付款[\s\S]*取消/);
  const back = new URL(paid.location ?? '');
  expect(back.origin + back.pathname + back.hash).toBe(`${app.origin}/#/orders`);
  expect(Object.fromEntries(back.searchParams)).toMatchObject({
    out_trade_no: 'ord_0000021',
    total_amount: '99.00',
    sign: expect.stringMatching(/.{300,}/),
  });
  expect(again.status).toBe(303);
  expect(sandbox.alipay.find('ord_0000021')?.tradeStatus).toBe('TRADE_SUCCESS');
  expect(notified).toEqual(['/api/payments/alipay/notify']);
  expect((await ask('GET', cashier)).text).not.toContain('确认付款');
  expect(await ask('GET', '/sandbox/alipay?trade=1')).toMatchObject({ status: 404 });
});

it('comes back with its number alone when the buyer gives up at Alipay, and takes no hostile title for markup', async () => {
  const cashier = await openAlipay('ord_0000022', '<script>alert(1)</script>');

  const sheet = await ask('GET', cashier, { headers: browser });
  const left = await ask('POST', '/sandbox/alipay/trades/ord_0000022/leave', { headers: browser });

  expect(sheet.text).not.toContain('<script>');
  expect(left).toMatchObject({ status: 303, location: `${app.origin}/#/orders?out_trade_no=ord_0000022` });
  expect(sandbox.alipay.find('ord_0000022')?.tradeStatus).toBe('WAIT_BUYER_PAY');
  expect(notified).toEqual([]);
});

it('stands in for the phone that calls requestVirtualPayment, and answers WeChat’s number when it fails', async () => {
  const wxCode = 'browser7f3a.1';
  const login = await wechatAdapter().exchangeLoginCode(wxCode);
  if (login.refused) throw new Error('refused');
  const input = orderOf('ord_0000023', { payer: login.openid, sessionKey: login.sessionKey });
  const started = await virtualAdapter().start(input);
  if (started.refused) throw new Error('refused');

  const paid = await ask('POST', '/sandbox/virtual/pay', { body: { payment: started.payment, wxCode } });
  const again = await ask('POST', '/sandbox/virtual/pay', { body: { payment: started.payment, openid: login.openid } });
  const nobody = await ask('POST', '/sandbox/virtual/pay', { body: { payment: started.payment } });
  await sandbox.wechat.push.idle();

  expect(paid).toMatchObject({ status: 200, text: expect.stringContaining('"totalFen":9900') });
  expect(again).toMatchObject({ status: 409, text: expect.stringContaining('"errCode":-15002') });
  expect(nobody).toMatchObject({ status: 400 });
  expect(notified).toEqual(['/api/wechat/push']);
  expect(await virtualAdapter().query(input)).toMatchObject({ state: 'paid', totalFen: 9_900 });
});

it('sends money back at the console, whole or in part, of each way of paying', async () => {
  await placeOrder('ord_0000024');
  await openAlipay('ord_0000025');
  await ask('POST', '/sandbox/orders/ord_0000024/pay');
  await ask('POST', '/sandbox/alipay/trades/ord_0000025/pay');

  const part = await ask('POST', '/sandbox/orders/ord_0000024/refund', { body: { fen: 900 } });
  const rest = await ask('POST', '/sandbox/orders/ord_0000024/refund');
  const tooMuch = await ask('POST', '/sandbox/orders/ord_0000024/refund', { body: { fen: 1 } });
  const noAmount = await ask('POST', '/sandbox/alipay/trades/ord_0000025/refund', { body: { fen: 0 } });
  const whole = await ask('POST', '/sandbox/alipay/trades/ord_0000025/refund');

  expect([part, rest, tooMuch, noAmount, whole].map(({ status }) => status)).toEqual([200, 200, 409, 409, 200]);
  expect(sandbox.pay.find('ord_0000024')).toMatchObject({ tradeState: 'REFUND', refundedFen: 9_900 });
  expect(sandbox.alipay.find('ord_0000025')).toMatchObject({
    tradeStatus: 'TRADE_CLOSED',
    refunds: [{ refundFen: 9_900, by: 'console', state: 'succeeded' }],
  });
  expect(await ask('POST', '/sandbox/orders/ord_nowhere/refund')).toMatchObject({ status: 404 });
  expect(await ask('POST', '/sandbox/alipay/trades/ord_0000025/refund', { headers: browser })).toMatchObject({
    status: 303,
    location: '/sandbox',
  });
});

it('lets a refund that waits end as it is told to', async () => {
  const pay = await payAdapter();
  await placeOrder('ord_0000026');
  await ask('POST', '/sandbox/orders/ord_0000026/pay');
  await ask('POST', '/sandbox/faults', { body: { vendor: 'pay', refunds: { kind: 'wait' } } });
  const input = refundOf('ord_0000026');
  await pay.refund(input);

  const abnormal = await ask('POST', '/sandbox/refunds/rfd_ord_0000026/fail');
  const seen = await pay.queryRefund(input);
  const through = await ask('POST', '/sandbox/refunds/rfd_ord_0000026/succeed');
  const again = await ask('POST', '/sandbox/refunds/rfd_ord_0000026/close');

  expect([abnormal, through, again].map(({ status }) => status)).toEqual([200, 200, 409]);
  expect(seen).toMatchObject({ state: 'abnormal' });
  expect(await pay.queryRefund(input)).toMatchObject({ state: 'succeeded' });
});

it('tells the shop what a person takes back in WeChat’s settings', async () => {
  const answer = await ask('POST', '/sandbox/wechat/people/oSandboxPerson/revoke-pictures');

  expect(answer).toMatchObject({ status: 200, text: '{"isAccepted":true}' });
  expect(notified).toEqual(['/api/wechat/push']);
  expect(sandbox.wechat.push.attempts()).toMatchObject([
    { event: 'user_authorization_revoke', subject: 'oSandboxPerson' },
  ]);
});

it('shows RunningHub’s jobs, and ends them as it is told to, once', async () => {
  const [whole, short, failed] = [await orderPoses('<b>dress</b>'), await orderPoses(), await orderPoses()];
  const deed = (job: { taskId: string }, name: string, body?: object): Promise<Answer> =>
    ask('POST', `/sandbox/runninghub/jobs/${job.taskId}/${name}`, body && { body });
  const page = await ask('GET', '/sandbox');

  const answers = [
    await deed(whole, 'silence'),
    await deed(whole, 'finish'),
    await deed(whole, 'fail'),
    await deed(whole, 'notify'),
    await deed(short, 'finish', { pictures: 7 }),
    await deed(failed, 'finish', { pictures: 13 }),
    await deed(failed, 'fail', { code: 1501 }),
    await deed({ taskId: '1' }, 'finish'),
  ];
  await sandbox.runninghub.webhooks.idle();

  expect(page.text).toMatch(/模特图任务 · 占用 3\/3 个名额[\s\S]*立即完成[\s\S]*不再回应/);
  expect(page.text).toContain('&lt;b&gt;dress&lt;/b&gt;');
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 409, 200, 200, 409, 200, 404]);
  expect(JSON.parse((await ask('GET', '/sandbox/state.json')).text)).toMatchObject({
    runninghub: {
      openJobs: 0,
      jobs: [
        { id: failed.taskId, state: 'FAILED', errorCode: 1501, pictures: 0 },
        { id: short.taskId, state: 'SUCCESS', pictures: 7 },
        { id: whole.taskId, state: 'SUCCESS', pictures: 12, coins: 1 },
      ],
    },
  });
  expect(notified).toEqual(Array.from({ length: 4 }, () => '/api/webhooks/runninghub/token'));
});

it('plans RunningHub’s mishaps, and turns every switch of it back', async () => {
  const before = JSON.parse((await ask('GET', '/sandbox/state.json')).text) as { runninghub: object };
  const wishes = [
    { refuse: 421, times: 2 },
    { fail: 805 },
    { silent: true },
    { shortOf: 7, times: 3 },
    { pictures: 'broken' },
    { expireLinks: true },
    { paceMs: 2_000 },
    { slots: 1 },
    { outage: 'status' },
    { balance: 'empty' },
    { webhooks: { kind: 'repeat', times: 3 } },
    { misbehave: { refuse: 0.05, seed: 3 } },
    { path: 'ai-app', fault: { kind: 'lost' } },
  ];
  for (const wish of wishes) {
    const body = { vendor: 'runninghub', ...wish };
    expect(await ask('POST', '/sandbox/faults', { body })).toMatchObject({ status: 200 });
  }
  const turned = await ask('GET', '/sandbox/state.json');
  await ask('DELETE', '/sandbox/faults');
  const back = await ask('GET', '/sandbox/state.json');

  expect(JSON.parse(turned.text)).toMatchObject({
    faults: [{ vendor: 'runninghub', path: 'ai-app', fault: { kind: 'lost' } }],
    runninghub: {
      slots: 1,
      paceMs: 2_000,
      mishaps: {
        refusals: [{ code: 421, times: 2, status: 200 }],
        failures: [{ code: 805, times: 1 }],
        silences: 1,
        shortages: [{ pictures: 7, times: 3 }],
        chances: { refuse: 0.05, fail: 0 },
        outage: 'status',
        isBalanceEmpty: true,
        pictures: 'broken',
      },
      webhooks: { mode: { kind: 'repeat', times: 3 } },
    },
  });
  expect(JSON.parse(back.text)).toEqual(before);
});

it('shows what people were told in WeChat, and that somebody did not agree', async () => {
  const { id, values } = JSON.parse(variable('WECHAT_TASK_TEMPLATE')) as { id: string; values: Record<string, string> };
  const { apiBase, appid, secret } = wechatAccount();
  const post = async (path: string, body: object): Promise<Record<string, unknown>> =>
    (await (await fetch(apiBase + path, { method: 'POST', body: JSON.stringify(body) })).json()) as Record<
      string,
      unknown
    >;
  const token = await post('/cgi-bin/stable_token', { grant_type: 'client_credential', appid, secret });
  const openid = sandbox.wechat.openidOf('browser7f3a.1');
  const data = { thing1: '模特图', phrase2: '已完成', time3: '2026年11月23日 21:05', thing4: '<b>12 张</b>' };
  const send = () =>
    post(`/cgi-bin/message/subscribe/send?access_token=${String(token.access_token)}`, {
      touser: openid,
      template_id: id,
      page: 'pages/task/index',
      data: Object.fromEntries(Object.entries(data).map(([name, value]) => [name, { value }])),
    });

  const sent = await send();
  await ask('POST', '/sandbox/faults', { body: { vendor: 'wechat', agreement: 'counted' } });
  const refused = await send();
  await ask('POST', `/sandbox/wechat/people/${openid}/agree`);
  const agreed = await send();

  expect(Object.keys(values)).toEqual(Object.keys(data));
  expect([sent.errcode, refused.errcode, agreed.errcode]).toEqual([0, 43101, 0]);
  expect(sandbox.wechat.messages()).toHaveLength(2);
  expect((await ask('GET', '/sandbox')).text).toMatch(/微信订阅消息[\s\S]*已完成[\s\S]*&lt;b&gt;12 张/);
  await ask('DELETE', '/sandbox/faults');
  expect(await send()).toMatchObject({ errcode: 0 });
});

it('turns the switches of money, and turns them all back', async () => {
  const before = await ask('GET', '/sandbox/state.json');
  const wishes = [
    { vendor: 'alipay', fault: { kind: 'reset' }, path: 'alipay.trade.refund' },
    { vendor: 'alipay', notifications: { kind: 'delay', ms: 5 } },
    { vendor: 'alipay', refunds: 'short' },
    { vendor: 'wechat', pushes: { kind: 'drop' } },
    { vendor: 'wechat', refunds: 'later' },
    { vendor: 'pay', refunds: { kind: 'end', as: 'ABNORMAL' } },
    { vendor: 'pay', balance: 'short' },
    { vendor: 'pay', refundSpacingMs: 60_000 },
    { vendor: 'pay', tellOfConsole: true },
    { vendor: 'pay', bill: { kind: 'creating' } },
  ];
  for (const body of wishes) expect(await ask('POST', '/sandbox/faults', { body })).toMatchObject({ status: 200 });
  const turned = await ask('GET', '/sandbox/state.json');
  await ask('DELETE', '/sandbox/faults');
  const back = await ask('GET', '/sandbox/state.json');

  expect(JSON.parse(turned.text)).toMatchObject({
    faults: [{ vendor: 'alipay', path: 'alipay.trade.refund', times: 1 }],
    alipay: { refunds: 'short', notifications: { mode: { kind: 'delay', ms: 5 } } },
    pushes: { mode: { kind: 'drop' } },
    virtual: { refunds: 'later' },
    refunds: {
      outcome: { kind: 'end', as: 'ABNORMAL', afterMs: 0 },
      balance: 'short',
      spacingMs: 60_000,
      tellsOfConsole: true,
    },
    bills: { spoilings: [{ kind: 'creating' }] },
  });
  expect(back.text).toBe(before.text);
});

it('meets Alipay’s answers alone when told to spoil one method', async () => {
  await openAlipay('ord_0000027');
  const body = { vendor: 'alipay', spoilAnswers: 'tampered', method: 'trade.query', times: 1 };
  await ask('POST', '/sandbox/faults', { body });
  const alipay = await alipayAdapter();

  expect(await alipay.queryRefund({ ...refundOf('ord_0000027'), refundNo: 'none' })).toBeNull();
  await expect(alipay.query(orderOf('ord_0000027'))).rejects.toThrow('signature');
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
  { vendor: 'alipay', refunds: { kind: 'wait' } },
  { vendor: 'alipay', notifications: { kind: 'stale' } },
  { vendor: 'pay', refunds: 'short' },
  { vendor: 'runninghub', shortOf: 13 },
  { vendor: 'runninghub', misbehave: { refuse: 5 } },
  { vendor: 'runninghub', misbehave: { explode: 1 } },
  { vendor: 'runninghub', refuse: 421, fail: 805 },
])('refuses the fault %j', async (body) => {
  expect(await ask('POST', '/sandbox/faults', { body })).toMatchObject({ status: 400 });
});
