import { html, type Html } from '../html';
import { paymentFacts, sheet, yuan } from './page-frame';
import type { SandboxOrder } from '../wechat-pay/orders';

const stripe = '沙箱收银台：模拟微信支付，不会真的扣款';

export const orderTitles: Record<SandboxOrder['tradeState'], string> = {
  NOTPAY: '待支付',
  SUCCESS: '已支付',
  CLOSED: '已关闭',
  REFUND: '已退款',
};

/** The sheet that stands for WeChat Pay's own. `back` is an address that `returnAddress` let through. */
export function renderCashier(order: SandboxOrder, back: string): Html {
  const isOpen = order.tradeState === 'NOTPAY';
  const action = (deed: string): string =>
    `/sandbox/orders/${encodeURIComponent(order.outTradeNo)}/${deed}?return=${encodeURIComponent(back)}`;

  return sheet('沙箱收银台', stripe, [
    html`<div class="title">${order.description}</div>`,
    html`<div class="amount">${yuan(order.totalFen)}</div>`,
    paymentFacts(order.outTradeNo, '沙箱零钱，不会扣款'),
    isOpen
      ? html`<form method="post" action="${action('pay')}"><button class="pay">确认支付</button></form>
          <form method="post" action="${action('abandon')}"><button>取消</button></form>`
      : html`<p>这笔订单${orderTitles[order.tradeState]}，不用再付</p>
          <a class="button" href="${back}">返回商家</a>`,
  ]);
}

export function renderMissing(back: string): Html {
  return sheet('沙箱收银台', '沙箱收银台：不会真的扣款', [
    html`<div class="title">没有这笔订单</div>`,
    html`<p class="meta">它可能属于上一次启动的沙箱。请回到小程序重新下单。</p>`,
    html`<a class="button" href="${back}">返回商家</a>`,
  ]);
}
