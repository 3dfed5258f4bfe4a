import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { VirtualPayment } from '@suyi/shared-types';
import { listenOnLoopback, type Listening } from '../../src/sandbox/listen';
import { readBody } from '../../src/sandbox/read-body';
import { drawGarmentPhoto } from '../draw';
import { useLiveServer } from '../live-server';
import { newPhone } from '../make';
import { call, sendFile, type Answer } from '../request';
import type { World } from '../world';

/*
 * A day in the life of the server, good and bad, at the level of logging that says most. Then all that it wrote is looked
 * through for everything that was secret or personal in that day.
 */

const mine = {
  JWT_SECRET: 'log-scan-jwt-secret-7c1f0e5b2a9d4638',
  JWT_SECRET_PREVIOUS: 'log-scan-previous-secret-0a1b2c3d4e5f6',
  CODE_SECRET: 'log-scan-code-secret-91ab47de03f256c8',
  URL_SECRET: 'log-scan-url-secret-5de2b8f4c6a1709364',
  ADMIN_USERNAME: 'keeper',
  ADMIN_PASSWORD: 'log-scan-admin-password',
  METRICS_TOKEN: 'log-scan-metrics-token-3b7e9d1f5a2c8046',
};

/** What WeChat told the server, by what it called it. */
const heard = new Map<string, Set<string>>();
let wechatTap: Listening;

beforeAll(async () => {
  wechatTap = await listenOnLoopback((request, response) => {
    void (async () => {
      const body = await readBody(request, 1_000_000);
      const answer = await fetch(new URL(request.url ?? '/', live.sandbox.environment.WECHAT_API_BASE), {
        method: request.method ?? 'GET',
        headers: { 'content-type': request.headers['content-type'] ?? 'application/json' },
        ...(body?.length && { body: new Uint8Array(body) }),
      });
      const text = await answer.text();
      JSON.parse(text || '{}', (name, value: unknown) => {
        if (typeof value === 'string') heard.set(name, new Set(heard.get(name)).add(value));
        return value;
      });
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
    })().catch(() => response.destroy());
  });
});
afterAll(() => wechatTap.stop());

const live = useLiveServer(() => ({
  ...mine,
  LOG_LEVEL: 'trace',
  PAYMENT_CHANNELS: 'wechat_jsapi,wechat_virtual,alipay_wap',
  RUNNINGHUB_CONCURRENCY: '3',
  IMAGING_PROCESSES: '1',
  SMS_PER_IP_HOUR: '1000',
  WECHAT_API_BASE: wechatTap.origin,
}));

const world = live as unknown as World;
const secrets = new Map<string, string>();
const note = (name: string, ...values: unknown[]): void => {
  for (const value of values) if (typeof value === 'string' && value.length >= 6) secrets.set(value, name);
};

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let n = 0; n < 600; n += 1) {
    if (await isSo()) return;
    await sleep(100);
  }
  throw new Error('it did not come to pass');
}

type Caller = { token: string; phone: string; person: string };
let serial = 0;
const wxCode = (person: string): string => {
  const code = `${person}.${(serial += 1)}`;
  note('a login code of WeChat', code);
  return code;
};

/** In by SMS with WeChat bound, after every way of not getting in. */
async function logIn(): Promise<Caller> {
  const { sms, wechat } = live.sandbox;
  const phone = newPhone();
  const person = 'secretlyloggedin';
  note('a phone', phone);
  wechat.giveUnionid(true);
  const send = () =>
    call(world, 'POST', '/api/auth/send-code', { body: { phone }, headers: { 'x-device-id': 'one-secret-device' } });
  note('a device', 'one-secret-device');

  sms.faults.plan({ path: '/', fault: { kind: 'status', status: 500 }, times: 1 });
  await send();
  sms.faults.plan({ path: '/', fault: { kind: 'lost' }, times: 1 });
  await send();
  await send();
  const code = sms.latestCode(phone);
  note('a code', code);
  await call(world, 'POST', '/api/auth/login', { body: { phone, code: '000000' } });
  await call(world, 'POST', '/api/auth/login', { body: { phone, code, more: 'than is asked' } });
  await call(world, 'POST', '/api/auth/login', { body: `{"phone":"${phone}","code":"${code}"` });
  wechat.faults.plan({ path: '/', fault: { kind: 'reset' }, times: 1 });
  await call(world, 'POST', '/api/auth/wechat', { body: { wxCode: wxCode(person) } });
  const session = await call(world, 'POST', '/api/auth/login', { body: { phone, code, wxCode: wxCode(person) } });
  expect(session.status).toBe(200);
  await call(world, 'POST', '/api/auth/login', { body: { phone, code } });

  const second = newPhone();
  const phoneCode = `phone-${second}.once`;
  note('a phone', second);
  note('a phone code of WeChat', phoneCode);
  const wechatOnly = { wxCode: wxCode('anothersecretperson'), phoneCode };
  const other = await call(world, 'POST', '/api/auth/wechat', { body: wechatOnly });
  const token = String(session.body.token);
  note('a token', token, other.body.token, token.split('.')[2]);
  // Ten at once: the database itself says no to some, with the values in its words.
  await Promise.all(
    Array.from({ length: 10 }, () =>
      call(world, 'POST', '/api/auth/wechat', { body: { wxCode: wxCode('manyatonce') } }),
    ),
  );
  await call(world, 'GET', `/api/tasks?token=${token}&phone=${phone}`, { token });
  await call(world, 'GET', '/api/tasks', { token: `${token.slice(0, -3)}AAA` });
  return { token, phone, person };
}

async function open({ token, person }: Caller, channel: string): Promise<Answer> {
  const body = { planId: 'monthly', channel, ...(channel !== 'alipay_wap' && { wxCode: wxCode(person) }) };
  const opened = await call(world, 'POST', '/api/membership/orders', { token, body });
  const payment = (opened.body.payment ?? {}) as Record<string, unknown>;
  note('what the phone pays with', payment.paySign, payment.signature, payment.paySig, payment.url);
  return opened;
}

async function buy(caller: Caller): Promise<void> {
  const { pay, alipay, wechat } = live.sandbox;
  const paid = async (id: string): Promise<void> =>
    until(async () => {
      const asked = await call(world, 'POST', `/api/membership/orders/${id}/confirm`, { token: caller.token });
      return asked.body.status === 'paid';
    });
  const idOf = ({ body }: Answer): string => (body.order as { id: string }).id;

  pay.faults.plan({ path: '/v3/pay', fault: { kind: 'status', status: 500 }, times: 1 });
  await open(caller, 'wechat_jsapi');
  const jsapi = idOf(await open(caller, 'wechat_jsapi'));
  pay.notifications.setMode({ kind: 'corrupt' });
  await pay.pay(jsapi);
  await paid(jsapi);
  for (const kind of ['forge', 'stale', 'deliver'] as const) {
    pay.notifications.setMode({ kind });
    await pay.notifications.resend(jsapi);
  }

  const virtual = await open(caller, 'wechat_virtual');
  await wechat.virtual.pay(virtual.body.payment as VirtualPayment, wechat.openidOf(`${caller.person}.0`));
  await paid(idOf(virtual));

  alipay.faults.plan({ path: '/', fault: { kind: 'reset' }, times: 1 });
  const wap = await open(caller, 'alipay_wap');
  await fetch((wap.body.payment as { url: string }).url, { redirect: 'manual' }).catch(() => null);
  await fetch((wap.body.payment as { url: string }).url, { redirect: 'manual' });
  alipay.notifications.setMode({ kind: 'deliver' });
  await alipay.pay(idOf(wap));
  await paid(idOf(wap));
  alipay.notifications.setMode({ kind: 'corrupt' });
  await alipay.notifications.resend(idOf(wap));

  const refund = await live.command('refund', [jsapi, '--yuan', '9.90', '--reason', '测试', '--by', 'me', '--yes']);
  commandOutput += refund.output;
}

let commandOutput = '';

async function photograph(token: string): Promise<string> {
  const photo = await drawGarmentPhoto({ width: 480, height: 640 });
  const body = { contentType: 'image/jpeg', byteLength: photo.length };
  const ticket = await call(world, 'POST', '/api/media/uploads', { token, body });
  const { fields } = ticket.body.upload as { fields: Record<string, string> };
  note('an upload ticket', fields.policy, fields.signature);
  await sendFile(world, ticket.body, photo);
  const spoilt = { upload: { ...(ticket.body.upload as object), fields: { ...fields, key: 'input/somebody/else' } } };
  await sendFile(world, spoilt, photo);
  const mediaId = String(ticket.body.mediaId);
  const done = await call(world, 'POST', `/api/media/uploads/${mediaId}/complete`, { token });
  await look(String(done.body.url));
  return mediaId;
}

/** The picture, and the picture with the signature spoilt. */
async function look(url: string): Promise<void> {
  const link = new URL(url, live.origin);
  note('a signed link', link.searchParams.get('s'));
  await (await fetch(link)).arrayBuffer();
  link.pathname += 'x';
  await (await fetch(link)).arrayBuffer();
}

async function work({ token }: Caller): Promise<void> {
  const { runninghub } = live.sandbox;
  runninghub.setPaceMs(200);
  const ended = async (id: string): Promise<Record<string, unknown>> => {
    let task: Record<string, unknown> = {};
    await until(async () => {
      task = (await call(world, 'GET', `/api/tasks/${id}`, { token })).body;
      return task.finishedAt !== null;
    });
    return task;
  };
  const order = async (type: string, params: object, headers = {}): Promise<string> => {
    const body = { type, mediaId: await photograph(token), params };
    return String((await call(world, 'POST', '/api/tasks', { token, body, headers })).body.id);
  };

  const cleaned = await ended(await order('basic_clean', {}, { prefer: 'wait=20' }));
  for (const { url } of cleaned.results as { url: string }[]) await look(url);
  runninghub.faults.plan({ path: 'upload', fault: { kind: 'status', status: 500 }, times: 1 });
  const posed = await ended(await order('model_pose12', { scene: 'beach', category: 'dress', shouldNotify: true }));
  expect(posed.status).toBe('succeeded');
  for (const job of runninghub.jobs()) {
    note('a prompt', job.prompt);
    note('a webhook’s address', job.webhookUrl, job.webhookUrl?.split('.').at(-1));
    const path = new URL(job.webhookUrl ?? '').pathname;
    await call(world, 'POST', path, { body: { taskId: job.id } });
    await call(world, 'POST', path.slice(0, -2), { body: { taskId: job.id } });
  }
  await until(() => live.sandbox.wechat.messages().length > 0);
}

async function keepShop({ phone }: Caller): Promise<void> {
  const { ADMIN_USERNAME: username, ADMIN_PASSWORD: password } = mine;
  await call(world, 'POST', '/api/admin/login', { body: { username, password: 'a-wrong-admin-password' } });
  note('a password', 'a-wrong-admin-password');
  const session = await call(world, 'POST', '/api/admin/login', { body: { username, password } });
  const token = String(session.body.token);
  note('an admin’s token', token);
  const form = new URLSearchParams({ username, password });
  const page = await fetch(`${live.origin}/admin/login`, { method: 'POST', body: form, redirect: 'manual' });
  note('an admin’s cookie', /=([0-9a-f]{64})/.exec(page.headers.get('set-cookie') ?? '')?.[1]);
  await call(world, 'POST', '/api/admin/search', { token, body: { q: phone } });
  await (await fetch(`${live.origin}/api/admin/users.csv`, { headers: { authorization: `Bearer ${token}` } })).text();
  for (const given of [mine.METRICS_TOKEN, 'a-wrong-metrics-token'])
    await (await fetch(`${live.origin}/metrics`, { headers: { authorization: `Bearer ${given}` } })).text();
  note('a metrics token', 'a-wrong-metrics-token');
}

async function pushAndGo({ token, person, phone }: Caller): Promise<void> {
  const openid = live.sandbox.wechat.openidOf(`${person}.0`);
  await live.sandbox.wechat.sendEvent('user_enter_tempsession', { OpenID: openid, Content: phone });
  await live.sandbox.wechat.sendEvent('user_authorization_revoke', { OpenID: openid, RevokeInfo: '14' });
  await call(world, 'POST', '/api/wechat/push?signature=x&timestamp=1&nonce=2&msg_signature=3', {
    body: { Encrypt: openid },
  });
  await call(world, 'DELETE', '/api/auth/me', { token });
}

/** What the server was started with and must keep to itself: settings, and what its key files hold. */
function noteSettings(): void {
  const settings: Record<string, string> = { ...live.sandbox.environment, ...mine };
  for (const [name, value] of Object.entries(settings)) {
    if (/_KEY_FILE$/.test(name) && !name.includes('PUBLIC')) note(name, ...keyLines(value));
    else if (/SECRET|_KEY$|TOKEN|PASSWORD/.test(name)) note(name, value);
  }
  const databasePassword = new URL(process.env.SUYI_TEST_MYSQL ?? 'mysql://none').password;
  note('the database’s password', databasePassword);
}

const keyLines = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.length > 40);

it('writes nothing secret and nobody’s name into its log, whatever happens', async () => {
  const caller = await logIn();
  await buy(caller);
  await work(caller);
  await keepShop(caller);
  await pushAndGo(caller);
  noteSettings();
  for (const [name, values] of heard) {
    if (/^(openid|unionid|session_key|access_token|phoneNumber|purePhoneNumber)$/i.test(name))
      note(`${name} of WeChat`, ...values);
  }
  await live.stopAndRestart();
  const output = live.output() + commandOutput;

  // There is something to look through, of every kind, and something to look for.
  expect(output.split('\n').length).toBeGreaterThan(150);
  for (const words of ['"level":"debug"', 'vendor call', '"level":"warn"', 'order paid', 'an admin log-in was refused'])
    expect(output).toContain(words);
  const kinds = new Set(secrets.values());
  expect([...kinds]).toEqual(
    expect.arrayContaining([
      ...['a phone', 'a code', 'a token', 'a prompt', 'a signed link', 'an upload ticket', 'an admin’s cookie'],
      ...['openid of WeChat', 'unionid of WeChat', 'session_key of WeChat', 'access_token of WeChat'],
      ...['what the phone pays with', 'a webhook’s address', 'JWT_SECRET', 'WECHATPAY_PRIVATE_KEY_FILE'],
      ...['WECHATPAY_API_V3_KEY', 'TENCENT_SECRET_KEY', 'RUNNINGHUB_API_KEY', 'WECHAT_PUSH_AES_KEY', 'WECHAT_SECRET'],
    ]),
  );
  const found = [...secrets].flatMap(([value, name]) =>
    linesWith(output, value).map((line) => `${name}: ${line.replaceAll(value, '***').slice(0, 300)}`),
  );
  expect(found).toEqual([]);
}, 180_000);

/** A code of six digits may stand inside a longer number by chance. */
function linesWith(output: string, value: string): string[] {
  const isNumber = /^\d+$/.test(value);
  const holds = (line: string): boolean =>
    isNumber
      ? new RegExp(`(?<![\\d.])${value}(?!\\d)`).test(line)
      : line.includes(value) || line.includes(encodeURIComponent(value));
  return output.split('\n').filter(holds).slice(0, 3);
}
