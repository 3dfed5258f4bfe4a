import { createDecipheriv, createHash } from 'node:crypto';
import { listenOnLoopback, type Listening } from '../listen';
import { readBody } from '../read-body';
import { createPushes, type Push, type WechatPushes } from './push';

const secrets = {
  appid: 'wx0123456789abcdef',
  token: 'pushtoken',
  aesKey: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG',
};

type Received = { url: URL; text: string };

let received: Received[];
let answer: (count: number) => { status: number; text: string };
let server: Listening;
let pushes: WechatPushes;

beforeEach(async () => {
  received = [];
  answer = () => ({ status: 200, text: 'success' });
  server = await listenOnLoopback((request, response) => {
    void readBody(request, 64 * 1_024).then((body) => {
      received.push({ url: new URL(request.url ?? '', server.origin), text: body?.toString() ?? '' });
      const { status, text } = answer(received.length);
      response.writeHead(status).end(text);
    });
  });
  pushes = createPushes({ ...secrets, url: `${server.origin}/api/wechat/push`, ladderScale: 0.000_001 });
});
afterEach(async () => {
  pushes.stop();
  await pushes.idle();
  await server.stop();
});

const delivery: Push = {
  event: 'xpay_goods_deliver_notify',
  subject: 'ord_1',
  body: { OpenId: 'oBuyer', OutTradeNo: 'ord_1' },
};

const sealedIn = ({ text }: Received): string => (JSON.parse(text) as { Encrypt: string }).Encrypt;

function isSigned(one: Received): boolean {
  const value = (name: string): string => one.url.searchParams.get(name) ?? '';
  const words = [secrets.token, value('timestamp'), value('nonce'), sealedIn(one)].sort();
  return createHash('sha1').update(words.join('')).digest('hex') === value('msg_signature');
}

/** As WeChat's page says that a server should: AES-256-CBC with padding in blocks of 32. */
function open(one: Received): { message: Record<string, unknown>; appid: string } {
  const key = Buffer.from(`${secrets.aesKey}=`, 'base64');
  const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(sealedIn(one), 'base64'), decipher.final()]);
  const plain = padded.subarray(0, padded.length - (padded.at(-1) ?? 0));
  const end = 20 + plain.readUInt32BE(16);
  const message = JSON.parse(plain.subarray(20, end).toString()) as Record<string, unknown>;
  return { message, appid: plain.subarray(end).toString() };
}

async function settled(count: number): Promise<void> {
  for (let waited = 0; waited < 100 && received.length < count; waited += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
}

it('sends what a server that follows WeChat’s page can open', async () => {
  await pushes.send(delivery);

  const [first] = received;
  expect(first && isSigned(first)).toBe(true);
  expect(first && open(first)).toEqual({
    appid: secrets.appid,
    message: {
      ToUserName: expect.any(String),
      FromUserName: expect.any(String),
      CreateTime: expect.any(Number),
      MsgType: 'event',
      Event: 'xpay_goods_deliver_notify',
      OpenId: 'oBuyer',
      OutTradeNo: 'ord_1',
      RetryTimes: 0,
    },
  });
  expect(first?.url.searchParams.get('encrypt_type')).toBe('aes');
});

it('proves to itself that the address is the server’s: the echo comes back, and nothing else does', async () => {
  answer = () => ({ status: 200, text: 'success' });
  expect(await pushes.check()).toBe(false);

  answer = () => ({ status: 200, text: received.at(-1)?.url.searchParams.get('echostr') ?? '' });
  expect(await pushes.check()).toBe(true);
});

it.each([
  ['nothing', 200, '', true],
  ['success', 200, 'success', true],
  ['an ErrCode of 0', 200, '{"ErrCode":0,"ErrMsg":"success"}', true],
  ['another ErrCode', 200, '{"ErrCode":-1,"ErrMsg":"busy"}', false],
  ['other words', 200, 'ok', false],
  ['success under a 500', 500, 'success', false],
  ['something sealed for another app', 200, '{"Encrypt":"AAAA","MsgSignature":"x","TimeStamp":1,"Nonce":"1"}', false],
])('takes %s for an answer, and knows whether it is a yes', async (_, status, text, isAccepted) => {
  answer = () => ({ status, text });

  expect(await pushes.send(delivery)).toMatchObject({ status, isAccepted });
});

it('climbs WeChat’s ladder: sixteen tries of a payment in all, counted, and four of anything else', async () => {
  answer = () => ({ status: 500, text: '' });

  await pushes.send(delivery);
  await settled(16);
  expect(received.map((one) => open(one).message['RetryTimes'])).toEqual([...Array(16).keys()]);

  received = [];
  await pushes.send({ event: 'user_authorization_revoke', subject: 'oBuyer', body: { OpenID: 'oBuyer' } });
  await settled(4);
  expect(received).toHaveLength(4);
});

it('stops at the first yes, and says so once', async () => {
  let accepted = 0;
  answer = (count) => ({ status: count < 3 ? 500 : 200, text: '' });

  await pushes.send({ ...delivery, onAccepted: () => (accepted += 1) });
  await settled(3);

  expect([received.length, accepted]).toEqual([3, 1]);
  expect(pushes.attempts().map((attempt) => attempt.isAccepted)).toEqual([true, false, false]);
});

it('sends the same as often as it is told to repeat, late when it is told to wait, and not at all when it drops', async () => {
  pushes.setMode({ kind: 'repeat', times: 3 });
  await pushes.send(delivery);
  expect(received).toHaveLength(3);

  pushes.setMode({ kind: 'delay', ms: 30 });
  const late = pushes.send(delivery);
  expect(received).toHaveLength(3);
  expect(await late).toMatchObject({ isAccepted: true });

  pushes.setMode({ kind: 'drop' });
  expect(await pushes.send(delivery)).toMatchObject({ status: null, isAccepted: false });
  expect([received.length, pushes.attempts()[0]?.mode]).toEqual([4, 'drop']);
});

it.each(['forge', 'corrupt'] as const)('sends a push that no server may open: %s', async (kind) => {
  pushes.setMode({ kind });

  await pushes.send(delivery);

  expect(received.map(isSigned)).toEqual([false]);
  expect(pushes.attempts()).toMatchObject([{ mode: kind, status: 200 }]);
});

it('waits no longer than it says for an answer', async () => {
  const silent = await listenOnLoopback(() => undefined);
  const patient = createPushes({ ...secrets, url: silent.origin });

  expect(await patient.attempt(delivery, { kind: 'deliver' }, 50)).toEqual({
    status: null,
    body: null,
    isAccepted: false,
  });
  await silent.stop();
});

it('sends nothing where no address was entered', async () => {
  const none = createPushes(null);

  expect(await none.send(delivery)).toMatchObject({ status: null });
  expect([await none.check(), none.attempts()]).toEqual([false, []]);
});
