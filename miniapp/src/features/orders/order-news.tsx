import type { OrderDto } from '@suyi/shared-types';
import { useDidShow } from '@tarojs/taro';
import { useRef } from 'react';
import { listOrders } from '../../api/membership';
import { goTo } from '../../routes';
import { useLoad } from '../../state/use-load';
import { Cell, Cells } from '../../ui/cells';
import { yuanWords } from '../../ui/wording';
import { isPayable, statusWords } from './order-words';

const lookedAt = 5;

/** A refund, or an order that waits to be paid, where the seller looks at their membership. Nothing to tell is nothing shown. */
export function OrderNews({ userId }: { userId: string }) {
  const orders = useLoad(userId, async () => (await listOrders({ limit: lookedAt })).items);
  // The first show is the mount, which loads by itself.
  const isFirstShow = useRef(true);
  useDidShow(() => {
    if (!isFirstShow.current) void orders.reload();
    isFirstShow.current = false;
  });

  const order = newsOf(orders.value ?? []);
  if (order === null) return null;
  return (
    <Cells>
      <Cell
        id="plan-orders"
        icon="receipt"
        title="我的订单"
        value={`¥${yuanWords(order.priceFen)} ${statusWords(order).text}`}
        onClick={() => goTo('orders', { order: order.id })}
      />
    </Cells>
  );
}

/** A refund on its way comes first; of what is over, only the newest order is news. Newest first in, as the server lists. */
export function newsOf(orders: OrderDto[], now = Date.now()): OrderDto | null {
  const refunding = orders.find((order) => order.status === 'refunding');
  if (refunding) return refunding;

  const [newest] = orders;
  if (newest && (isPayable(newest, now) || newest.refundedFen > 0)) return newest;
  return null;
}
