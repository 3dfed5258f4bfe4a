import { Text, View } from '@tarojs/components';
import type { OrderDto, PlanDto } from '@suyi/shared-types';
import { copyText, toast } from '../../platform/feedback';
import { cashier } from '../../platform/pay';
import { spoken } from '../../platform/spoken';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { Tag } from '../../ui/tag';
import { momentWords, yuanWords } from '../../ui/wording';
import { detailWords, isOpen, noteWords, statusWords } from './order-words';
import type { OrderActions } from './use-order-actions';
import './order-item.scss';

interface OrderItemProps {
  order: OrderDto;
  index: number;
  /** To pay it by; null where it cannot be paid here and now. */
  plan: PlanDto | null;
  /** Somebody said so, or nobody could say: it is not paid a second time. */
  mayBePaid: boolean;
  isWanted: boolean;
  actions: OrderActions;
}

/** One order: what was bought, for how much, how it stands, and what can be done about it. */
export function OrderItem({ order, index, plan, mayBePaid, isWanted, actions }: OrderItemProps) {
  const status = statusWords(order);
  const note = noteWords(order, mayBePaid);
  return (
    <View id={`orders-item-${index}`} className={`order${isWanted ? ' order--wanted' : ''}`}>
      <View className="order__head">
        <Text className="order__fine">{`${momentWords(order.createdAt)} 下单`}</Text>
        <Tag tone={status.tone}>{status.text}</Tag>
      </View>
      <View className="order__body">
        <View className="order__sign">
          <Icon name="sparkle" size={24} />
        </View>
        <View className="order__words">
          <Text className="order__name">{order.planName}</Text>
          <Text className="order__fine">{detailWords(order, cashier.nameOf(order.channel))}</Text>
        </View>
        <Text className="order__price">{`¥${yuanWords(order.priceFen)}`}</Text>
      </View>
      {note && <Text className="order__note">{note}</Text>}
      <View
        id={`orders-copy-${index}`}
        className="order__number"
        onClick={() => void copyText(order.id).then(() => toast('订单号已复制'))}
        {...spoken({ role: 'button', label: `复制订单号 ${order.id}` })}
      >
        <Text className="order__fine order__id">{`订单号 ${order.id}`}</Text>
        <Text className="order__copy">复制</Text>
      </View>
      {isOpen(order) && <Actions order={order} index={index} plan={mayBePaid ? null : plan} actions={actions} />}
    </View>
  );
}

function Actions({ order, index, plan, actions }: Pick<OrderItemProps, 'order' | 'index' | 'plan' | 'actions'>) {
  const busyWith = actions.busy?.orderId === order.id ? actions.busy.with : null;
  return (
    <View className="order__actions">
      <Button
        id={`orders-check-${index}`}
        tone="secondary"
        size="small"
        isBusy={busyWith === 'check'}
        isDisabled={actions.busy !== null}
        onClick={() => void actions.check(order)}
      >
        查询结果
      </Button>
      {plan && (
        <Button
          id={`orders-pay-${index}`}
          size="small"
          isBusy={busyWith === 'pay'}
          isDisabled={actions.busy !== null}
          onClick={() => void actions.pay(order, plan)}
        >
          继续支付
        </Button>
      )}
    </View>
  );
}
