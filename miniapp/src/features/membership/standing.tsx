import { View } from '@tarojs/components';
import type { OrderDto } from '@suyi/shared-types';
import { isEndedByRefund, OrderNews } from '../orders/order-news';
import { RetryLine } from '../shell/failure';
import { MembershipSummary } from '../workspace/membership-summary';
import { Hint } from '../../ui/notice';
import { PaymentAsking } from './payment-result';
import type { Purchase } from './use-purchase';
import './standing.scss';

/** What a seller without a payment to look at has, and what their last order has to tell. */
export function Standing({ orders, purchase }: { orders: OrderDto[]; purchase: Purchase }) {
  const { busyWith, failure, recheck } = purchase;
  if (busyWith === 'ask') return <PaymentAsking />;

  return (
    <View className="standing">
      {failure?.act === 'ask' && failure.problem.status === 404 && <Hint tone="warning">没有找到这笔订单。</Hint>}
      {failure?.act === 'ask' && failure.problem.status !== 404 && (
        <RetryLine id="payment-recheck" problem={failure.problem} onRetry={() => void recheck()} />
      )}
      <MembershipSummary isOnMembershipPage isEndedByRefund={isEndedByRefund(orders)} />
      <OrderNews orders={orders} />
    </View>
  );
}
