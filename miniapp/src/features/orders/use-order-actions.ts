import type { OrderDto, PlanDto } from '@suyi/shared-types';
import { useRef, useState } from 'react';
import { toProblem } from '../../api/problem';
import { tell, toast } from '../../platform/feedback';
import { goTo } from '../../routes';
import { buy, recoverOrder, type SeenResult } from '../../state/payment';

export interface OrderActions {
  /** What is under way, one thing at a time. */
  busy: { orderId: string; with: 'pay' | 'check' } | null;
  /** The orders that may be paid: asked about here, the provider did not say. */
  unsureIds: ReadonlySet<string>;
  pay: (order: OrderDto, plan: PlanDto) => Promise<void>;
  /** Asks the provider how the order stands, and says it. */
  check: (order: OrderDto) => Promise<void>;
}

/** What can be done with an order of the list. `onOrder` is told of each answer about one. */
export function useOrderActions(onOrder: (order: OrderDto) => void): OrderActions {
  const [busy, setBusy] = useState<OrderActions['busy']>(null);
  const [unsureIds, setUnsureIds] = useState<OrderActions['unsureIds']>(new Set());
  const isRunning = useRef(false);

  async function run(now: NonNullable<OrderActions['busy']>, trouble: string, act: () => Promise<void>): Promise<void> {
    if (isRunning.current) return;
    isRunning.current = true;
    setBusy(now);
    try {
      await act();
    } catch (thrown) {
      await tell(trouble, toProblem(thrown).message);
    } finally {
      isRunning.current = false;
      setBusy(null);
    }
  }

  return {
    busy,
    unsureIds,
    pay: (order, plan) =>
      run({ orderId: order.id, with: 'pay' }, '没有打开支付', async () => {
        const result = await buy(plan, order.channel);
        if (result.state !== 'left') goTo('membership', { order: result.order.id });
      }),
    check: (order) =>
      run({ orderId: order.id, with: 'check' }, '没有查到结果', async () => {
        const result = await recoverOrder(order.id);
        onOrder(result.order);
        setUnsureIds((ids) => {
          const others = [...ids].filter((id) => id !== order.id);
          return new Set(result.state === 'confirming' ? [...others, order.id] : others);
        });
        toast(answerWords(result));
      }),
  };
}

function answerWords({ state, order }: SeenResult): string {
  switch (state) {
    case 'paid':
      return `已支付，${order.uses} 次已到账`;
    case 'refunding':
      return '正在退款';
    case 'refunded':
      return '已退款';
    case 'closed':
      return '没有收到付款，订单已关闭';
    case 'confirming':
      return order.isCertain ? '还在确认，请稍后再查' : '支付平台暂时没有回应，请稍后再查';
    default:
      return '还没有收到付款';
  }
}
