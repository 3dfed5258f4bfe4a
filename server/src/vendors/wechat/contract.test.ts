import { inspect } from 'node:util';
import { clock, minutes } from '../../lib/clock';
import { VendorUnavailable } from '../../lib/errors';
import type { Fault } from '../../sandbox/faults';
import { listenOnLoopback, type Listening } from '../../sandbox/listen';
import { readBody } from '../../sandbox/read-body';
import { createWechatSimulator, type WechatSimulator } from '../../sandbox/wechat/wechat';
import { wechatApi, type WechatSettings } from './wechat-api';

const account = { appid: 'wx0123456789abcdef', secret: 'contract-app-secret' };

let vendor: WechatSimulator;
let listening: Listening;
let asked: string[];

beforeEach(async () => {
  vendor = createWechatSimulator(account);
  asked = [];
  const answer = vendor.app.callback();
  listening = await listenOnLoopback((request, response) => {
    asked.push((request.url ?? '').split('?')[0] ?? '');
    void answer(request, response);
  });
});
afterEach(async () => {
  clock.reset();
  await listening.stop();
});

const adapter = (changes: Partial<WechatSettings> = {}) =>
  wechatApi({ ...account, apiBase: listening.origin, ...changes });
const tokenRequests = (): number => asked.filter((path) => path === '/cgi-bin/stable_token').length;
const spoil = (path: string, fault: Fault, times = 1): void => vendor.faults.plan({ path, times, fault });
const answerWith = (body: unknown): Fault => ({ kind: 'status', status: 200, body });

const failureOf = (asking: Promise<unknown>): Promise<unknown> =>
  asking.then(
    () => Promise.reject(new Error('it was answered')),
    (error: unknown) => error,
  );

describe('exchangeLoginCode', () => {
  it('knows one person by every code of theirs, and two people apart', async () => {
    const first = await adapter().exchangeLoginCode('browser7f3a.17');
    const again = await adapter().exchangeLoginCode('browser7f3a.18');
    const other = await adapter().exchangeLoginCode('browser9c11.17');

    expect(first).toMatchObject({ refused: false, openid: expect.stringMatching(/^o[\w-]{27}$/), unionid: null });
    expect(again).toMatchObject({ openid: vendor.openidOf('browser7f3a.1') });
    expect(first).toMatchObject({ openid: vendor.openidOf('browser7f3a.1') });
    expect(other).not.toMatchObject({ openid: vendor.openidOf('browser7f3a.1') });
  });

  it('brings the unionid where WeChat gives one', async () => {
    vendor.giveUnionid(true);

    expect(await adapter().exchangeLoginCode('browser7f3a.17')).toMatchObject({
      unionid: expect.stringMatching(/^o[\w-]{27}$/),
    });
  });

  it('takes an errcode of 0 for a yes', async () => {
    spoil('/sns/', answerWith({ errcode: 0, openid: 'oABC', session_key: 'k==' }));

    expect(await adapter().exchangeLoginCode('browser7f3a.17')).toEqual({
      refused: false,
      openid: 'oABC',
      unionid: null,
      sessionKey: 'k==',
    });
  });

  it('refuses a code the second time', async () => {
    await adapter().exchangeLoginCode('browser7f3a.17');

    expect(await adapter().exchangeLoginCode('browser7f3a.17')).toMatchObject({ refused: true, code: 'code_invalid' });
  });

  it.each([
    ['bad-code-1', 'code_invalid'],
    ['short', 'code_invalid'],
    ['blocked-person.1', 'user_blocked'],
  ])('refuses %s as %s', async (wxCode, code) => {
    expect(await adapter().exchangeLoginCode(wxCode)).toMatchObject({ refused: true, code });
  });

  it('refuses as too_often where WeChat says so', async () => {
    spoil('/sns/', answerWith({ errcode: 45011, errmsg: 'api minute-quota reach limit' }));

    expect(await adapter().exchangeLoginCode('browser7f3a.17')).toMatchObject({ refused: true, code: 'too_often' });
  });

  it.each<[string, Fault | null, Partial<WechatSettings>]>([
    ['a busy WeChat', answerWith({ errcode: -1, errmsg: 'system error' }), {}],
    ['a wrong secret', null, { secret: 'wrong-app-secret' }],
    ['a wrong appid', null, { appid: 'wxffffffffffffffff' }],
    ['a 502', { kind: 'status', status: 502, body: 'bad gateway' }, {}],
    ['text that is no JSON', answerWith('<html>'), {}],
    ['JSON of another shape', answerWith({ openid: 7 }), {}],
    ['silence', { kind: 'delay', ms: 1_000 }, { timeoutMs: 300 }],
    ['a connection that is reset', { kind: 'reset' }, {}],
    ['an answer that is lost', { kind: 'lost' }, {}],
    ['an answer that is cut', { kind: 'cut', afterBytes: 9 }, {}],
  ])('takes %s for no answer, and says neither secret nor code', async (_name, fault, settings) => {
    if (fault) spoil('/sns/', fault);

    const error = await failureOf(adapter(settings).exchangeLoginCode('browser7f3a.17'));

    expect(error).toBeInstanceOf(VendorUnavailable);
    expect(inspect(error, { depth: 10 })).not.toMatch(/app-secret|browser7f3a/);
  });
});

describe('exchangePhoneCode', () => {
  it('gives the bare eleven digits, once a code', async () => {
    const wechat = adapter();

    expect(await wechat.exchangePhoneCode('phone-13800138000.n1')).toEqual({ refused: false, phone: '13800138000' });
    expect(await wechat.exchangePhoneCode('phone-13800138000.n1')).toMatchObject({
      refused: true,
      code: 'code_invalid',
    });
  });

  it('refuses a number from elsewhere, and a code it does not know', async () => {
    expect(await adapter().exchangePhoneCode('phone-+852-51234567.n1')).toMatchObject({ code: 'foreign_number' });
    expect(await adapter().exchangePhoneCode('nobody-knows-me')).toMatchObject({ code: 'code_invalid' });
  });

  it('asks for one token, however many need it at once', async () => {
    const wechat = adapter();

    const answers = await Promise.all([1, 2, 3, 4].map((n) => wechat.exchangePhoneCode(`phone-1380013800${n}.n`)));

    expect(answers).toEqual([1, 2, 3, 4].map((n) => ({ refused: false, phone: `1380013800${n}` })));
    expect(tokenRequests()).toBe(1);
  });

  it('keeps its token until five minutes before the end, and takes the next one then', async () => {
    clock.freeze();
    const wechat = adapter();
    await wechat.exchangePhoneCode('phone-13800138000.n1');

    clock.advance(minutes(115) - 1);
    await wechat.exchangePhoneCode('phone-13800138000.n2');
    const before = tokenRequests();
    clock.advance(1);
    await wechat.exchangePhoneCode('phone-13800138000.n3');

    expect(before).toBe(1);
    expect(tokenRequests()).toBe(2);
  });

  it('goes on with another token when WeChat dropped the one it held', async () => {
    const wechat = adapter();
    await wechat.exchangePhoneCode('phone-13800138000.n1');
    vendor.dropTokens();

    const answers = await Promise.all(
      ['n2', 'n3'].map((nonce) => wechat.exchangePhoneCode(`phone-13800138000.${nonce}`)),
    );

    expect(answers).toEqual([1, 2].map(() => ({ refused: false, phone: '13800138000' })));
    expect(tokenRequests()).toBe(2);
  });

  it.each([40001, 42001])(
    'forces a new token, once, when %d meets the token that WeChat would give again',
    async (errcode) => {
      const wechat = adapter();
      spoil('/wxa/', answerWith({ errcode, errmsg: 'invalid credential' }));

      expect(await wechat.exchangePhoneCode('phone-13800138000.n1')).toEqual({ refused: false, phone: '13800138000' });
      expect(tokenRequests()).toBe(3); // The first, the same again, the forced one.
    },
  );

  it('gives up when the forced token is turned down as well', async () => {
    spoil('/wxa/', answerWith({ errcode: 40001, errmsg: 'invalid credential' }), 2);

    expect(await failureOf(adapter().exchangePhoneCode('phone-13800138000.n1'))).toBeInstanceOf(VendorUnavailable);
    expect(tokenRequests()).toBe(3);
  });

  it('gives up when WeChat lets no token be forced again so soon', async () => {
    const wechat = adapter();
    spoil('/wxa/', answerWith({ errcode: 40001, errmsg: 'invalid credential' }));
    await wechat.exchangePhoneCode('phone-13800138000.n1');
    spoil('/wxa/', answerWith({ errcode: 40001, errmsg: 'invalid credential' }));

    const error = await failureOf(wechat.exchangePhoneCode('phone-13800138000.n2'));

    expect(error).toEqual(new VendorUnavailable('wechat', 'gave no token: 45011'));
  });

  it.each<[string, string, Fault]>([
    ['no token', '/cgi-bin/', answerWith({ errcode: 40164, errmsg: 'invalid ip' })],
    ['a 500 for the token', '/cgi-bin/', { kind: 'status', status: 500 }],
    ['a busy WeChat', '/wxa/', answerWith({ errcode: -1, errmsg: 'system error' })],
    ['a number of another shape', '/wxa/', answerWith({ phone_info: { purePhoneNumber: '12', countryCode: '86' } })],
    ['an answer that is cut', '/wxa/', { kind: 'cut', afterBytes: 9 }],
  ])('takes %s for no answer, tells no secret, and works again after it', async (_name, path, fault) => {
    const wechat = adapter();
    spoil(path, fault);

    const error = await failureOf(wechat.exchangePhoneCode('phone-13800138000.n1'));

    expect(error).toBeInstanceOf(VendorUnavailable);
    expect(inspect(error, { depth: 10 })).not.toMatch(/app-secret|13800138000/);
    expect(await wechat.exchangePhoneCode('phone-13800138000.n2')).toMatchObject({ refused: false });
  });
});

describe('sendSubscribed', () => {
  const path = '/cgi-bin/message/subscribe/send';
  const message = {
    openid: 'oABCDEFGHIJKLMNOPQRSTUVWXYZ0',
    templateId: 'template-of-finished-tasks',
    page: 'pages/task/task?id=task-1',
    values: { thing1: '模特图十二连拍', phrase2: '已完成' },
  };
  const isSent = { errcode: 0, errmsg: 'ok', msgid: 4093 };

  type Sent = { query: URLSearchParams; contentType: string | undefined; body: unknown };

  /** WeChat as far as this call goes: it says these things one after the other, and keeps what was sent. */
  async function scripted(...replies: object[]): Promise<{ server: Listening; sent: Sent[] }> {
    const sent: Sent[] = [];
    let tokens = 0;
    const server = await listenOnLoopback((request, response) => {
      void readBody(request, 16 * 1024).then((bytes) => {
        const url = new URL(request.url ?? '', 'http://wechat');
        if (url.pathname === '/cgi-bin/stable_token') {
          tokens += 1;
          response.end(JSON.stringify({ access_token: `token/${tokens}+`, expires_in: 7200 }));
          return;
        }
        const isKnown = request.method === 'POST' && url.pathname === path;
        const body: unknown = JSON.parse(String(bytes));
        sent.push({ query: url.searchParams, contentType: request.headers['content-type'], body });
        response.writeHead(isKnown ? 200 : 404).end(JSON.stringify(replies[sent.length - 1] ?? {}));
      });
    });
    return { server, sent };
  }

  it('sends the words in the form that WeChat wants, with the token in the query', async () => {
    const { server, sent } = await scripted(isSent);

    expect(await adapter({ apiBase: server.origin }).sendSubscribed(message)).toEqual({ refused: false });

    expect(sent).toHaveLength(1);
    expect([...sent[0]!.query]).toEqual([['access_token', 'token/1+']]);
    expect(sent[0]).toMatchObject({ contentType: 'application/json' });
    expect(sent[0]!.body).toEqual({
      touser: message.openid,
      template_id: message.templateId,
      page: message.page,
      miniprogram_state: 'formal',
      lang: 'zh_CN',
      data: { thing1: { value: '模特图十二连拍' }, phrase2: { value: '已完成' } },
    });
    await server.stop();
  });

  it('sends it again with another token when WeChat dropped the one it held', async () => {
    const { server, sent } = await scripted({ errcode: 42001, errmsg: 'access_token expired' }, isSent);

    expect(await adapter({ apiBase: server.origin }).sendSubscribed(message)).toEqual({ refused: false });

    expect(sent.map(({ query }) => query.get('access_token'))).toEqual(['token/1+', 'token/2+']);
    await server.stop();
  });

  it.each([
    [43101, 'not_subscribed'],
    [43107, 'not_subscribed'],
    [43108, 'too_often'],
    [45009, 'too_often'],
    [45011, 'too_often'],
    [40003, 'configuration'],
    [40037, 'configuration'],
    [41030, 'configuration'],
    [45168, 'configuration'],
    [47003, 'configuration'],
  ])('takes %d for a clear no: %s', async (errcode, code) => {
    spoil(path, answerWith({ errcode, errmsg: `no, ${message.openid} hint: [abc]` }));

    expect(await adapter().sendSubscribed(message)).toEqual({ refused: true, code, reason: `errcode ${errcode}` });
  });

  it.each<[string, Fault, Partial<WechatSettings>]>([
    ['a busy WeChat', answerWith({ errcode: -1, errmsg: 'system error' }), {}],
    ['a no that it does not know', answerWith({ errcode: 48001, errmsg: 'api unauthorized' }), {}],
    ['a no that belongs to another call', answerWith({ errcode: 40029, errmsg: 'invalid code' }), {}],
    ['JSON that says neither yes nor no', answerWith({}), {}],
    ['a 502', { kind: 'status', status: 502, body: 'bad gateway' }, {}],
    ['silence', { kind: 'delay', ms: 1_000 }, { timeoutMs: 300 }],
    ['an answer that is lost', { kind: 'lost' }, {}],
  ])('takes %s for no answer, and says neither to whom nor what', async (_name, fault, settings) => {
    spoil(path, fault);

    const error = await failureOf(adapter(settings).sendSubscribed(message));

    expect(error).toBeInstanceOf(VendorUnavailable);
    expect(inspect(error, { depth: 10 })).not.toMatch(/oABCDEFG|template-of|模特图|access_token=/);
  });
});
