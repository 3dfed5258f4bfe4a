import { CreateOrderBody, type OrderDto } from '@suyi/shared-types';
import { phone, resetPhone } from '../stand-ins/taro';
import { buy, chooseChannel, findPendingOrder, recoverPendingOrder } from '../../src/state/payment';
import { keep } from '../../src/platform/storage';
import { openSession, restoreSession } from '../../src/state/session';
import {
  inDays,
  problemBody,
  sampleConfirmed,
  sampleMembership,
  sampleOrder,
  samplePayment,
  samplePlan,
  sampleSession,
  sampleVirtualPayment,
} from './samples';

const plan = samplePlan({ channels: ['wechat_virtual', 'wechat_jsapi'] });

/** What WeChat answers to one virtual payment after the other; the last one stays. */
let cashierSays: ({ errMsg: string; errCode?: number } | number)[];
/** How every order stands at the provider. */
let orderStatus: OrderDto['status'];
let handedOver: object[];

beforeEach(() => {
  resetPhone();
  restoreSession();
  openSession(sampleSession());
  jest.useFakeTimers();
  cashierSays = [{ errMsg: 'requestVirtualPayment:ok' }];
  orderStatus = 'awaiting';
  handedOver = [];
  phone.payVirtually = (payment) => {
    handedOver.push(payment);
    const says = cashierSays.length > 1 ? cashierSays.shift() : cashierSays[0];
    return typeof says === 'object' ? says : { errMsg: 'requestVirtualPayment:fail', errCode: says };
  };
  phone.pay = () => {
    throw new Error('a virtual payment must never reach requestPayment');
  };
  phone.answer = ({ url, data }) => {
    if (url.endsWith('/confirm')) return { statusCode: 200, data: sampleConfirmed(order(orderStatus)) };
    if (url.endsWith('/orders')) {
      const { channel } = CreateOrderBody.parse(JSON.parse(data ?? ''));
      const payment = channel === 'wechat_virtual' ? sampleVirtualPayment() : samplePayment();
      return { statusCode: 201, data: { order: { ...order('awaiting'), channel }, payment } };
    }
    return { statusCode: 200, data: sampleMembership(100) };
  };
});

afterEach(() => jest.useRealTimers());

const order = (status: OrderDto['status']) => sampleOrder(status, { channel: 'wechat_virtual' });
const posts = () => phone.sent.filter(({ url }) => url.endsWith('/orders'));
const created = () => posts().map(({ data }) => CreateOrderBody.parse(JSON.parse(data ?? '')));
const confirmCount = () => phone.sent.filter(({ url }) => url.endsWith('/confirm')).length;

async function passing<T>(promise: Promise<T>): Promise<T> {
  await jest.advanceTimersByTimeAsync(60_000);
  return promise;
}

it('takes the server’s first way that this WeChat can go', async () => {
  expect(await chooseChannel(plan)).toBe('wechat_virtual');
  expect(await chooseChannel(samplePlan({ channels: ['alipay_wap', 'wechat_jsapi', 'wechat_virtual'] }))).toBe(
    'wechat_jsapi',
  );
  expect(await chooseChannel(plan, 'wechat_jsapi')).toBe('wechat_jsapi');
  expect(await chooseChannel(samplePlan({ channels: ['alipay_wap'] }))).toBeNull();

  phone.payVirtually = null;
  expect(await chooseChannel(plan)).toBe('wechat_jsapi');
  expect(await chooseChannel(samplePlan({ channels: ['wechat_virtual'] }))).toBeNull();
});

it('asks an old WeChat to be updated where only virtual payment is open, and makes no order', async () => {
  phone.payVirtually = null;

  await expect(buy(samplePlan({ channels: ['wechat_virtual'] }))).rejects.toThrow('更新到最新版本');

  expect(phone.sent).toHaveLength(0);
});

it('hands the signed text over as it came, with a fresh login code for the session that signs', async () => {
  orderStatus = 'paid';

  expect(await passing(buy(plan))).toMatchObject({ state: 'paid' });

  expect(handedOver).toEqual([sampleVirtualPayment()]);
  expect(created()).toEqual([{ planId: 'month', channel: 'wechat_virtual', wxCode: 'wx-code' }]);
});

it('grants nothing by success alone, and goes on saying so after the app was closed', async () => {
  expect(await passing(buy(plan))).toMatchObject({ state: 'confirming' });
  expect(findPendingOrder()).toMatchObject({ orderId: 'order_1', isSaidPaid: true });

  expect(await passing(recoverPendingOrder())).toMatchObject({ state: 'confirming' });

  orderStatus = 'paid';
  expect(await passing(recoverPendingOrder())).toMatchObject({ state: 'paid' });
  expect(findPendingOrder()).toBeNull();
});

it.each([
  ['the seller turned away', -2, 'unpaid', 1],
  ['WeChat sees a risk', -4, 'blocked', 1],
  ['the merchant is restricted', -15017, 'blocked', 1],
  ['the merchant is restricted in another way', -15019, 'blocked', 1],
  ['payments are limited', -15021, 'blocked', 1],
  ['WeChat itself does not know', -5, 'confirming', 5],
  ['the system failed', -15003, 'refused', 1],
  ['the number is one we never heard of', -99999, 'refused', 1],
])('asks the server all the same when %s (%i), and reads %s', async (_name, code, state, questions) => {
  cashierSays = [code];

  expect(await passing(buy(plan))).toMatchObject({ state });

  expect(confirmCount()).toBe(questions);
  expect(created()).toHaveLength(1);
});

it.each([-2, -4, -5, -15003, -15007, -15012])(
  'finds a payment that went through although WeChat said %i',
  async (code) => {
    cashierSays = [code];
    orderStatus = 'paid';

    expect(await passing(buy(plan))).toMatchObject({ state: 'paid' });
  },
);

it('says plainly that nothing can be bought on an iPhone', async () => {
  cashierSays = [{ errMsg: 'requestVirtualPayment:fail 商户未开通iOS支付', errCode: -15001 }];

  expect(await passing(buy(plan))).toMatchObject({ state: 'ios_closed' });
});

it('does not read "ios" inside another word', async () => {
  cashierSays = [{ errMsg: 'requestVirtualPayment:fail radios', errCode: -15001 }];

  expect(await passing(buy(plan))).toMatchObject({ state: 'refused' });
});

describe('an order that has to be made anew', () => {
  it('is made once, silently, with a new login code and a new key, when the session ran out', async () => {
    cashierSays = [-15007, { errMsg: 'requestVirtualPayment:ok' }];
    orderStatus = 'paid';

    expect(await passing(buy(plan))).toMatchObject({ state: 'paid' });

    expect(created().map(({ wxCode }) => wxCode)).toEqual(['wx-code', 'wx-code-2']);
    expect(new Set(posts().map(({ header }) => header['Idempotency-Key'])).size).toBe(2);
  });

  it('is not made a third time', async () => {
    cashierSays = [-15007];

    expect(await passing(buy(plan))).toMatchObject({ state: 'refused' });

    expect(created()).toHaveLength(2);
  });

  it.each([-15002, -15012])('is asked about first when its number is used (%i)', async (code) => {
    cashierSays = [code, { errMsg: 'requestVirtualPayment:fail cancel', errCode: -2 }];
    orderStatus = 'closed';

    await passing(buy(plan));

    const steps = phone.sent.map(({ url }) => url.split('/').pop());
    expect(steps.indexOf('confirm')).toBeLessThan(steps.lastIndexOf('orders'));
    expect(created()).toHaveLength(2);
  });

  it('is not paid again when its number was used to pay it', async () => {
    cashierSays = [-15002];
    orderStatus = 'paid';

    expect(await passing(buy(plan))).toMatchObject({ state: 'paid' });

    expect(created()).toHaveLength(1);
    expect(handedOver).toHaveLength(1);
  });

  it('is not made while the phone’s word that its number was paid stands', async () => {
    keep('pending-order', { orderId: 'order_1', userId: 'user_1', payBefore: inDays(1), isSaidPaid: true });
    cashierSays = [-15002];

    expect(await passing(buy(plan))).toMatchObject({ state: 'confirming' });

    expect(created()).toHaveLength(1);
  });

  it('is taken up with a new code when the answer was lost and the code is spent', async () => {
    const answer = phone.answer;
    let refusals = 1;
    phone.answer = (request) => {
      if (request.url.endsWith('/orders') && refusals-- > 0) {
        return problemBody(400, 'wechat_code_invalid', '微信登录凭证已失效，请重试。');
      }
      return answer(request);
    };
    orderStatus = 'paid';

    expect(await passing(buy(plan))).toMatchObject({ state: 'paid' });

    expect(created().map(({ wxCode }) => wxCode)).toEqual(['wx-code', 'wx-code-2']);
  });
});

it('opens no cashier with words that are another one’s', async () => {
  const answer = phone.answer;
  phone.answer = (request) =>
    request.url.endsWith('/orders')
      ? { statusCode: 201, data: { order: order('awaiting'), payment: samplePayment() } }
      : answer(request);

  await expect(buy(plan)).rejects.toMatchObject({ code: 'bad_answer' });

  expect(handedOver).toEqual([]);
});
