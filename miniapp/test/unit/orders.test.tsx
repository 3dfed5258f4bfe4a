import { act, fireEvent, render, waitFor } from '@testing-library/react';
import { Fen, type OrderDto } from '@suyi/shared-types';
import { isEndedByRefund, newsOf } from '../../src/features/orders/order-news';
import { lineWords, noteWords, statusWords } from '../../src/features/orders/order-words';
import { keep } from '../../src/platform/storage';
import { openSession, restoreSession } from '../../src/state/session';
import OrdersPage from '../../src/subpackages/account/orders/index';
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

/** The seller's orders, newest first, in pages of two. */
let orders: OrderDto[];
/** What the provider says when it is asked. */
let providerSays: OrderDto['status'];
let doesProviderAnswer: boolean;

beforeEach(() => {
  resetPhone();
  restoreSession();
  openSession(sampleSession());
  orders = [];
  providerSays = 'awaiting';
  doesProviderAnswer = true;
  phone.answer = ({ url, method }) => {
    const { pathname, searchParams } = new URL(url, 'https://suyi.example');
    if (pathname.endsWith('/confirm'))
      return { statusCode: 200, data: sampleConfirmed(sampleOrder(providerSays), doesProviderAnswer) };
    if (pathname.endsWith('/plans')) return { statusCode: 200, data: { items: [samplePlan()] } };
    if (pathname.endsWith('/orders') && method === 'POST') {
      return { statusCode: 201, data: { order: sampleOrder('awaiting'), payment: samplePayment() } };
    }
    if (pathname.endsWith('/orders')) {
      const from = Number(searchParams.get('cursor') ?? 0);
      const next = from + 2 < orders.length ? String(from + 2) : null;
      return { statusCode: 200, data: { items: orders.slice(from, from + 2), nextCursor: next } };
    }
    return { statusCode: 200, data: sampleMembership(100) };
  };
});

const find = (id: string) => document.getElementById(id);
const words = (id: string) => find(id)?.textContent ?? '';
const tap = async (id: string) => act(async () => void fireEvent.click(find(id) ?? document.body));

async function openOrders(list: OrderDto[]) {
  orders = list;
  render(<OrdersPage />);
  await waitFor(() => expect(find(list.length > 0 ? 'orders-item-0' : 'orders-start')).not.toBeNull());
}

it.each<[Partial<OrderDto>, string]>([
  [{ status: 'created' }, '待支付'],
  [{ status: 'awaiting' }, '待支付'],
  [{ status: 'paid' }, '已支付'],
  [{ status: 'paid', refundedFen: Fen.parse(2050) }, '已退款 ¥20.50'],
  [{ status: 'refunding' }, '退款中'],
  [{ status: 'refunding', refundedFen: Fen.parse(2050) }, '退款中'],
  [{ status: 'refunded', refundedFen: Fen.parse(9900) }, '已退款'],
  [{ status: 'closed' }, '已关闭'],
])('reads %j as %s', (changes, text) => {
  expect(statusWords(sampleOrder('paid', changes)).text).toBe(text);
});

it('never says that an order of which the phone said "paid" was not paid', () => {
  const late = sampleOrder('awaiting', { payBefore: inDays(-1) });

  expect(noteWords(late, true)).toContain('钱不会丢');
  expect(noteWords(late, false)).toContain('没有收到付款的话会自动关闭');
  expect(noteWords(sampleOrder('awaiting'), false)).toContain('前支付');
});

it('tells of a refund on its way before anything newer, and of nothing that is long over', () => {
  const paid = sampleOrder('paid', { id: 'order_3' });
  const refunding = sampleOrder('refunding', { id: 'order_2' });
  const refunded = sampleOrder('refunded', { id: 'order_1', refundedFen: Fen.parse(9900) });

  expect(newsOf([paid, refunding, refunded])?.id).toBe('order_2');
  expect(newsOf([refunded, paid])?.id).toBe('order_1');
  expect(newsOf([paid, refunded])).toBeNull();
  expect(newsOf([sampleOrder('awaiting')])?.id).toBe('order_1');
  expect(newsOf([sampleOrder('awaiting', { payBefore: inDays(-1) })])).toBeNull();
});

it('says in one line what was paid and what came back', () => {
  expect(lineWords(sampleOrder('paid', { refundedFen: Fen.parse(4950) }))).toBe('实付 ¥99，已退 ¥49.50');
  expect(lineWords(sampleOrder('refunding'))).toBe('¥99 退款中');
});

it('takes a membership to be over by its refund, but not where an older one ran on', () => {
  const refunded = sampleOrder('refunded', { refundedFen: Fen.parse(9900) });
  const paid = (daysAgo: number) => sampleOrder('paid', { id: 'order_0', paidAt: inDays(-daysAgo) });

  expect(isEndedByRefund([refunded])).toBe(true);
  expect(isEndedByRefund([refunded, paid(60)])).toBe(true);
  expect(isEndedByRefund([refunded, paid(10)])).toBe(false);
  expect(isEndedByRefund([paid(60), refunded])).toBe(false);
  expect(isEndedByRefund([])).toBe(false);
});

it('brings the order it was opened for into sight, from whatever page it is on', async () => {
  phone.params = { order: 'order_1' };
  await openOrders(['order_4', 'order_3', 'order_2', 'order_1'].map((id) => sampleOrder('paid', { id })));

  await waitFor(() => expect(phone.scrolledTo).toEqual(['#orders-item-3']));
  expect(find('orders-item-3')?.className).toContain('order--wanted');
});

it('shows a seller without orders where to begin', async () => {
  await openOrders([]);

  await tap('orders-start');

  expect(phone.navigations).toEqual(['navigateTo /subpackages/membership/index/index']);
});

it('says that the list did not come, and asks again', async () => {
  const { answer } = phone;
  phone.answer = () => problemBody(404, 'not_found', '没有找到这项内容。');
  render(<OrdersPage />);
  await waitFor(() => expect(find('failure-retry')).not.toBeNull());

  phone.answer = answer;
  orders = [sampleOrder('paid')];
  await tap('failure-retry');

  await waitFor(() => expect(words('orders-item-0')).toContain('已支付'));
});

it('lists page after page until there are no more', async () => {
  await openOrders(['order_3', 'order_2', 'order_1'].map((id) => sampleOrder('paid', { id })));
  expect(find('orders-item-2')).toBeNull();

  await tap('orders-more');

  await waitFor(() => expect(words('orders-item-2')).toContain('order_1'));
  expect(find('orders-more')).toBeNull();
  expect(document.body.textContent).toContain('没有更多了');
});

it('copies an order’s number, and offers nothing to do about one that is settled', async () => {
  await openOrders([sampleOrder('paid', { id: 'ord_abc' })]);

  await tap('orders-copy-0');

  expect(phone.copied).toEqual(['ord_abc']);
  expect(find('orders-pay-0')).toBeNull();
  expect(find('orders-check-0')).toBeNull();
});

it('goes on paying an open order, and shows its outcome where payments are shown', async () => {
  providerSays = 'paid';
  await openOrders([sampleOrder('awaiting')]);
  await waitFor(() => expect(find('orders-pay-0')).not.toBeNull());

  await tap('orders-pay-0');

  await waitFor(() =>
    expect(phone.navigations).toEqual(['navigateTo /subpackages/membership/index/index?order=order_1']),
  );
});

it.each<[string, Partial<OrderDto>]>([
  ['whose time is over', { payBefore: inDays(-1) }],
  ['whose price is no longer the plan’s', { priceFen: Fen.parse(8800) }],
  ['of a plan that is gone', { planId: 'gone' }],
])('does not offer to pay an order %s', async (_name, changes) => {
  await openOrders([sampleOrder('awaiting', changes), sampleOrder('awaiting', { id: 'order_2' })]);
  await waitFor(() => expect(find('orders-pay-1')).not.toBeNull());

  expect(find('orders-pay-0')).toBeNull();
  expect(find('orders-check-0')).not.toBeNull();
});

it('does not offer to pay again what the phone said is paid', async () => {
  keep('pending-order', { orderId: 'order_1', userId: 'user_1', payBefore: inDays(1), isSaidPaid: true });
  await openOrders([sampleOrder('awaiting'), sampleOrder('awaiting', { id: 'order_2' })]);
  await waitFor(() => expect(find('orders-pay-1')).not.toBeNull());

  expect(find('orders-pay-0')).toBeNull();
  expect(words('orders-item-0')).toContain('正在确认支付结果');
});

it('asks the provider about an unsure order and shows the answer in its place', async () => {
  providerSays = 'paid';
  await openOrders([sampleOrder('awaiting', { payBefore: inDays(-1) })]);

  await tap('orders-check-0');

  await waitFor(() => expect(words('orders-item-0')).toContain('已支付'));
  expect(phone.toasts).toEqual(['已支付，100 次已到账']);
  expect(find('orders-check-0')).toBeNull();
});

it.each([
  [true, '还没有收到付款', '前支付', true],
  [false, '支付平台暂时没有回应，请稍后再查', '正在确认支付结果', false],
])('when the provider answers: %s, tells "%s"', async (answers, told, note, isPayable) => {
  doesProviderAnswer = answers;
  await openOrders([sampleOrder('awaiting')]);
  await waitFor(() => expect(find('orders-pay-0')).not.toBeNull());

  await tap('orders-check-0');

  await waitFor(() => expect(phone.toasts).toEqual([told]), { timeout: 3000 });
  expect(words('orders-item-0')).toContain(note);
  expect(find('orders-pay-0') !== null).toBe(isPayable);
});

it('says when the provider could not be asked, and keeps the order as it was', async () => {
  await openOrders([sampleOrder('awaiting', { payBefore: inDays(-1) })]);
  const { answer } = phone;
  phone.answer = (request) =>
    request.url.endsWith('/confirm') ? problemBody(409, 'order_not_payable', '请稍后再试。') : answer(request);

  await tap('orders-check-0');

  await waitFor(() => expect(phone.dialogs).toEqual(['没有查到结果 请稍后再试。']), { timeout: 3000 });
  expect(words('orders-item-0')).toContain('待支付');
});
