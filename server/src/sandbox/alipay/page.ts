import type { SandboxTrade } from './trades';
import { html, type Html } from '../html';
import { paymentFacts, sheet, yuan } from '../switchboard/page-frame';

export const tradeTitles: Record<SandboxTrade['tradeStatus'], string> = {
  WAIT_BUYER_PAY: '待支付',
  TRADE_SUCCESS: '已支付',
  TRADE_CLOSED: '已关闭',
  TRADE_FINISHED: '已完结',
};

const stripe = '沙箱收银台：模拟支付宝，不会真的扣款';

/** The page that stands for Alipay's cashier. `back` is an address that `returnAddress` let through. */
export function renderAlipayCashier(trade: SandboxTrade, back: string): Html {
  const action = (deed: string): string => `/sandbox/alipay/trades/${encodeURIComponent(trade.outTradeNo)}/${deed}`;

  return sheet('沙箱收银台', stripe, [
    html`<div class="brand">支付宝</div>`,
    html`<div class="title">${trade.subject}</div>`,
    html`<div class="amount">${yuan(trade.totalFen)}</div>`,
    paymentFacts(trade.outTradeNo, '沙箱余额，不会扣款'),
    trade.tradeStatus === 'WAIT_BUYER_PAY'
      ? html`<form method="post" action="${action('pay')}"><button class="pay alipay">确认付款</button></form>
          <form method="post" action="${action('leave')}"><button>取消</button></form>`
      : html`<p>这笔订单${tradeTitles[trade.tradeStatus]}，不用再付</p>
          <a class="button" href="${back}">返回商家</a>`,
  ]);
}

/** What a browser sees that opened an address which the gateway does not take. */
export function renderAlipayRefusal(subCode: string, message: string): Html {
  const content = [
    html`<div class="brand">支付宝</div>`,
    html`<div class="title">抱歉，付款页打不开</div>`,
    html`<p class="meta">${message}（${subCode}）</p>`,
    html`<p class="meta">请返回商家重新下单。</p>`,
  ];
  return sheet('沙箱收银台', stripe, content, { standsAlone: true });
}
