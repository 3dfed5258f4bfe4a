import { useWorld } from './world';
import type { Phone } from './phone';

/** The browser build as it is where a merchant takes Alipay in it. */
const world = useWorld({ PAYMENT_CHANNELS: 'alipay_wap,wechat_virtual' });

/** A signed-in seller's phone, at Alipay's cashier. */
async function goToAlipay() {
  const session = await world.product.signIn(world.product.newNumber());
  const phone = await world.phone(session);
  await phone.tap('summary-buy');
  await phone.read('plan-way', '支付宝');
  await phone.shoot('30-plan-alipay');
  await phone.tap('plan-pay');
  await cashierOf(phone);
  return { phone, session };
}

async function cashierOf(phone: Phone) {
  const pay = phone.page().locator('button.pay');
  await pay.waitFor();
  return pay;
}

it('pays at Alipay, comes back to the order, and finds it in the list and the statement', async () => {
  const { phone, session } = await goToAlipay();
  await phone.shoot('31-alipay');
  await (await cashierOf(phone)).tap();

  await phone.read('payment-paid', '100 次已到账');
  await phone.shoot('32-alipay-paid');
  expect(await world.product.usesOf(session)).toEqual({ remaining: 100, held: 0, entries: ['grant 100'] });

  await phone.tap('payment-start');
  await phone.read('summary-uses', '100');
  await phone.openTab('我的');
  await phone.shoot('33-me');
  await phone.tap('me-orders');
  await phone.read('orders-item-0', '已支付');
  await phone.read('orders-item-0', '支付宝');
  await phone.shoot('34-orders');
  await phone.tap('page-back');
  await phone.tap('me-statement');
  await phone.read('statement-item-0', '订单号 ord_');
  await phone.shoot('35-statement');
  await phone.tap('statement-item-0');
  await phone.read('orders-item-0', '已支付');
});

it('grants nothing to who leaves Alipay by the browser’s back button, and takes the order up from the list', async () => {
  const { phone, session } = await goToAlipay();
  await phone.page().goBack();
  await phone.read('payment-unpaid', '没有收到付款');
  expect(await world.product.usesOf(session)).toEqual({ remaining: 0, held: 0, entries: [] });

  await phone.reopen();
  await phone.openTab('我的');
  await phone.tap('me-orders');
  await phone.read('orders-item-0', '待支付');
  await phone.shoot('36-orders-unpaid');
  await phone.tap('orders-check-0');
  await phone.page().getByText('还没有收到付款').waitFor();
  await phone.tap('orders-pay-0');
  await (await cashierOf(phone)).tap();

  await phone.read('payment-paid', '100 次已到账');
  expect(await world.product.usesOf(session)).toEqual({ remaining: 100, held: 0, entries: ['grant 100'] });
});

it('shows nobody else’s order, and asks a guest to sign in', async () => {
  const { phone } = await goToAlipay();
  const orderId = /ord_\w+/.exec(await phone.page().locator('body').innerText())?.[0] ?? '';
  const path = `${world.product.origin}/#/subpackages/membership/index/index?order=${orderId}`;

  const guest = await world.phone();
  await guest.page().goto(path);
  await guest.see('prompt-login');
  await guest.shoot('37-result-guest');

  const stranger = await world.phone(await world.product.signIn(world.product.newNumber()));
  stranger.expectTrouble(/status of 404.*\/confirm/);
  await stranger.page().goto(path);
  await stranger.page().getByText('没有找到这笔订单').waitFor();
  await stranger.see('plan-pay');
});
