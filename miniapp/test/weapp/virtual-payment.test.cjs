'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { startProduct } = require('../product.ts');
const { createPhone } = require('./phone.cjs');

jest.setTimeout(60_000);

const dist = path.join(__dirname, '../../dist');

/** Virtual payment first, as WeChat asks of a mini program since April 2026. */
let product;
let folder;
let phones = [];
let people = 0;

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'suyi-virtual-'));
  product = await startProduct({ PAYMENT_CHANNELS: 'wechat_virtual,wechat_jsapi' });
});

afterEach(() => {
  const errors = phones.flatMap((phone) => phone.errors);
  phones.forEach((phone) => phone.kill());
  phones = [];
  expect(errors).toEqual([]);
});

afterAll(async () => {
  await product?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

const isReady = (phone, id) => phone.find(id)?.attrs['aria-disabled'] === 'false';

async function tapWhenReady(phone, id) {
  await phone.waitFor(() => isReady(phone, id));
  phone.tap(id);
}

/** A seller who is signed in and has bought nothing, on the page where memberships are sold. */
async function openMembership(options) {
  const session = await product.signIn(product.newNumber());
  const storage = new Map([['session', session]]);
  const person = `buyer${(people += 1)}`;
  const phone = createPhone({ dist, product, folder, person, photo: null, storage, ...options });
  phones.push(phone);
  phone.launch('/subpackages/membership/index/index');
  await phone.waitFor(() => isReady(phone, 'plan-pay'));
  return { phone, session };
}

it('sells a membership by virtual payment, and shows its order', async () => {
  const { phone, session } = await openMembership();

  phone.tap('plan-pay');
  await phone.waitForId('payment-paid');

  expect(phone.callsOf('requestPayment')).toEqual([]);
  expect(phone.callsOf('requestVirtualPayment')).toHaveLength(1);
  expect(await product.usesOf(session)).toEqual({ remaining: 100, held: 0, entries: ['grant 100'] });

  phone.tap('payment-start');
  await phone.waitFor(() => phone.textOf('summary-uses') === '100');
  phone.switchTab('pages/me/index');
  await phone.waitForId('me-orders');
  phone.tap('me-orders');
  await phone.waitFor(() => phone.textOf('orders-item-0')?.includes('已支付'));
});

it('grants nothing to who turns away, and takes up the order from the list', async () => {
  let isWilling = false;
  const { phone, session } = await openMembership({ pays: () => isWilling });
  phone.tap('plan-pay');
  await phone.waitForId('payment-unpaid');
  expect(await product.usesOf(session)).toEqual({ remaining: 0, held: 0, entries: [] });

  isWilling = true;
  phone.switchTab('pages/me/index');
  await phone.waitForId('me-orders');
  phone.tap('me-orders');
  await tapWhenReady(phone, 'orders-pay-0');
  await phone.waitForId('payment-paid');

  expect(await product.usesOf(session)).toEqual({ remaining: 100, held: 0, entries: ['grant 100'] });
});

it('sells by WeChat Pay on a WeChat that is too old', async () => {
  const { phone, session } = await openMembership({ isOld: true });

  phone.tap('plan-pay');
  await phone.waitForId('payment-paid');

  expect(phone.callsOf('requestPayment')).toHaveLength(1);
  expect(await product.usesOf(session)).toEqual({ remaining: 100, held: 0, entries: ['grant 100'] });
});
