import { act, fireEvent, render, waitFor } from '@testing-library/react';
import { Fen, type OrderDto, type PlanDto } from '@suyi/shared-types';
import { useMembership } from '../../src/state/membership';
import { closeSession, openSession, restoreSession } from '../../src/state/session';
import MembershipPage from '../../src/subpackages/membership/index/index';
import { phone, resetPhone } from '../stand-ins/taro';
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

let plan: PlanDto;
let order: OrderDto;
let orders: OrderDto[];
let doesProviderAnswer: boolean;

beforeEach(() => {
  resetPhone();
  restoreSession();
  openSession(sampleSession());
  useMembership.setState({ membership: null, problem: null, isLoading: false });
  plan = samplePlan();
  order = sampleOrder('awaiting');
  orders = [];
  doesProviderAnswer = true;
  phone.answer = ({ url, method }) => {
    const path = url.replace(/\?.*/, '');
    if (path.endsWith('/confirm')) return { statusCode: 200, data: sampleConfirmed(order, doesProviderAnswer) };
    if (path.endsWith('/plans')) return { statusCode: 200, data: { items: [plan] } };
    if (path.endsWith('/orders') && method === 'POST') {
      return { statusCode: 201, data: { order, payment: samplePayment() } };
    }
    if (path.endsWith('/orders')) return { statusCode: 200, data: { items: orders, nextCursor: null } };
    return { statusCode: 200, data: sampleMembership(0) };
  };
});

const find = (id: string) => document.getElementById(id);
const appears = (id: string) => waitFor(() => expect(find(id)).not.toBeNull(), { timeout: 3000 });
const tap = async (id: string) => act(async () => void fireEvent.click(find(id) ?? document.body));
const isOff = (id: string) => find(id)?.getAttribute('aria-disabled') === 'true';

it.each<[Partial<OrderDto>, string, string]>([
  [{ status: 'paid' }, 'payment-paid', '100 次已到账'],
  [{ status: 'paid', refundedFen: Fen.parse(1000) }, 'payment-paid', '¥10 已原路退回'],
  [{ status: 'refunding' }, 'payment-refunding', '正在原路退回'],
  [{ status: 'refunded', refundedFen: Fen.parse(9900) }, 'payment-refunded', '¥99 已原路退回'],
  [{ status: 'closed' }, 'payment-closed', '没有扣款'],
  [{ status: 'awaiting' }, 'payment-unpaid', '没有收到付款'],
])('opened for an order that stands at %j, shows %s', async (changes, id, words) => {
  phone.params = { order: 'order_1' };
  order = sampleOrder('paid', changes);

  render(<MembershipPage />);
  expect(find('payment-asking')).not.toBeNull();

  await appears(id);
  expect(find(id)?.textContent).toContain(words);
});

it('says what one use buys, by either tool, and when it comes back', async () => {
  const { container } = render(<MembershipPage />);
  await appears('plan-pay');

  for (const words of ['每次约 ¥0.99', '1 张白底主图，或 1 套 12 张模特图', '模特图不足 12 张']) {
    expect(container.textContent).toContain(words);
  }
  expect(container.textContent).not.toContain('每张约');
});

it('asks a guest who comes back from paying to sign in, and shows no offer to pay again', async () => {
  closeSession();
  phone.params = { order: 'order_1' };

  render(<MembershipPage />);

  expect(find('prompt-login')).not.toBeNull();
  await act(async () => undefined);
  expect(find('plan-pay')).toBeNull();
});

it('lets the seller ask again when the server could not be reached', async () => {
  phone.params = { order: 'order_1' };
  order = sampleOrder('paid');
  const { answer } = phone;
  phone.answer = (request) =>
    request.url.endsWith('/confirm') ? problemBody(500, 'internal_error', '服务器开小差了。') : answer(request);
  render(<MembershipPage />);
  await appears('payment-recheck');
  expect(find('plan-pay')).toBeNull();

  phone.answer = answer;
  await tap('payment-recheck');

  await appears('payment-paid');
});

describe('while the provider does not answer', () => {
  beforeEach(async () => {
    jest.useFakeTimers();
    phone.params = { order: 'order_1' };
    doesProviderAnswer = false;
    render(<MembershipPage />);
    await act(() => jest.advanceTimersByTimeAsync(100));
  });
  afterEach(() => jest.useRealTimers());

  const confirmCount = () => phone.sent.filter(({ url }) => url.endsWith('/confirm')).length;
  const pass = (seconds: number) => act(() => jest.advanceTimersByTimeAsync(seconds * 1000));

  it('is confirming, with nothing to pay again, and finds the payment by itself', async () => {
    expect(find('payment-confirming')?.textContent).toContain('正在确认支付结果');
    expect(document.body.textContent).not.toMatch(/没有收到付款|重新支付/);
    expect(find('plan-pay')).toBeNull();

    await pass(7);
    expect(confirmCount()).toBe(3);
    order = sampleOrder('paid');
    doesProviderAnswer = true;
    await pass(8);

    expect(find('payment-paid')).not.toBeNull();
    const asked = confirmCount();
    await pass(600);
    expect(confirmCount()).toBe(asked);
  });

  it('says that nothing was paid as soon as the provider does', async () => {
    doesProviderAnswer = true;
    await pass(3);

    expect(find('payment-unpaid')?.textContent).toContain('没有收到付款');
    expect(find('plan-pay')).not.toBeNull();
  });

  it('says after each question by hand that it was asked, and asks by itself no longer than some minutes', async () => {
    await pass(1200);
    const asked = confirmCount();
    await pass(1200);
    expect(confirmCount()).toBe(asked);
    expect(find('payment-asked')).toBeNull();

    await tap('payment-recheck');
    await pass(1);

    expect(find('payment-asked')?.textContent).toBe('刚刚查过，支付平台还没有回应，再等一会儿');
    await pass(60);
    expect(confirmCount()).toBeGreaterThan(asked + 3);
  });

  it('says when even the server could not be asked', async () => {
    phone.answer = () => problemBody(500, 'internal_error', '服务器开小差了。');

    await tap('payment-recheck');
    await pass(2);

    expect(find('payment-asked')?.textContent).toBe('服务器开小差了。');
    expect(find('payment-confirming')).not.toBeNull();
  });
});

it('tells that a membership ended with its refund', async () => {
  orders = [sampleOrder('refunded', { refundedFen: Fen.parse(9900) })];
  const { answer } = phone;
  phone.answer = (request) =>
    request.url.endsWith('/api/membership')
      ? { statusCode: 200, data: { ...sampleMembership(0), quotaExpireAt: inDays(-1) } }
      : answer(request);

  render(<MembershipPage />);

  await waitFor(() => expect(find('summary-until')?.textContent).toBe('会员已随退款结束'));
  await waitFor(() => expect(find('plan-month')?.textContent).toContain('上次会员已随退款结束'));
});

it('has no button where money cannot be taken, and says why', async () => {
  plan = samplePlan({ channels: ['wechat_virtual'] });

  render(<MembershipPage />);

  await appears('plan-elsewhere');
  expect(find('plan-elsewhere')?.textContent).toContain('更新到最新版本');
  expect(find('plan-pay')).toBeNull();
});

it('shows customer service first when WeChat refuses, and no offer beside it', async () => {
  plan = samplePlan({ channels: ['wechat_virtual'] });
  order = sampleOrder('awaiting', { channel: 'wechat_virtual' });
  const { answer } = phone;
  const payment = { mode: 'short_series_goods', signData: '{}', paySig: 'p', signature: 's' };
  phone.answer = (request) =>
    request.method === 'POST' && request.url.endsWith('/orders')
      ? { statusCode: 201, data: { order, payment } }
      : answer(request);
  phone.payVirtually = () => ({ errMsg: 'requestVirtualPayment:fail', errCode: -15017 });
  render(<MembershipPage />);
  await appears('plan-pay');
  await waitFor(() => expect(isOff('plan-pay')).toBe(false));

  await tap('plan-pay');

  await appears('payment-blocked');
  expect(find('payment-support')?.getAttribute('data-open-type')).toBe('contact');
  expect(document.querySelectorAll('#plan-pay')).toHaveLength(1);
});

it('tells of a refund that is on its way, and leads to it', async () => {
  orders = [sampleOrder('refunding', { id: 'order_7' })];
  render(<MembershipPage />);
  await appears('plan-orders');
  expect(find('plan-orders')?.textContent).toContain('退款中');

  await tap('plan-orders');

  expect(phone.navigations).toEqual(['navigateTo /subpackages/account/orders/index?order=order_7']);
});
