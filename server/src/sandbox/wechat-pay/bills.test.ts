import { useMerchant, type Got } from '../../../test/merchant';
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { clock, days, hours, minutes, shanghaiDay, startOfShanghaiDay } from '../../lib/clock';

const shop = useMerchant();
let day: string;

beforeEach(() => {
  clock.freeze(startOfShanghaiDay(clock.now()) + hours(12));
  day = shanghaiDay(clock.now());
});

const get = (path: string): Promise<Got> => shop.send({ method: 'GET', path });
const announce = (date = day, rest = '&bill_type=ALL&tar_type=GZIP'): Promise<Got> =>
  get(`/v3/bill/tradebill?bill_date=${date}${rest}`);

type Announced = { hash_type: string; hash_value: string; download_url: string };
async function announced(rest?: string): Promise<Announced & { path: string }> {
  const answer = await announce(day, rest);
  const body = answer.body as Announced;
  const url = new URL(body.download_url);
  return { ...body, path: url.pathname + url.search };
}

const sha1 = (bytes: Buffer): string => createHash('sha1').update(bytes).digest('hex');

it('announces a bill with the digest of what is packed in its file, which comes unsigned', async () => {
  const { outTradeNo } = await shop.paid({ description: '素衣会员, 100 次' });
  clock.advance(days(1));

  const bill = await announced();
  const file = await get(bill.path);

  const text = gunzipSync(file.bytes);
  expect(bill).toMatchObject({ hash_type: 'SHA1', hash_value: sha1(text) });
  expect(bill.download_url).toMatch(/^https:\/\/api\.mch\.weixin\.qq\.com\/v3\/billdownload\/file\?token=/);
  expect([...file.headers.keys()].filter((name) => name.startsWith('wechatpay-'))).toEqual([]);
  expect(text.toString('utf8')).toMatch(/^\uFEFF交易时间,公众账号ID,/);
  const transactionId = shop.simulator.find(outTradeNo)?.transactionId;
  expect(text.toString('utf8').split('\r\n').slice(1)).toEqual([
    `\`${day} 12:00:00,\`wx0123456789abcdef,\`1900000001,\`0,\`,\`${transactionId},\`${outTradeNo},\`oUpF8uMuAJO_M2pxb1Q9zNjWeS6o,\`JSAPI,\`SUCCESS,\`OTHERS,\`CNY,\`99.00,\`0.00,\`0,\`0,\`0.00,\`0.00,\`,\`,\`素衣会员, 100 次,\`,\`0.59000,\`0.60%,\`99.00,\`0.00,\``,
    '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额',
    '`1,`99.00,`0.00,`0.00,`0.59000,`99.00,`0.00',
    '',
  ]);
});

it('sends the bill as it is to whoever does not ask for it packed', async () => {
  await shop.paid();
  clock.advance(days(1));

  const bill = await announced('');

  expect(sha1((await get(bill.path)).bytes)).toBe(bill.hash_value);
});

it('gives the file to this merchant alone, for five minutes, and to nobody who guesses', async () => {
  await shop.paid();
  clock.advance(days(1));
  const { path } = await announced();

  expect(await shop.send({ method: 'GET', path, authorization: '' })).toMatchObject({ status: 401 });
  expect(await get('/v3/billdownload/file?token=0')).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
  clock.advance(minutes(5) - 1);
  expect(await get(path)).toMatchObject({ status: 200 });
  clock.advance(1);
  expect(await get(path)).toMatchObject({ status: 400 });
});

it('says that there is no bill of a day without payments, and none to be had of other days', async () => {
  expect(await announce()).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
  clock.advance(days(1));
  expect(await announce()).toMatchObject({ status: 400, body: { code: 'NO_STATEMENT_EXIST' } });
  clock.advance(days(92));
  expect(await announce()).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
});

it.each(['yesterday', '2026-13-01', ''])('does not take %j for a day', async (date) => {
  expect(await announce(date)).toMatchObject({ status: 400, body: { code: 'PARAM_ERROR' } });
});

it('is spoilt as the switchboard says, and whole again when that is cleared', async () => {
  await shop.paid();
  clock.advance(days(1));
  const whole = await announced();

  shop.simulator.bills.spoil({ kind: 'corrupt' });
  const corrupt = await announced();
  const text = gunzipSync((await get(corrupt.path)).bytes);
  expect(corrupt.hash_value).toBe(whole.hash_value);
  expect(sha1(text)).not.toBe(corrupt.hash_value);

  shop.simulator.bills.clear();
  shop.simulator.bills.spoil({ kind: 'creating' });
  expect(await announce()).toMatchObject({ status: 400, body: { code: 'STATEMENT_CREATING' } });

  shop.simulator.bills.clear();
  expect((await announced()).hash_value).toBe(whole.hash_value);
});
