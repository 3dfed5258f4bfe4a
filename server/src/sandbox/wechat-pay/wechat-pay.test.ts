import { appid, mchid, merchantsProvider, useMerchant, type Sent } from '../../../test/merchant';
import { clock, hours, minutes, seconds } from '../../lib/clock';
import { listenOnLoopback } from '../listen';

const shop = useMerchant();
const { send, authorize } = shop;

const request = () => ({
  appid,
  mchid,
  description: '素衣会员',
  out_trade_no: 'ord_0001',
  notify_url: 'https://suyi.example/notify',
  amount: { total: 9_900, currency: 'CNY' },
  payer: { openid: 'openid' },
});

it('takes an order that is signed as WeChat Pay wants it, and signs its answer', async () => {
  const answer = await send({ body: request() });

  expect(answer).toMatchObject({ status: 200, body: { prepay_id: expect.stringMatching(/^wx\d{14}[0-9a-f]{20}$/) } });
  expect(answer.headers.get('wechatpay-serial')).toBe(shop.keys.publicKeyId);
  expect(answer.headers.get('request-id')).toBeTruthy();
});

it.each<[string, () => Sent]>([
  ['no signature', () => ({ body: request(), authorization: '' })],
  ['another scheme', () => ({ body: request(), authorization: 'Bearer token' })],
  [
    'a signature over another body',
    () => ({
      body: request(),
      authorization: authorize('POST', '/v3/pay/transactions/jsapi', { ...request(), description: 'x' }),
    }),
  ],
  [
    'a signature over another path',
    () => ({ body: request(), authorization: authorize('POST', '/v3/pay/transactions/native', request()) }),
  ],
  [
    'a field twice',
    () => ({
      body: request(),
      authorization: `${authorize('POST', '/v3/pay/transactions/jsapi', request())},mchid="${mchid}"`,
    }),
  ],
  [
    'another merchant',
    () => ({
      body: request(),
      authorization: authorize('POST', '/v3/pay/transactions/jsapi', request()).replace(mchid, '1900000002'),
    }),
  ],
  [
    'another serial',
    () => ({
      body: request(),
      authorization: authorize('POST', '/v3/pay/transactions/jsapi', request()).replace(
        shop.keys.merchantSerialNo,
        'A'.repeat(40),
      ),
    }),
  ],
])('answers 401 SIGN_ERROR to %s', async (_, make) => {
  expect(await send(make())).toMatchObject({ status: 401, body: { code: 'SIGN_ERROR' } });
  expect(shop.simulator.orders()).toHaveLength(0);
});

it('answers 401 to a signature that is more than five minutes old or early', async () => {
  const path = '/v3/pay/transactions/out-trade-no/ord_0001?mchid=1900000001';
  const authorization = authorize('GET', path);

  clock.advance(minutes(5) + seconds(2));
  expect(await send({ method: 'GET', path, authorization })).toMatchObject({ status: 401 });
  clock.advance(-minutes(10) - seconds(4));
  expect(await send({ method: 'GET', path, authorization })).toMatchObject({ status: 401 });
  clock.reset();
  expect(await send({ method: 'GET', path, authorization })).toMatchObject({
    status: 404,
    body: { code: 'ORDER_NOT_EXIST' },
  });
});

it.each<[string, Record<string, unknown>, string]>([
  ['an unknown field', { colour: 'red' }, 'PARAM_ERROR'],
  ['a null', { attach: null }, 'PARAM_ERROR'],
  ['another currency', { amount: { total: 1, currency: 'USD' } }, 'PARAM_ERROR'],
  ['a missing payer', { payer: {} }, 'PARAM_ERROR'],
  ['a time without a zone', { time_expire: '2099-01-01T00:00:00' }, 'PARAM_ERROR'],
  ['a time too far away', { time_expire: '2099-01-01T00:00:00+08:00' }, 'PARAM_ERROR'],
  ['another appid', { appid: 'wxffffffffffffffff' }, 'APPID_MCHID_NOT_MATCH'],
  ['another mchid', { mchid: '1900000002' }, 'MCH_NOT_EXISTS'],
])('answers 400 to %s', async (_, change, code) => {
  expect(await send({ body: { ...request(), ...change } })).toMatchObject({ status: 400, body: { code } });
  expect(shop.simulator.orders()).toHaveLength(0);
});

it('says which field was at fault', async () => {
  const answer = await send({ body: { ...request(), amount: { total: 0 } } });

  expect(answer.body).toMatchObject({ code: 'PARAM_ERROR', detail: { field: '/amount/total', location: 'body' } });
});

it('has no certificates for a merchant of public-key mode, and knows no serial but its own', async () => {
  const path = '/v3/certificates';

  expect(await send({ method: 'GET', path })).toMatchObject({ status: 404, body: { code: 'RESOURCE_NOT_EXISTS' } });
  expect(await send({ body: request(), headers: { 'wechatpay-serial': 'PUB_KEY_ID_0' } })).toMatchObject({
    status: 400,
  });
});

it('finds a payment by WeChat Pay’s own id', async () => {
  await send({ body: request() });
  const { transactionId } = await shop.simulator.pay('ord_0001');

  const answer = await send({ method: 'GET', path: `/v3/pay/transactions/id/${transactionId}?mchid=${mchid}` });

  expect(answer).toMatchObject({ status: 200, body: { out_trade_no: 'ord_0001', trade_state: 'SUCCESS' } });
});

it('takes no payment twice, none for a closed order, and none with a prepay id older than two hours', async () => {
  const { body } = await send({ body: { ...request(), time_expire: undefined } });
  const { prepay_id: prepayId } = body as { prepay_id: string };

  expect(shop.simulator.findByPrepayId(prepayId)).toMatchObject({ outTradeNo: 'ord_0001' });
  clock.advance(hours(2));
  expect(shop.simulator.findByPrepayId(prepayId)).toBeNull();

  await shop.simulator.pay('ord_0001');
  await expect(shop.simulator.pay('ord_0001')).rejects.toThrow('该订单已支付');
});

it('climbs WeChat Pay’s ladder: sixteen tries in all, and then no more', async () => {
  await shop.server.stop();
  shop.simulator = merchantsProvider(shop.keys, { ladderScale: 0.000_001 });
  shop.server = await listenOnLoopback(shop.simulator.app.callback());
  let calls = 0;
  const failing = await listenOnLoopback((_, response) => {
    calls += 1;
    response.writeHead(500).end();
  });
  await send({ body: { ...request(), notify_url: `${failing.origin}/notify` } });

  await shop.simulator.pay('ord_0001');
  await new Promise((resolve) => setTimeout(resolve, 600));

  expect(calls).toBe(16);
  await failing.stop();
});
