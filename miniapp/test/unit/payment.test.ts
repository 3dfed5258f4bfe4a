import type { OrderDto } from '@suyi/shared-types';
import { phone, resetPhone } from '../stand-ins/taro';
import { buy, findPendingOrder, recoverPendingOrder } from '../../src/state/payment';
import { useMembership } from '../../src/state/membership';
import { openSession, restoreSession } from '../../src/state/session';
import { keep } from '../../src/platform/storage';
import {
  inDays,
  problemBody,
  sampleConfirmed,
  sampleMembership,
  sampleOrder,
  samplePayment,
  samplePlan,
  sampleSession,
} from './samples';

/** What `confirm` answers, one after the other; the last one stays. */
let confirmations: OrderDto['status'][] = [];
let doesProviderAnswer: boolean;

beforeEach(() => {
  resetPhone();
  restoreSession();
  openSession(sampleSession());
  jest.useFakeTimers();
  doesProviderAnswer = true;
  phone.answer = ({ url }) => {
    if (url.endsWith('/confirm')) {
      const status = confirmations.length > 1 ? confirmations.shift() : confirmations[0];
      return { statusCode: 200, data: sampleConfirmed(sampleOrder(status ?? 'awaiting'), doesProviderAnswer) };
    }
    if (url.endsWith('/orders'))
      return { statusCode: 201, data: { order: sampleOrder('awaiting'), payment: samplePayment() } };
    return { statusCode: 200, data: sampleMembership(100) };
  };
});

afterEach(() => jest.useRealTimers());

async function passing<T>(promise: Promise<T>): Promise<T> {
  await jest.advanceTimersByTimeAsync(60_000);
  return promise;
}

const confirmCount = () => phone.sent.filter(({ url }) => url.endsWith('/confirm')).length;

it('believes the server and not the phone: paid on the third question', async () => {
  confirmations = ['awaiting', 'awaiting', 'paid'];

  const result = await passing(buy(samplePlan()));

  expect(result).toMatchObject({ state: 'paid', order: { uses: 100 } });
  expect(confirmCount()).toBe(3);
  expect(useMembership.getState().membership?.quotaRemaining).toBe(100);
  expect(findPendingOrder()).toBeNull();
});

it('says that it is still confirming when the ladder ends, and keeps the order', async () => {
  confirmations = ['awaiting'];

  expect(await passing(buy(samplePlan()))).toMatchObject({ state: 'confirming' });
  expect(confirmCount()).toBe(5);
  expect(findPendingOrder()).toMatchObject({ orderId: 'order_1' });
});

it.each([
  ['a seller who changed their mind', 'requestPayment:fail cancel', 'unpaid'],
  ['a phone that could not pay', 'requestPayment:fail system error', 'refused'],
])('tells %s apart and asks the server once all the same', async (_name, errMsg, state) => {
  confirmations = ['awaiting'];
  phone.pay = () => ({ errMsg });

  expect(await passing(buy(samplePlan()))).toMatchObject({ state });
  expect(confirmCount()).toBe(1);
});

it.each(['requestPayment:ok', 'requestPayment:fail cancel', 'requestPayment:fail system error'])(
  'says after %s that it is confirming while the provider does not answer, and does not make the seller wait for it',
  async (errMsg) => {
    confirmations = ['awaiting'];
    doesProviderAnswer = false;
    phone.pay = () => ({ errMsg });

    expect(await passing(buy(samplePlan()))).toMatchObject({ state: 'confirming', order: { isCertain: false } });
    expect(confirmCount()).toBe(1);
  },
);

it.each<OrderDto['status']>(['refunding', 'refunded', 'closed'])(
  'reads an order that is %s as such',
  async (status) => {
    confirmations = [status];

    expect(await passing(buy(samplePlan()))).toMatchObject({ state: status });
    expect(findPendingOrder()).toBeNull();
  },
);

it('finds a payment that went through although the phone said cancel', async () => {
  confirmations = ['paid'];
  phone.pay = () => ({ errMsg: 'requestPayment:fail cancel' });

  expect(await passing(buy(samplePlan()))).toMatchObject({ state: 'paid' });
});

it('keeps the order before the cashier opens, so that a killed app finds it again', async () => {
  confirmations = ['paid'];
  let keptBeforePaying: unknown = null;
  phone.pay = () => {
    keptBeforePaying = findPendingOrder();
    return { errMsg: 'requestPayment:ok' };
  };

  await passing(buy(samplePlan()));

  expect(keptBeforePaying).toMatchObject({ orderId: 'order_1', userId: 'user_1' });
});

describe('an order left behind', () => {
  const leaveOrder = (userId: string) =>
    keep('pending-order', { orderId: 'order_1', userId, payBefore: sampleOrder('awaiting').payBefore });

  it('is confirmed when the app opens again, once for two pages that ask', async () => {
    confirmations = ['paid'];
    leaveOrder('user_1');

    const [first, second] = await passing(Promise.all([recoverPendingOrder(), recoverPendingOrder()]));

    expect(first).toMatchObject({ state: 'paid' });
    expect(second).toBe(first);
    expect(confirmCount()).toBe(1);
    expect(await recoverPendingOrder()).toBeNull();
  });

  it('is kept past its time while the provider does not answer, and given up when it says "not paid"', async () => {
    confirmations = ['awaiting'];
    doesProviderAnswer = false;
    keep('pending-order', { orderId: 'order_1', userId: 'user_1', payBefore: inDays(-1) });
    phone.answer = ({ url }) => {
      if (!url.endsWith('/confirm')) throw new Error(url);
      const order = sampleOrder('awaiting', { payBefore: inDays(-1) });
      return { statusCode: 200, data: sampleConfirmed(order, doesProviderAnswer) };
    };

    expect(await passing(recoverPendingOrder())).toMatchObject({ state: 'confirming' });
    expect(findPendingOrder()).not.toBeNull();

    doesProviderAnswer = true;
    expect(await passing(recoverPendingOrder())).toMatchObject({ state: 'unpaid' });
    expect(findPendingOrder()).toBeNull();
  });

  it('stays when the server cannot be reached', async () => {
    leaveOrder('user_1');
    phone.answer = () => {
      throw new Error('request:fail');
    };

    const failed = expect(recoverPendingOrder()).rejects.toMatchObject({ code: 'unreachable' });
    await jest.advanceTimersByTimeAsync(60_000);
    await failed;

    expect(findPendingOrder()).not.toBeNull();
  });

  it('is given up when the server does not know it', async () => {
    leaveOrder('user_1');
    phone.answer = () => problemBody(404, 'not_found', '没有找到这项内容。');

    const failed = expect(recoverPendingOrder()).rejects.toMatchObject({ status: 404 });
    await jest.advanceTimersByTimeAsync(60_000);
    await failed;

    expect(findPendingOrder()).toBeNull();
  });

  it('of another person on this phone is left alone', async () => {
    leaveOrder('user_2');

    expect(await recoverPendingOrder()).toBeNull();
    expect(phone.sent).toHaveLength(0);
  });
});
