import { act, fireEvent, render, waitFor } from '@testing-library/react';
import { Fen, type OrderDto, type PlanDto } from '@suyi/shared-types';
import { useMembership } from '../../src/state/membership';
import { closeSession, openSession, restoreSession } from '../../src/state/session';
import MembershipPage from '../../src/subpackages/membership/index/index';
import { phone, resetPhone } from '../stand-ins/taro';
import { problemBody, sampleMembership, sampleOrder, samplePayment, samplePlan, sampleSession } from './samples';

let plan: PlanDto;
let order: OrderDto;
let orders: OrderDto[];

beforeEach(() => {
  resetPhone();
  restoreSession();
  openSession(sampleSession());
  useMembership.setState({ membership: null, problem: null, isLoading: false });
  plan = samplePlan();
  order = sampleOrder('awaiting');
  orders = [];
  phone.answer = ({ url, method }) => {
    const path = url.replace(/\?.*/, '');
    if (path.endsWith('/confirm')) return { statusCode: 200, data: order };
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

  phone.answer = answer;
  await tap('payment-recheck');

  await appears('payment-paid');
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
