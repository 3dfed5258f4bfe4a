import { renderAlipayCashier, renderAlipayRefusal } from '../alipay/page';
import type { SandboxTrade } from '../alipay/trades';
import { renderSwitchboard } from './page';
import { renderCashier, renderMissing } from './page-cashier';
import { returnAddress } from './return-address';
import type { SandboxJob } from '../runninghub/jobs';
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
const job: SandboxJob = {
  id: hostile,
  photo: hostile,
  prompt: hostile,
  webhookUrl: hostile,
  hasMetadata: false,
  state: 'RUNNING',
  errorCode: null,
  isSilent: false,
  createdAt: 3,
  startedAt: 4,
  endedAt: null,
  pictures: 12,
  coins: 0,
  costSeconds: 0,
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
  subscribed: {
    agreement: 'never',
    messages: [{ openid: hostile, templateId: hostile, page: hostile, values: { [hostile]: hostile }, at: 0 }],
  },
  runninghub: {
    jobs: [job, { ...job, state: 'FAILED', errorCode: 805, endedAt: 5, coins: 3, costSeconds: 12 }],
    openJobs: 1,
    openJobsMax: 2,
    slots: 1,
    paceMs: 2_000,
    usual: { slots: 3, paceMs: 12_000 },
    counts: { uploads: 0, creates: 0, createsMade: 0, createsOverSlots: 0, queries: 0, cancels: 0 },
    mishaps: {
      refusals: [{ code: 421, status: 200, times: 2 }],
      failures: [{ code: 805, times: 1 }],
      silences: 3,
      shortages: [{ pictures: 7, times: 1 }],
      chances: { refuse: 0.05, fail: 0, resetBefore: 0, resetAfter: 0.1, silent: 0, dropWebhook: 0 },
      outage: 'status',
      isBalanceEmpty: true,
      pictures: 'broken',
    },
    webhooks: { mode: { kind: 'drop' }, attempts: [] },
  },
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
    '订阅消息：顾客没有同意（43101）',
    '支付宝：通知被篡改',
    '支付宝：余额不足',
    expect.stringMatching(/^短信：拒绝/),
    '短信：同一号码 30 秒一条',
    '微信登录：带 unionid',
    'RunningHub（模特图）：拒绝下单 421，还有 2 次',
    'RunningHub（模特图）：任务失败 805，还有 1 次',
    'RunningHub（模特图）：任务没有结果，还有 3 次',
    'RunningHub（模特图）：只出 7 张，还有 1 次',
    'RunningHub（模特图）：图片只有一半',
    'RunningHub（模特图）：停机，全部返回 503',
    'RunningHub（模特图）：余额用完',
    'RunningHub（模特图）：只有 1 个名额',
    'RunningHub（模特图）：2 秒做完',
    'RunningHub（模特图）：通知丢失',
    'RunningHub（模特图）：随机出错：拒绝 5%，建成后断开 10%',
  ]);
});

it('shows each job with its state, its pictures and its cost, and offers what fits', () => {
  const { text } = renderSwitchboard(state);

  expect(text).toMatch(/模特图任务 · 占用 1\/1 个名额/);
  expect(text).toMatch(/将出 12 张[\s\S]*运行[\s\S]*立即完成[\s\S]*失败[\s\S]*不再回应/);
  expect(text).toMatch(/3 币，运行 12 秒[\s\S]*失败 805[\s\S]*再发一次通知/);
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
