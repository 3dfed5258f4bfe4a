import { tradeTitles } from '../alipay/page';
import { refundedFenOf, type SandboxTrade } from '../alipay/trades';
import { html, type Html } from '../html';
import { orderTitles } from './page-cashier';
import { time, yuan } from './page-frame';
import type { SwitchboardState, VirtualOrderShown } from './state';
import type { SandboxOrder } from '../wechat-pay/orders';
import type { SandboxRefund } from '../wechat-pay/refund';

/** An order of any way of paying, as the switchboard shows it. */
type OrderShown = {
  channel: string;
  outTradeNo: string;
  createdAt: number;
  totalFen: number;
  refundedFen: number;
  state: { title: string; tone: 'open' | 'good' | 'over' };
  title: string;
  refunds: { fen: number; state: string; buttons: Html[] }[];
  buttons: Html[];
};

type Deed = { title: string; path: string; isMain?: boolean; done?: string };

/** The orders of all three ways of paying in one list, newest first. */
export function orderCards(state: SwitchboardState): Html[] {
  const refundsOf = (outTradeNo: string) => state.refunds.items.filter((refund) => refund.outTradeNo === outTradeNo);
  return [
    ...state.orders.map((order) => payOrder(order, refundsOf(order.outTradeNo))),
    ...state.virtual.orders.map(virtualOrder),
    ...state.alipay.trades.map(alipayTrade),
  ]
    .sort((a, b) => b.createdAt - a.createdAt)
    .map(card);
}

function card(order: OrderShown): Html {
  const refunded = order.refundedFen > 0 ? html`<span class="meta">已退 ${yuan(order.refundedFen)}</span>` : null;
  return html`<li class="card">
    <div class="row">
      <span class="amount">${yuan(order.totalFen)} ${refunded}</span>
      <span class="state ${order.state.tone}">${order.state.title}</span>
    </div>
    <div class="title">${order.title}</div>
    <div class="meta"><span class="channel">${order.channel}</span> ${time(order.createdAt)}</div>
    <div class="meta">${order.outTradeNo}</div>
    ${order.refunds.map(
      ({ fen, state, buttons }) =>
        html`<div class="refund">
          <span>退 ${yuan(fen)}</span><span class="meta">${state}</span>
          <div class="actions">${buttons}</div>
        </div>`,
    )}
    <div class="actions">${order.buttons}</div>
  </li>`;
}

export function deedButton({ title, path, isMain = false, done = '' }: Deed): Html {
  return html`<form method="post" action="/sandbox/${path}" data-quiet>
    <button class="${isMain ? 'primary' : ''}" data-done="${done}">${title}</button>
  </form>`;
}

const under =
  (path: string) =>
  (title: string, deed: string, more: { isMain?: boolean; done?: string } = {}): Html =>
    deedButton({ title, path: `${path}/${deed}`, ...more });

const payTones = { NOTPAY: 'open', SUCCESS: 'good', CLOSED: 'over', REFUND: 'over' } as const;
const payRefundTitles = { PROCESSING: '处理中', SUCCESS: '已到账', ABNORMAL: '退款异常', CLOSED: '已关闭' } as const;

function payOrder(order: SandboxOrder, refunds: SandboxRefund[]): OrderShown {
  const button = under(`orders/${encodeURIComponent(order.outTradeNo)}`);
  const isPaid = order.paidAt !== null;
  const canRefund = isPaid && order.refundedFen < order.totalFen;
  const isPart = order.tradeState === 'REFUND' && canRefund;
  return {
    channel: '微信支付',
    outTradeNo: order.outTradeNo,
    createdAt: order.createdAt,
    totalFen: order.totalFen,
    refundedFen: refunds.reduce((sum, { status, refundFen }) => (status === 'SUCCESS' ? sum + refundFen : sum), 0),
    state: { title: isPart ? '部分退款' : orderTitles[order.tradeState], tone: payTones[order.tradeState] },
    title: order.description,
    refunds: refunds.map((refund) => ({
      fen: refund.refundFen,
      state: payRefundTitles[refund.status] + (refund.atConsole ? ' · 商户后台' : ''),
      buttons: payRefundButtons(refund),
    })),
    buttons: [
      ...(order.tradeState === 'NOTPAY'
        ? [button('支付', 'pay', { isMain: true }), button('放弃', 'abandon', { done: '顾客已离开' })]
        : []),
      ...(isPaid ? [button('再发一次通知', 'notify', { done: '已发出' })] : []),
      ...(canRefund ? [button('在商户后台退款', 'refund')] : []),
    ],
  };
}

function payRefundButtons({ outRefundNo, status }: SandboxRefund): Html[] {
  const button = under(`refunds/${encodeURIComponent(outRefundNo)}`);
  const ends = [button('到账', 'succeed'), button('关闭', 'close')];
  if (status === 'PROCESSING') return [...ends, button('异常', 'fail')];
  return status === 'ABNORMAL' ? ends : [button('再发一次通知', 'notify', { done: '已发出' })];
}

const virtualTitles = new Map<number, OrderShown['state']>([
  [1, { title: '待支付', tone: 'open' }],
  [2, { title: '已支付，未发货', tone: 'good' }],
  [4, { title: '已发货', tone: 'good' }],
  [5, { title: '已退款', tone: 'over' }],
  [6, { title: '已关闭', tone: 'over' }],
]);
const virtualRefundTitles = { running: '处理中', done: '已到账', failed: '失败' } as const;

function virtualOrder(order: VirtualOrderShown): OrderShown {
  const button = under(`virtual/orders/${encodeURIComponent(order.outTradeNo)}`);
  const isOpen = order.status === 1;
  const canRefund = order.paidAt !== null && order.leftFen > 0;
  const atConsole = order.platform === 'ios' ? [] : [button('在商户后台退款', 'refund')];
  const apple =
    order.platform === 'ios'
      ? [button('苹果退款', 'apple-refund'), button('苹果来问', 'apple-ask', { done: '已问' })]
      : [];
  return {
    channel: order.platform === 'ios' ? '虚拟支付 · 苹果' : '虚拟支付',
    outTradeNo: order.outTradeNo,
    createdAt: order.createdAt,
    totalFen: order.totalFen,
    refundedFen: order.totalFen - order.leftFen,
    state: virtualTitles.get(order.status) ?? { title: `状态 ${order.status}`, tone: 'over' },
    title: `${order.productId} × ${order.quantity}`,
    refunds: order.refunds.map(({ refundFen: fen, state }) => ({
      fen,
      state: virtualRefundTitles[state],
      buttons: state === 'running' ? [button('到账', 'make-refunds'), button('失败', 'fail-refunds')] : [],
    })),
    buttons: [
      ...(isOpen ? [button('支付', 'pay', { isMain: true }), button('关闭', 'close')] : []),
      ...(order.paidAt === null ? [] : [button('再推送一次', 'notify', { done: '已发出' })]),
      ...(canRefund ? [...atConsole, ...apple] : []),
    ],
  };
}

const tradeTones = {
  WAIT_BUYER_PAY: 'open',
  TRADE_SUCCESS: 'good',
  TRADE_CLOSED: 'over',
  TRADE_FINISHED: 'good',
} as const;

function alipayTrade(trade: SandboxTrade): OrderShown {
  const button = under(`alipay/trades/${encodeURIComponent(trade.outTradeNo)}`);
  const refundedFen = refundedFenOf(trade);
  const isWhole = trade.paidAt !== null && refundedFen === trade.totalFen;
  return {
    channel: '支付宝',
    outTradeNo: trade.outTradeNo,
    createdAt: trade.createdAt,
    totalFen: trade.totalFen,
    refundedFen,
    state: { title: isWhole ? '已退款' : tradeTitles[trade.tradeStatus], tone: tradeTones[trade.tradeStatus] },
    title: trade.subject,
    refunds: trade.refunds.map(({ refundFen: fen, state, by }) => ({
      fen,
      state: (state === 'waiting' ? '处理中' : '已到账') + (by === 'console' ? ' · 商户后台' : ''),
      buttons: state === 'waiting' ? [button('到账', 'make-refund')] : [],
    })),
    buttons: [
      ...(trade.tradeStatus === 'WAIT_BUYER_PAY' ? [button('支付', 'pay', { isMain: true })] : []),
      ...(trade.paidAt === null ? [] : [button('再发一次通知', 'notify', { done: '已发出' })]),
      ...(trade.tradeStatus === 'TRADE_SUCCESS'
        ? [button('在商户后台退款', 'refund'), button('过了退款期', 'finish')]
        : []),
    ],
  };
}
