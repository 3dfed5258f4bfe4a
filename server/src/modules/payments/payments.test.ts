import { makeSeller, quotaOf } from '../../../test/make';
import { call, type Answer } from '../../../test/request';
import { useWorld } from '../../../test/world';
import { inTransaction } from '../../db/transaction';
import { clock, days, minutes } from '../../lib/clock';
import type { PaymentView } from '../../vendors/payment/port';
import { getQuota, mergeQuota } from '../quota/service';
import { InboundEvent } from '../inbound/models';
import { Order } from './models';
import { providerOf, refOf } from './providers';
import { createOrder, openDiscrepancies, reconcileOrders } from './service';
import { settle } from './settle';

const world = useWorld({ ROLES: 'web' });

let serial = 0;
const order = (
  token: string,
  extra: { key?: string; wxCode?: string; channel?: string; planId?: string } = {},
): Promise<Answer> =>
  call(world, 'POST', '/api/membership/orders', {
    token,
    key: extra.key,
    body: {
      planId: extra.planId ?? 'monthly',
      channel: extra.channel ?? 'wechat_jsapi',
      wxCode: extra.wxCode ?? `payer${process.pid}.${(serial += 1)}`,
    },
  });

const idOf = (answer: Answer): string => (answer.body.order as { id: string }).id;

/** The simulator sends its notifications by itself; here each test says when one comes. */
beforeEach(() => world.sandbox.pay.notifications.setMode({ kind: 'drop' }));

const confirm = (token: string, id: string) => call(world, 'POST', `/api/membership/orders/${id}/confirm`, { token });

async function viewOf(orderId: string, changes: Partial<PaymentView> = {}): Promise<PaymentView> {
  const row = await Order.findByPk(orderId);
  return {
    channel: 'wechat_jsapi',
    outTradeNo: orderId,
    state: 'paid',
    transactionId: `42000${orderId}`,
    payee: providerOf('wechat_jsapi').payee,
    payer: row?.openid ?? null,
    goods: null,
    totalFen: 9_900,
    currency: 'CNY',
    paidAt: clock.now(),
    refundedFen: null,
    ...changes,
  };
}

describe('an order', () => {
  it('gives parameters that WeChat accepts, and grants nothing before the money came', async () => {
    const seller = await makeSeller();

    const answer = await order(seller.token);

    expect(answer).toMatchObject({
      status: 201,
      body: { order: { status: 'awaiting', priceFen: 9_900, uses: 100, days: 30 } },
    });
    expect(answer.body.payment).toMatchObject({
      signType: 'RSA',
      package: expect.stringMatching(/^prepay_id=/) as string,
    });
    expect((await confirm(seller.token, idOf(answer))).body.status).toBe('awaiting');
    expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 0 });
  });

  it('is one order for one key, for a second tap, and for ten taps at once', async () => {
    const seller = await makeSeller();
    const wxCode = (n: number): string => `tapper${seller.id.slice(-8)}.${n}`;

    const first = await order(seller.token, { key: 'the-same-key', wxCode: wxCode(0) });
    const again = await order(seller.token, { key: 'the-same-key', wxCode: wxCode(0) });
    const others = await Promise.all(
      Array.from({ length: 10 }, (_, n) => order(seller.token, { wxCode: wxCode(n + 1) })),
    );

    expect(new Set([first, again, ...others].map(idOf)).size).toBe(1);
    expect(await Order.count({ where: { userId: seller.id } })).toBe(1);
  });

  it('is refused for another body under the same key, an unknown plan, a channel that is not there, a bad WeChat code', async () => {
    const seller = await makeSeller();
    await order(seller.token, { key: 'one-key-only', wxCode: 'somebody1.1' });

    expect(await order(seller.token, { key: 'one-key-only', wxCode: 'somebody1.2' })).toMatchObject({
      status: 409,
      body: { code: 'idempotency_key_reused' },
    });
    expect((await order(seller.token, { planId: 'yearly' })).body.code).toBe('plan_unknown');
    expect((await order(seller.token, { channel: 'alipay_wap' })).body.code).toBe('channel_unavailable');
    expect((await order(seller.token, { wxCode: 'bad-one' })).body.code).toBe('wechat_code_invalid');
    expect(
      (
        await call(world, 'POST', '/api/membership/orders', {
          token: seller.token,
          body: { planId: 'monthly', channel: 'wechat_jsapi' },
        })
      ).body.code,
    ).toBe('openid_required');
  });

  it('survives a prepay whose answer was lost: the same key pays the same order', async () => {
    const seller = await makeSeller();
    world.sandbox.pay.faults.plan({ path: '/v3/pay/transactions/jsapi', fault: { kind: 'lost' }, times: 1 });

    const lost = await order(seller.token, { key: 'lost-answer-1', wxCode: 'loser1.1' });
    const again = await order(seller.token, { key: 'lost-answer-1', wxCode: 'loser1.1' });

    expect(lost).toMatchObject({ status: 503, body: { code: 'vendor_unavailable' } });
    expect(again.status).toBe(201);
    expect(world.sandbox.pay.orders().filter((each) => each.outTradeNo === idOf(again))).toHaveLength(1);
  });

  it('that WeChat Pay calls paid already is settled instead of paid again', async () => {
    const seller = await makeSeller();
    const id = idOf(await order(seller.token, { key: 'paid-twice-1', wxCode: 'twice1.1' }));
    await world.sandbox.pay.pay(id);
    await Order.update({ prepayId: null, status: 'created' }, { where: { id } });

    const again = await order(seller.token, { key: 'paid-twice-1', wxCode: 'twice1.1' });

    expect(again).toMatchObject({ status: 201, body: { order: { status: 'paid' }, payment: null } });
    expect(await quotaOf(seller)).toEqual({ remaining: 100, held: 0 });
  });

  it('asked about while WeChat Pay is away is answered as it stands, and never as unpaid for sure', async () => {
    const seller = await makeSeller();
    const id = idOf(await order(seller.token));
    await world.sandbox.pay.pay(id);
    world.sandbox.pay.faults.plan({ path: id, fault: { kind: 'status', status: 503 }, times: 1 });

    expect(await confirm(seller.token, id)).toMatchObject({
      status: 200,
      body: { status: 'awaiting', isCertain: false },
    });
    expect(await confirm(seller.token, id)).toMatchObject({ status: 200, body: { status: 'paid', isCertain: true } });
  });

  it('opened in the moment of a merge belongs to the account that is left', async () => {
    const [gone, left] = [await makeSeller(), await makeSeller()];
    await inTransaction((tx) => mergeQuota(gone.id, left.id, tx));

    const { order: opened, payment } = await createOrder(
      { userId: gone.id, openid: 'o_merged_in_between_1' },
      { planId: 'monthly', channel: 'wechat_jsapi' },
      { key: 'merge-order-1', requestHash: 'h' },
    );

    expect(payment).not.toBeNull();
    expect(opened.userId).toBe(left.id);
    await settle(await viewOf(opened.id));

    expect(await quotaOf(left)).toEqual({ remaining: 100, held: 0 });
  });

  it('of another seller is not there', async () => {
    const [mine, other] = [await makeSeller(), await makeSeller()];
    const id = idOf(await order(mine.token));

    expect((await call(world, 'GET', `/api/membership/orders/${id}`, { token: other.token })).status).toBe(404);
    expect((await confirm(other.token, id)).status).toBe(404);
  });
});

describe('money that came', () => {
  it('becomes a membership when the phone comes back, once, however often it asks', async () => {
    const seller = await makeSeller();
    const id = idOf(await order(seller.token));
    await world.sandbox.pay.pay(id);

    const answers = await Promise.all(Array.from({ length: 10 }, () => confirm(seller.token, id)));

    expect(new Set(answers.map((answer) => answer.body.status))).toEqual(new Set(['paid']));
    expect(await quotaOf(seller)).toEqual({ remaining: 100, held: 0 });
    expect((await call(world, 'GET', '/api/membership', { token: seller.token })).body).toMatchObject({
      isMember: true,
      quotaRemaining: 100,
    });
  });

  it('becomes a membership by the notification alone, and once with both at the same time', async () => {
    const seller = await makeSeller();
    const id = idOf(await order(seller.token));
    world.sandbox.pay.notifications.setMode({ kind: 'repeat', times: 5 });
    await world.sandbox.pay.pay(id);

    await Promise.all([
      confirm(seller.token, id),
      confirm(seller.token, id),
      until(async () => (await quotaOf(seller)).remaining === 100),
    ]);
    await until(async () => (await Order.findByPk(id))?.status === 'paid');

    expect(await quotaOf(seller)).toEqual({ remaining: 100, held: 0 });
  });

  it('becomes a membership by asking, with every notification dropped and the phone gone', async () => {
    const seller = await makeSeller();
    const id = idOf(await order(seller.token));
    await world.sandbox.pay.pay(id);

    clock.advance(minutes(1));
    await reconcileOrders('wechat_jsapi', 50);

    expect((await Order.findByPk(id))?.status).toBe('paid');
    expect(await quotaOf(seller)).toEqual({ remaining: 100, held: 0 });
  });

  it('still grants when it comes for an order that was closed', async () => {
    const seller = await makeSeller();
    const id = idOf(await order(seller.token));
    await Order.update({ status: 'closed', checkAt: null }, { where: { id } });

    expect(await settle(await viewOf(id))).toBe('granted');
    expect(await settle(await viewOf(id))).toBe('already');

    expect(await quotaOf(seller)).toEqual({ remaining: 100, held: 0 });
  });

  it('is asked about again when the notification for a closed order was answered and then forgotten by a crash', async () => {
    const seller = await makeSeller();
    const id = idOf(await order(seller.token));
    await world.sandbox.pay.pay(id);
    await Order.update({ status: 'closed', checkAt: clock.now() }, { where: { id } });

    clock.advance(1_000);
    await reconcileOrders('wechat_jsapi', 50);

    expect((await Order.findByPk(id))?.status).toBe('paid');
    expect(await quotaOf(seller)).toEqual({ remaining: 100, held: 0 });
  });

  it('extends a running membership by 30 days and 100 uses', async () => {
    const seller = await makeSeller({ uses: 40, days: 10 });
    const before = await getQuota(seller.id);
    const id = idOf(await order(seller.token));
    await world.sandbox.pay.pay(id);

    await confirm(seller.token, id);

    const after = await getQuota(seller.id);
    expect(after.remaining).toBe(140);
    expect(after.expireAt).toBe((before.expireAt ?? 0) + days(30));
  });

  it.each([
    ['another amount', { totalFen: 1 }],
    ['another payer', { payer: 'o_somebody_else' }],
    ['another merchant or app', { payee: 'wx0000000000000000/1999999999' }],
    ['other goods', { goods: 'another_product×1' }],
    ['another channel', { channel: 'alipay_wap' }],
    ['another currency', { currency: 'USD' }],
  ] as const)('grants nothing for %s', async (_, changes) => {
    const seller = await makeSeller();
    const id = idOf(await order(seller.token));

    expect(await settle(await viewOf(id, changes))).toBe('mismatch');

    expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 0 });
  });

  it('that is being sent back already is left for a person, not granted', async () => {
    const seller = await makeSeller();
    const id = idOf(await order(seller.token));

    expect(await settle(await viewOf(id, { state: 'refunded' }))).toBe('mismatch');

    expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 0 });
    expect((await Order.findByPk(id))?.checkAt).toBeNull();
  });

  it('is not believed when the provider says anything but success', async () => {
    const seller = await makeSeller();
    const id = idOf(await order(seller.token));

    for (const state of ['unpaid', 'closed'] as const) {
      expect(await settle(await viewOf(id, { state }))).toBe('unpaid');
    }
    expect(await settle(await viewOf('ord_nobodys'))).toBe('unknown_order');
  });
});

describe('a notification', () => {
  it.each(['corrupt', 'forge', 'stale', 'probe'] as const)(
    'that is not to be believed (%s) is refused, and grants nothing',
    async (kind) => {
      const seller = await makeSeller();
      const id = idOf(await order(seller.token));
      await world.sandbox.pay.pay(id);
      world.sandbox.pay.notifications.setMode({ kind });

      expect(await world.sandbox.pay.notifications.resend(id)).toBe(401);
      expect(await world.sandbox.pay.notifications.forge(id)).toBe(401);

      expect((await Order.findByPk(id))?.status).toBe('awaiting');
      expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 0 });
    },
  );

  it('sent a hundred times at once, mixed with forged, stale, corrupted and probing ones, while phones confirm, grants once', async () => {
    const buyers = await Promise.all(
      [1, 2, 3].map(async () => {
        const seller = await makeSeller();
        const id = idOf(await order(seller.token));
        await world.sandbox.pay.pay(id);
        return { seller, id };
      }),
    );
    const { notifications } = world.sandbox.pay;
    const send = (kind: 'deliver' | 'forge' | 'stale' | 'corrupt' | 'probe', id: string): Promise<number | null> => {
      notifications.setMode({ kind }); // Taken by the one that is sent in this moment.
      return notifications.resend(id);
    };

    // All orders' messages in turns, so that each overtakes others of its own and of its neighbours; in five waves, because
    // a machine that is busy with other things would not answer all at once within WeChat Pay's five seconds.
    for (let wave = 0; wave < 5; wave += 1) {
      const good: Promise<number | null>[] = [];
      const bad: Promise<number | null>[] = [];
      const confirmed: Promise<Answer>[] = [];
      for (let n = 0; n < 20; n += 1) {
        for (const { seller, id } of buyers) {
          if (n % 5 === 0) for (const kind of ['forge', 'stale', 'corrupt', 'probe'] as const) bad.push(send(kind, id));
          good.push(send('deliver', id));
          if (n % 10 === 0) confirmed.push(confirm(seller.token, id));
        }
      }

      expect(new Set(await Promise.all(good))).toEqual(new Set([204]));
      expect(new Set(await Promise.all(bad))).toEqual(new Set([401]));
      expect(new Set((await Promise.all(confirmed)).map(({ status }) => status))).toEqual(new Set([200]));
    }

    for (const { seller } of buyers) expect(await quotaOf(seller)).toEqual({ remaining: 100, held: 0 });
    expect(await InboundEvent.count({ where: { outcome: 'granted' } })).toBeLessThanOrEqual(buyers.length);
  });
});

describe('money for an order that is not ours', () => {
  it('is put before a person when a genuine notification tells of it', async () => {
    const seller = await makeSeller();
    const id = idOf(await order(seller.token));
    await world.sandbox.pay.pay(id);
    await Order.destroy({ where: { id } }); // As after a restore from an older backup.
    world.sandbox.pay.notifications.setMode({ kind: 'deliver' });

    expect(await world.sandbox.pay.notifications.resend(id)).toBe(204);

    expect((await openDiscrepancies(100)).filter(({ subject }) => subject === id)).toMatchObject([
      { kind: 'unknown_order' },
    ]);
  });
});

describe('a silent order', () => {
  it('stays open through throttles and outages, and closes after its time when nobody paid', async () => {
    const seller = await makeSeller();
    const id = idOf(await order(seller.token));
    for (const status of [429, 500, 503]) {
      world.sandbox.pay.faults.plan({ path: id, fault: { kind: 'status', status }, times: 1 });
      clock.advance(minutes(5));
      await reconcileOrders('wechat_jsapi', 50);
      expect((await Order.findByPk(id))?.status).toBe('awaiting');
    }

    clock.advance(minutes(40));
    await reconcileOrders('wechat_jsapi', 50);

    expect((await Order.findByPk(id))?.status).toBe('closed');
    const closed = await Order.findByPk(id, { rejectOnEmpty: true });
    expect(await providerOf('wechat_jsapi').query(refOf(closed))).toMatchObject({ state: 'closed' });
  });
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let n = 0; n < 200; n += 1) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it did not come true in five seconds');
}
