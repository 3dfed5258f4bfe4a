import type { PaymentChannel } from '@suyi/shared-types';
import { openCashier } from '../../src/platform/pay.h5';
import { samplePayment, sampleVirtualPayment } from './samples';

const safari = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile/15E148 Safari/604.1';
const wechat = `${safari} MicroMessenger/8.0.60(0x18003c2f)`;

function browse(userAgent: string) {
  const visited: string[] = [];
  const cashier = openCashier({ userAgent, leaveFor: (address) => visited.push(address) });
  return { cashier, visited };
}
const sandbox = async () => true;
const noSandbox = async () => false;

it.each<[string, string, () => Promise<boolean>, PaymentChannel[]]>([
  ['a phone’s own browser', safari, noSandbox, ['alipay_wap']],
  ['a phone’s own browser on the sandbox', safari, sandbox, ['alipay_wap', 'wechat_jsapi']],
  ['WeChat’s browser', wechat, noSandbox, []],
  ['WeChat’s browser on the sandbox', wechat, sandbox, ['wechat_jsapi']],
])('opens in %s the ways that work there', async (_name, userAgent, probe, ways) => {
  expect(await browse(userAgent).cashier.findWays(probe)).toEqual(ways);
});

it.each<[string, PaymentChannel[], string]>([
  [safari, ['wechat_virtual', 'wechat_jsapi'], '请在微信小程序内购买'],
  [wechat, ['alipay_wap', 'wechat_virtual'], '请在微信小程序内购买'],
  [wechat, ['alipay_wap'], '请用手机浏览器打开'],
  [safari, [], '购买暂未开放'],
])('says what to do where no way is open', (userAgent, offered, words) => {
  expect(browse(userAgent).cashier.whyClosed(offered)).toContain(words);
});

it('goes to Alipay by the very address that the server made', async () => {
  const { cashier, visited } = browse(safari);
  const url = 'https://openapi.alipay.example/gateway.do?sign=a%2Bb%3D%3D&biz_content=%7B%22a%22%3A1%7D';

  expect(await cashier.pay({ channel: 'alipay_wap', payment: { url } }, '/any')).toBe('left');

  expect(visited).toEqual([url]);
});

it('goes to the sandbox’s cashier for WeChat Pay, and back to the page of the order', async () => {
  const { cashier, visited } = browse(safari);

  await cashier.pay(
    { channel: 'wechat_jsapi', payment: samplePayment() },
    '/subpackages/membership/index/index?order=o1',
  );

  const address = new URL(visited[0] ?? '', 'https://suyi.example');
  expect(address.pathname).toBe('/sandbox/cashier');
  expect(address.searchParams.get('prepay_id')).toBe('wx1');
  expect(address.searchParams.get('return')).toBe('/#/subpackages/membership/index/index?order=o1');
});

it('goes nowhere with what only WeChat can pay', async () => {
  const { cashier, visited } = browse(safari);

  expect(await cashier.pay({ channel: 'wechat_virtual', payment: sampleVirtualPayment() }, '/any')).toBe('failed');

  expect(visited).toEqual([]);
});
