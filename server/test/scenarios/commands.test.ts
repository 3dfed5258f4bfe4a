import { useLiveServer } from '../live-server';
import { call } from '../request';
import type { World } from '../world';

const live = useLiveServer();
const reach = (): World => ({ origin: live.origin }) as World;

let orderId: string;
let token: string;

beforeAll(async () => {
  const session = await call(reach(), 'POST', '/api/auth/wechat', { body: { wxCode: 'operator-test.1' } });
  token = String(session.body.token);
  const order = await call(reach(), 'POST', '/api/membership/orders', {
    token,
    body: { planId: 'monthly', channel: 'wechat_jsapi' },
  });
  orderId = (order.body.order as { id: string }).id;
  await live.sandbox.pay.pay(orderId);
  const confirmed = await call(reach(), 'POST', `/api/membership/orders/${orderId}/confirm`, { token });
  expect(confirmed.body.status).toBe('paid');
}, 30_000);

const usesLeft = async (): Promise<unknown> =>
  (await call(reach(), 'GET', '/api/membership', { token })).body.quotaRemaining;

it('npm run refund says first what it would do, and does nothing', async () => {
  const { code, output } = await live.command('refund', [orderId, '--yuan', '9.90', '--reason', '试', '--by', '张三']);

  expect(code).toBe(0);
  expect(output).toContain('it bought 10 uses; 10 of them are unspent');
  expect(output).toContain('Nothing was done');
  expect(await usesLeft()).toBe(100);
});

it('npm run refund sends back a part beside the running server, and tells how it ended', async () => {
  const words = [orderId, '--yuan', '9.9', '--reason', '误购', '--by', '张三', '--yes'];
  const { code, output } = await live.command('refund', words);

  expect({ code, output }).toMatchObject({
    code: 0,
    output: expect.stringContaining('The refund is succeeded.') as string,
  });
  expect(await usesLeft()).toBe(90);
  expect(live.sandbox.pay.find(orderId)).toMatchObject({ refundedFen: 990 });
}, 60_000);

it.each([
  [['ord_nobodys', '--reason', 'r', '--by', 'b'], 'nothing open under this number'],
  [['--reason', 'r', '--by', 'b'], 'which ORDER?'],
  [['x', '--reason', 'r', '--by', 'b', '--yuan', 'much'], 'is no amount'],
  [['x', '--unknown', 'r'], '--unknown'],
])('npm run refund answers %j with a sentence that says what to do', async (words, sentence) => {
  const { code, output } = await live.command('refund', words);

  expect(code).toBe(2);
  expect(output).toContain(sentence);
});

it('npm run refund takes no more than is left, and gives up only what is stuck', async () => {
  const tooMuch = await live.command('refund', [orderId, '--yuan', '99', '--reason', 'r', '--by', 'b']);
  const notStuck = await live.command('refund', ['--give-up', 'rfd_nobodys', '--by', 'b']);

  expect(tooMuch).toMatchObject({ code: 2, output: expect.stringContaining('more than is left') as string });
  expect(notStuck.code).toBe(2);
});

it('npm run verify:ledger and npm run discrepancies say in a line that all is well', async () => {
  const ledger = await live.command('verify-ledger', []);
  const discrepancies = await live.command('discrepancies', []);
  const unknown = await live.command('discrepancies', ['dsc_nobodys', '--settled', 'done', '--by', '张三']);

  expect(ledger).toMatchObject({
    code: 0,
    output: expect.stringMatching(/every sum holds: 1 accounts, 2 entries/) as string,
  });
  expect(discrepancies).toMatchObject({
    code: 0,
    output: expect.stringContaining('Nothing waits for a person.') as string,
  });
  expect(unknown.code).toBe(2);
});
