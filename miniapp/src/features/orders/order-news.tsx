import type { OrderDto } from '@suyi/shared-types';
import { goTo } from '../../routes';
import { Cell, Cells } from '../../ui/cells';
import { isPayable, lineWords } from './order-words';

/** A refund, or an order that waits to be paid, where the seller looks at their membership. Nothing to tell is nothing shown. */
export function OrderNews({ orders }: { orders: OrderDto[] }) {
  const order = newsOf(orders);
  if (order === null) return null;
  return (
    <Cells>
      <Cell
        id="plan-orders"
        icon="receipt"
        title="我的订单"
        value={lineWords(order)}
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

const dayMs = 24 * 3600 * 1000;

/** Whether a membership that is over ended by its refund, and not by its time: no older one ran when it was bought. */
export function isEndedByRefund([newest, ...older]: OrderDto[]): boolean {
  if (newest?.status !== 'refunded') return false;
  const boughtAt = Date.parse(newest.createdAt);
  return !older.some(
    ({ status, paidAt, days }) => status === 'paid' && paidAt !== null && Date.parse(paidAt) + days * dayMs > boughtAt,
  );
}
