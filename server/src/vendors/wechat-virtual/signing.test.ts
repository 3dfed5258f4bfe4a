import { paySignature, userSignature } from './signing';

// Published by WeChat with its page about virtual payment (虚拟支付), in the script that explains the signatures.
const published = {
  path: '/xpay/query_user_balance',
  body: '{"openid": "xxx", "user_ip": "127.0.0.1", "env": 0}',
  appKey: '12345',
  paySig: 'c37809f27c6d7fd1837ad2500a04512b66b34fd793a39a385fade56dca89a4b5',
  sessionKey: '9hAb/NEYUlkaMBEsmFgzig==',
  signature: '089d9e8dc5d308977360c4b79ec600a93d736802802a807d634192328032f6c7',
};

it('signs WeChat’s published example as the merchant', () => {
  expect(paySignature(published.appKey, published.path, published.body)).toBe(published.paySig);
});

it('signs WeChat’s published example as the buyer', () => {
  expect(userSignature(published.sessionKey, published.body)).toBe(published.signature);
});

// From WeChat's page about signatures with the login key (开放数据校验与解密).
it('signs as the buyer what WeChat’s page about login keys shows', () => {
  expect(userSignature('o0q0otL8aEzpcZL/FT9WsQ==', '{"foo":"bar"}')).toBe(
    '654571f79995b2ce1e149e53c0a33dc39c0a74090db514261454e8dbe432aa0b',
  );
});
