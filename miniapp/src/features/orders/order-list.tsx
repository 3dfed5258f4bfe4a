import { Text, View } from '@tarojs/components';
import type { OrderDto, PlanDto } from '@suyi/shared-types';
import { goTo } from '../../routes';
import { isSaidPaid } from '../../state/payment';
import type { Pages } from '../../state/use-pages';
import { Button } from '../../ui/button';
import { Hint, Notice } from '../../ui/notice';
import { Skeleton } from '../../ui/skeleton';
import { Failure } from '../shell/failure';
import { OrderItem } from './order-item';
import { isPayable } from './order-words';
import type { OrderActions } from './use-order-actions';
import './order-list.scss';

interface OrderListProps {
  pages: Pages<OrderDto>;
  /** What can be bought on this phone now. */
  plans: PlanDto[];
  actions: OrderActions;
  /** The order that the page was opened for. */
  wantedId: string | null;
}

export function OrderList({ pages, plans, actions, wantedId }: OrderListProps) {
  if (pages.isFirstLoad) return <Skeleton shapes={['card', 'card', 'card']} />;
  if (pages.items.length === 0 && pages.problem) {
    return <Failure problem={pages.problem} onRetry={() => void pages.reload()} />;
  }
  if (pages.items.length === 0) {
    return (
      <Notice icon="receipt" title="还没有订单" text="购买会员后，订单和退款都在这里。">
        <Button id="orders-start" size="small" onClick={() => goTo('membership')}>
          看看会员
        </Button>
      </Notice>
    );
  }

  return (
    <View className="orders">
      {pages.items.map((order, index) => (
        <OrderItem
          key={order.id}
          order={order}
          index={index}
          plan={planFor(order, plans)}
          mayBePaid={isSaidPaid(order.id) || actions.unsureIds.has(order.id)}
          isWanted={order.id === wantedId && pages.items.length > 1}
          actions={actions}
        />
      ))}
      <Foot pages={pages} />
    </View>
  );
}

/** The plan to pay an open order by. At another price it would be another order: that is bought on the plan's own page. */
function planFor(order: OrderDto, plans: PlanDto[]): PlanDto | null {
  if (!isPayable(order)) return null;
  return plans.find((plan) => plan.id === order.planId && plan.priceFen === order.priceFen) ?? null;
}

function Foot({ pages }: { pages: Pages<OrderDto> }) {
  if (pages.problem) {
    return (
      <View className="orders__foot">
        <Hint tone="warning">{pages.problem.message}</Hint>
        <Button
          id="orders-more"
          tone="quiet"
          size="small"
          onClick={() => void (pages.hasMore ? pages.loadMore() : pages.reload())}
        >
          再试一次
        </Button>
      </View>
    );
  }
  if (pages.isLoadingMore && pages.hasMore) return <Skeleton shapes={['card']} />;
  if (pages.hasMore) {
    return (
      <Button id="orders-more" tone="quiet" size="small" onClick={() => void pages.loadMore()}>
        加载更多
      </Button>
    );
  }
  return <Text className="orders__foot">没有更多了</Text>;
}
