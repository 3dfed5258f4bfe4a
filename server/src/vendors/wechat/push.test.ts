import { createCipheriv, randomBytes } from 'node:crypto';
import { clock, hours } from '../../lib/clock';
import { openAnswer, sealPush } from '../../sandbox/wechat/push-cipher';
import { PushRejected, type PushQuery } from './port';
import { wechatPushCipher } from './push';
import { isSignatureOf, keyOf, openMessage, sealMessage, signatureOf } from './push-cipher';

// Published by WeChat on its page about the message push (消息推送), down to the last byte.
const published = {
  settings: { appid: 'wxba5fad812f8e6fb9', token: 'AAAAA', aesKey: 'A'.repeat(43) },
  check: {
    signature: 'f464b24fc39322e44b38aa78f5edd27bd1441696',
    timestamp: '1714036504',
    nonce: '1514711492',
    echostr: '4375120948345356249',
  },
  plain: { signature: '899cf89e464efb63f54ddac96b0a0a235f53aa78', timestamp: '1714037059', nonce: '486452656' },
  push: {
    signature: '6c5c811b55cc85e0e1b54100749188c20beb3f5d',
    timestamp: '1714112445',
    nonce: '415670741',
    openid: 'o9AgO5Kd5ggOC-bXrbNODIiE3bGY',
    encrypt_type: 'aes',
    msg_signature: '046e02f8204d34f8ba5fa3b1db94908f3df2e9b3',
  },
  sealed:
    '+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8X' +
    'GT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIj' +
    'df8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04=',
  message: {
    ToUserName: 'gh_97417a04a28d',
    FromUserName: 'o9AgO5Kd5ggOC-bXrbNODIiE3bGY',
    CreateTime: 1714112445,
    MsgType: 'event',
    Event: 'debug_demo',
    debug_str: 'hello world',
  },
  reply: {
    text: '{"demo_resp":"good luck"}',
    random: '707722b803182950',
    timestamp: '1713424427',
    sealed: 'ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==',
    signature: '1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1',
  },
};

// The vector of WeChat's own sample code, as it stands in many libraries: WxJava, WxCryptUtilTest.
const classic = {
  appid: 'wxb11529c136998cb6',
  key: keyOf('abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'),
  random: 'aaaabbbbccccdddd',
  text: '我是中文abcd123',
  sealed: 'jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg==',
};

const ours = {
  appid: 'wx0123456789abcdef',
  token: 'pushtoken',
  aesKey: randomBytes(32).toString('base64').slice(0, 43),
};
const port = wechatPushCipher(ours);

afterEach(() => clock.reset());

const body = (sealed: string): Buffer =>
  Buffer.from(JSON.stringify({ ToUserName: 'gh_97417a04a28d', Encrypt: sealed }));

function pushed(message: Record<string, unknown>, secrets = ours): [PushQuery, Buffer] {
  const { query, body: text } = sealPush({ MsgType: 'event', ...message }, secrets);
  return [Object.fromEntries(query), Buffer.from(text)];
}

/** Signed as WeChat signs, over something that WeChat would not seal. */
function signed(plain: Buffer): [PushQuery, Buffer] {
  const key = keyOf(ours.aesKey);
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]).toString('base64');
  const signature = signatureOf([ours.token, '1714112445', '415670741', sealed]);
  return [{ timestamp: '1714112445', nonce: '415670741', msg_signature: signature }, body(sealed)];
}

function rejection(open: () => unknown): unknown {
  try {
    open();
  } catch (error) {
    return error instanceof PushRejected ? error.reason : error;
  }
  return 'it was opened';
}

describe('WeChat’s published sample', () => {
  const wechat = wechatPushCipher(published.settings);

  it('answers the check of the address with its echo, and nobody else’s check', () => {
    expect(wechat.answerCheck(published.check)).toBe('4375120948345356249');
    expect(wechat.answerCheck({ ...published.check, nonce: '1514711493' })).toBeNull();
    expect(wechat.answerCheck({ ...published.check, signature: undefined })).toBeNull();
    expect(wechat.answerCheck({ ...published.check, echostr: undefined })).toBeNull();
    expect(port.answerCheck(published.check)).toBeNull();
  });

  it('opens the push', () => {
    expect(wechat.open(published.push, body(published.sealed))).toEqual({
      key: expect.stringMatching(/^debug_demo:[0-9a-f]{64}$/),
      event: 'debug_demo',
      openid: null,
      body: published.message,
    });
  });

  it('seals and signs the answer as WeChat does', () => {
    const { text, random, sealed, signature, timestamp } = published.reply;
    const { appid, token, aesKey } = published.settings;

    expect(sealMessage(Buffer.from(text), keyOf(aesKey), appid, Buffer.from(random))).toBe(sealed);
    expect(signatureOf([token, timestamp, published.push.nonce, sealed])).toBe(signature);
  });

  it('refuses the push in plain text, though its signature is genuine', () => {
    const { signature, timestamp, nonce } = published.plain;
    expect(isSignatureOf(['AAAAA', timestamp, nonce], signature)).toBe(true);

    const text = Buffer.from(JSON.stringify(published.message));

    expect(rejection(() => wechat.open(published.plain, text))).toBe('body');
  });

  it('opens and seals the vector of WeChat’s sample code', () => {
    const { appid, key, random, text, sealed } = classic;

    expect(openMessage(sealed, key, appid).toString()).toBe(text);
    expect(sealMessage(Buffer.from(text), key, appid, Buffer.from(random))).toBe(sealed);
  });
});

describe('what is refused', () => {
  it('every push of which one character of the sealed text was changed', () => {
    const wechat = wechatPushCipher(published.settings);

    for (let at = 0; at < published.sealed.length; at += 1) {
      const other = published.sealed[at] === 'A' ? 'B' : 'A';
      const changed = published.sealed.slice(0, at) + other + published.sealed.slice(at + 1);
      expect(rejection(() => wechat.open(published.push, body(changed)))).toBe('signature');
    }
  });

  it.each(['timestamp', 'nonce', 'msg_signature'])('a push whose %s is missing or another', (name) => {
    const [query, text] = pushed({ Event: 'debug_demo' });

    expect(rejection(() => port.open({ ...query, [name]: undefined }, text))).toBe('signature');
    expect(rejection(() => port.open({ ...query, [name]: '1714112445' }, text))).toBe('signature');
  });

  it('a push that only the signature of the plain mode stands for', () => {
    const [query, text] = pushed({ Event: 'debug_demo' });

    expect(rejection(() => port.open({ ...query, msg_signature: query['signature'] }, text))).toBe('signature');
  });

  it.each([
    ['another token', { ...ours, token: 'anothertoken' }, 'signature'],
    ['another app', { ...ours, appid: 'wxffffffffffffffff' }, 'appid'],
    ['another app whose name begins with ours', { ...ours, appid: `${ours.appid}0` }, 'appid'],
    ['another key', { ...ours, aesKey: 'B'.repeat(43) }, 'cipher'],
  ])('a push under %s', (_, secrets, reason) => {
    const [query, text] = pushed({ Event: 'debug_demo', filler: 'x'.repeat(100) }, secrets);

    expect(rejection(() => port.open(query, text))).toBe(reason);
  });

  const head = (length: number): Buffer => {
    const bytes = Buffer.alloc(20);
    bytes.writeUInt32BE(length, 16);
    return bytes;
  };
  const whole = Buffer.concat([head(2), Buffer.from('{}'), Buffer.from(ours.appid)]); // 40 bytes, so 24 are missing.
  const padded = (padding: number[]): Buffer => Buffer.concat([whole, Buffer.from(padding)]);
  const right = Array.from({ length: 24 }, () => 24);

  it.each<[string, Buffer, string]>([
    ['no padding', padded([...right.slice(0, 23), 0]), 'cipher'],
    ['more padding than a block', Buffer.concat([Buffer.alloc(31), Buffer.alloc(33, 33)]), 'cipher'],
    ['a padding of which one byte differs', padded([25, ...right.slice(1)]), 'cipher'],
    ['a padding in blocks of sixteen', Buffer.concat([whole, Buffer.alloc(8, 8)]), 'cipher'],
    ['nothing before the padding', Buffer.alloc(32, 32), 'cipher'],
    ['less than a length before the padding', Buffer.alloc(32, 13), 'cipher'],
    ['a length beyond the end', Buffer.concat([head(999), Buffer.alloc(12, 12)]), 'cipher'],
    ['a length that ends within the app', Buffer.concat([head(3), whole.subarray(20), Buffer.alloc(24, 24)]), 'appid'],
    ['no JSON inside', Buffer.concat([head(0), Buffer.from(ours.appid), Buffer.alloc(26, 26)]), 'body'],
    ['JSON that is no message', padded(right), 'body'],
  ])('a push with %s', (_, plain, reason) => {
    expect(rejection(() => port.open(...signed(plain)))).toBe(reason);
  });

  it.each(['', '{}', '[]', 'null', '{"Encrypt":""}', '{"Encrypt":7}', '<xml><Encrypt>AAAA</Encrypt></xml>'])(
    'a body of %j',
    (text) => {
      const [query] = pushed({ Event: 'debug_demo' });

      expect(rejection(() => port.open(query, Buffer.from(text)))).toBe('body');
    },
  );

  it('XML, in words that tell the operator what to choose', () => {
    const [query] = pushed({ Event: 'debug_demo' });

    expect(() => port.open(query, Buffer.from('<xml></xml>'))).toThrow('choose JSON');
  });
});

describe('one message', () => {
  const delivery = {
    Event: 'xpay_goods_deliver_notify',
    OpenId: 'oBuyer',
    OutTradeNo: 'ord_1',
    CreateTime: 1,
    RetryTimes: 0,
  };
  const revoke = { Event: 'user_authorization_revoke', OpenID: 'oBuyer', RevokeInfo: '8', CreateTime: 1 };
  const keyOfPush = (message: Record<string, unknown>): string => port.open(...pushed(message)).key;

  it('is known by its key at every repeat, however a payment’s is dated and counted', () => {
    expect(keyOfPush({ ...delivery, CreateTime: 9, RetryTimes: 3 })).toBe(keyOfPush(delivery));
    expect(keyOfPush({ ...revoke })).toBe(keyOfPush(revoke));
    expect(keyOfPush({ ...delivery, Event: `xpay_${'x'.repeat(300)}` }).length).toBeLessThanOrEqual(190);
  });

  it('is another one for another order, and for a consent that is withdrawn a second time', () => {
    expect(keyOfPush({ ...delivery, OutTradeNo: 'ord_2' })).not.toBe(keyOfPush(delivery));
    expect(keyOfPush({ ...revoke, CreateTime: 9 })).not.toBe(keyOfPush(revoke));
  });

  it('is taken whenever it comes: WeChat knows no time after which it is too old', () => {
    const [query, text] = pushed(delivery);

    clock.advance(hours(9));

    expect(port.open(query, text)).toMatchObject({ event: 'xpay_goods_deliver_notify' });
  });

  it.each([
    ['a payment', delivery, 'xpay_goods_deliver_notify', 'oBuyer'],
    ['a withdrawn consent', revoke, 'user_authorization_revoke', 'oBuyer'],
    ['a customer’s words', { MsgType: 'text', FromUserName: 'oBuyer', Content: '你好' }, 'text', 'oBuyer'],
    ['an event of nobody', { Event: 'wxa_punish_event', FromUserName: 'oWechat' }, 'wxa_punish_event', null],
    ['an event without a name', { FromUserName: 'oWechat' }, 'event', null],
  ])('tells what and whom it is about: %s', (_, message, event, openid) => {
    expect(port.open(...pushed(message))).toMatchObject({ event, openid, body: message });
  });
});

describe('seal', () => {
  it('is opened by WeChat, with the nonce of the message where it is known', () => {
    const decision = { result_code: 1, result_info: '已使用', evidence: '用了 30 次' };

    const sealed = port.seal(decision, '415670741');

    expect(openAnswer(sealed, ours)).toEqual(decision);
    expect(JSON.parse(sealed)).toMatchObject({ Nonce: '415670741', TimeStamp: expect.any(Number) });
    expect(openAnswer(port.seal(decision), ours)).toEqual(decision);
    expect(sealed).not.toContain('evidence');
  });

  it('never says the same in the same bytes', () => {
    expect(port.seal({ a: 1 }, '1')).not.toBe(port.seal({ a: 1 }, '1'));
  });
});

it('takes no key of another length', () => {
  expect(() => wechatPushCipher({ ...ours, aesKey: 'A'.repeat(42) })).toThrow('43 characters');
});
