import { renderAlipayCashier, renderAlipayRefusal } from '../alipay/page';
import type { SandboxTrade } from '../alipay/trades';
import { renderSwitchboard } from './page';
import { renderCashier, renderMissing } from './page-cashier';
import { returnAddress } from './return-address';
import type { SwitchboardState, VirtualOrderShown } from './state';
import type { SandboxOrder } from '../wechat-pay/orders';
import type { SandboxRefund } from '../wechat-pay/refund';

const hostile = `"><script>alert(1)</script><img src=x onerror='alert(2)'>&`;

const order: SandboxOrder = {
  outTradeNo: hostile,
  prepayId: hostile,
  description: hostile,
  totalFen: 9_905,
  openid: hostile,
  tradeState: 'NOTPAY',
  transactionId: null,
  createdAt: 0,
  paidAt: null,
  notifyUrl: hostile,
  timeExpire: 0,
  refundedFen: 0,
};
const refund: SandboxRefund = {
  outRefundNo: hostile,
  refundId: hostile,
  outTradeNo: hostile,
  transactionId: hostile,
  totalFen: 9_905,
  refundFen: 100,
  status: 'PROCESSING',
  reason: hostile,
  notifyUrl: hostile,
  atConsole: true,
  createdAt: 0,
  succeededAt: null,
};
const trade: SandboxTrade = {
  outTradeNo: hostile,
  tradeNo: hostile,
  subject: hostile,
  totalFen: 9_905,
  tradeStatus: 'WAIT_BUYER_PAY',
  createdAt: 2,
  paidAt: null,
  closedAt: null,
  timeExpire: 0,
  notifyUrl: hostile,
  returnUrl: hostile,
  quitUrl: hostile,
  refunds: [],
};
const virtualOrder: VirtualOrderShown = {
  outTradeNo: hostile,
  wxOrderId: hostile,
  transactionId: null,
  openid: hostile,
  platform: 'ios',
  productId: hostile,
  quantity: 1,
  priceFen: 9_905,
  totalFen: 9_905,
  leftFen: 9_905,
  attach: hostile,
  env: 0,
  status: 4,
  createdAt: 1,
  paidAt: 1,
  deliveredAt: 1,
  refunds: [],
};
const state: SwitchboardState = {
  messages: [{ phone: hostile, code: hostile, at: 0 }],
  orders: [order],
  notifications: { mode: { kind: 'drop' }, attempts: [] },
  refunds: {
    items: [refund],
    outcome: { kind: 'wait' },
    balance: 'short',
    spacingMs: 60_000,
    tellsOfConsole: true,
  },
  bills: { spoilings: [{ kind: 'leave_out', number: hostile }] },
  virtual: { orders: [virtualOrder], refunds: 'later' },
  pushes: { mode: { kind: 'forge' }, attempts: [] },
  alipay: { trades: [trade], refunds: 'short', notifications: { mode: { kind: 'corrupt' }, attempts: [] } },
  faults: [{ vendor: 'sms', path: hostile, times: 1, fault: { kind: 'reset' } }],
  refusedNumbers: [{ phone: hostile, code: hostile }],
  smsIntervalMs: 30_000,
  givesUnionid: true,
};

it.each([
  ['the switchboard', renderSwitchboard(state).text],
  ['the cashier', renderCashier(order, `/${hostile}`).text],
  ['the cashier of an order that is paid', renderCashier({ ...order, tradeState: 'SUCCESS' }, `/${hostile}`).text],
  ['the page of a missing order', renderMissing(`/${hostile}`).text],
  ['Alipay’s cashier', renderAlipayCashier(trade, `/${hostile}`).text],
  [
    'Alipay’s cashier of a trade that is paid',
    renderAlipayCashier({ ...trade, tradeStatus: 'TRADE_SUCCESS' }, `/${hostile}`).text,
  ],
  ['Alipay’s refusal', renderAlipayRefusal(hostile, hostile).text],
])('%s shows hostile words as words', (_name, text) => {
  expect(text).toMatch(/&lt;script&gt;|%3Cscript%3E/);
  expect(text.match(/<script\b[^>]*>/g) ?? []).toEqual(
    text.includes('id="live"') ? ['<script src="/sandbox/page.js">'] : [],
  );
  expect(text).not.toMatch(/<img|onerror='/);
});

it('lists the orders of all ways of paying in one list, newest first, each with what can be done', () => {
  const { text } = renderSwitchboard(state);

  const channels = [...text.matchAll(/<span class="channel">([^<]+)</g)].map(([, channel]) => channel);
  expect(channels).toEqual(['支付宝', '虚拟支付 · 苹果', '微信支付']);
  expect(text).toMatch(/苹果退款[\s\S]*到账[\s\S]*关闭[\s\S]*异常[\s\S]*撤回手机号授权/);
});

it('names each switch that is turned', () => {
  const lines = [...renderSwitchboard(state).text.matchAll(/<li class="card meta">([^<]+)</g)].map(([, line]) => line);

  expect(lines.slice(1)).toEqual([
    '微信支付：通知丢失',
    '微信支付：退款一直处理中',
    '微信支付：余额不足',
    '微信支付：同一订单 60 秒退一次',
    '微信支付：后台退款也通知',
    '微信支付：账单有问题（leave_out）',
    '微信（登录、虚拟支付、消息推送）：通知是伪造的',
    '虚拟支付：退款一直处理中',
    '支付宝：通知被篡改',
    '支付宝：余额不足',
    expect.stringMatching(/^短信：拒绝/),
    '短信：同一号码 30 秒一条',
    '微信登录：带 unionid',
  ]);
});

it('shows money in yuan to the fen', () => {
  expect(renderCashier(order, '/').text).toContain('¥99.05');
});

const publicUrl = 'https://suyi.example:8443/app';

it.each([
  ['/#/pages/membership/index?paid=1', '/#/pages/membership/index?paid=1'],
  ['/orders?id=1#top', '/orders?id=1#top'],
  ['https://suyi.example:8443/#/pages', 'https://suyi.example:8443/#/pages'],
  [undefined, '/'],
  ['', '/'],
  ['pages/relative', '/'],
  ['https://evil.example/', '/'],
  ['http://suyi.example:8443/', '/'],
  ['https://suyi.example/', '/'],
  ['https://suyi.example:8443@evil.example/', '/'],
  ['https://suyi.example:8443.evil.example/', '/'],
  ['//evil.example/', '/'],
  ['/\\evil.example/', '/'],
  ['\\\\evil.example/', '/'],
  ['/\t/evil.example/', '/'],
  ['/..//evil.example/', '/evil.example/'],
  ['//return.invalid//evil.example/', '/evil.example/'],
  ['javascript:alert(1)', '/'],
  ['data:text/html,x', '/'],
])('the cashier returns from %j to %j', (wish, address) => {
  expect(returnAddress(wish, publicUrl)).toBe(address);
});
