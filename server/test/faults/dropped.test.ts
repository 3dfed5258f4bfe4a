import { setTimeout as sleep } from 'node:timers/promises';
import { select } from '../../src/db/sql';
import { createOrder } from '../../src/modules/payments/service';
import { makeSeller, quotaOf, type Seller } from '../make';
import { useWorld } from '../world';
import { scale } from './scale';

const world = useWorld({ ROLES: 'web,worker' });

const ordersCount = 200 * scale;
const buyersAtOnce = 8;

type Bought = { seller: Seller; orderId: string; paidAt: number };

async function buy(n: number): Promise<Bought> {
  const openid = `o_dropped_${String(n).padStart(18, '0')}`;
  const seller = await makeSeller({ openid });
  const wish = { key: `dropped-${n}`, requestHash: 'same' };
  const { order } = await createOrder(
    { userId: seller.id, openid },
    { planId: 'monthly', channel: 'wechat_jsapi' },
    wish,
  );
  await world.sandbox.pay.pay(order.id);
  return { seller, orderId: order.id, paidAt: Date.now() };
}

it(`activates all of ${ordersCount} paid orders once, with every notification dropped and every phone gone`, async () => {
  world.sandbox.pay.notifications.setMode({ kind: 'drop' });
  const bought: Bought[] = [];
  for (let n = 0; n < ordersCount; n += buyersAtOnce) {
    const numbers = Array.from({ length: Math.min(buyersAtOnce, ordersCount - n) }, (_, at) => n + at);
    bought.push(...(await Promise.all(numbers.map(buy))));
  }

  const isAllPaid = async (): Promise<boolean> => {
    const [row] = await select<{ n: number }>("SELECT COUNT(*) AS n FROM orders WHERE status <> 'paid'", {});
    return Number(row?.n) === 0;
  };
  while (!(await isAllPaid())) await sleep(200);

  const grants = await select<{ orderId: string; at: number }>(
    "SELECT cause_id AS orderId, created_at AS at FROM quota_entries WHERE cause_type = 'order' AND kind = 'grant'",
    {},
  );
  const grantedAt = new Map(grants.map(({ orderId, at }) => [orderId, at]));
  expect(grants).toHaveLength(ordersCount);
  const waits = bought
    .map(({ orderId, paidAt }) => (grantedAt.get(orderId) ?? Infinity) - paidAt)
    .sort((a, b) => a - b);
  for (const { seller } of bought.slice(0, 50)) expect(await quotaOf(seller)).toEqual({ remaining: 100, held: 0 });

  const at = (share: number): number =>
    Math.round(waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? 0);
  process.stdout.write(
    `  ${ordersCount} orders: from paid to active ${at(0.5)} ms in the middle, ${at(0.99)} ms at the 99th percentile\n`,
  );
}, 3_600_000);
