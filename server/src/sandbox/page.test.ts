import { renderCashier, renderMissing, renderSwitchboard } from './page';
import { returnAddress } from './return-address';
import type { SwitchboardState } from './switchboard-state';
import type { SandboxOrder } from './wechat-pay-orders';

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
};
const state: SwitchboardState = {
  messages: [{ phone: hostile, code: hostile, at: 0 }],
  orders: [order],
  notifications: { mode: { kind: 'drop' }, attempts: [] },
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
])('%s shows hostile words as words', (_name, text) => {
  expect(text).toMatch(/&lt;script&gt;|%3Cscript%3E/);
  expect(text.match(/<script\b[^>]*>/g) ?? []).toEqual(
    text.includes('id="live"') ? ['<script src="/sandbox/page.js">'] : [],
  );
  expect(text).not.toMatch(/<img|onerror='/);
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
