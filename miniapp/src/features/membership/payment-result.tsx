import { Text, View } from '@tarojs/components';
import type { PlanDto } from '@suyi/shared-types';
import { spoken } from '../../platform/spoken';
import { goTo } from '../../routes';
import { Button } from '../../ui/button';
import { Icon, type IconName } from '../../ui/icon';
import { yuanWords } from '../../ui/wording';
import type { Purchase, PurchaseResult } from './use-purchase';
import './payment-result.scss';

interface Words {
  icon: IconName;
  title: string;
  text: string;
}

interface PaymentResultCardProps {
  result: PurchaseResult;
  /** What was to be bought; null until it is loaded. */
  plan: PlanDto | null;
  purchase: Purchase;
}

/** How the payment stands, as the server knows it. */
export function PaymentResultCard({ result, plan, purchase }: PaymentResultCardProps) {
  const { icon, title, text } = words(result);
  return (
    <View
      id={`payment-${result.state}`}
      className={`payment payment--${result.state}`}
      {...spoken({ role: 'status', live: 'assertive' })}
    >
      <View className="payment__sign">
        <Icon name={icon} size={32} />
      </View>
      <Text className="payment__title">{title}</Text>
      <Text className="payment__text">{text}</Text>
      <View className="payment__actions">
        <Actions state={result.state} plan={plan} purchase={purchase} />
      </View>
      <Text className="payment__order">{`订单号 ${result.order.id} · ¥${yuanWords(result.order.priceFen)}`}</Text>
    </View>
  );
}

function Actions({ state, plan, purchase }: Omit<PaymentResultCardProps, 'result'> & Pick<PurchaseResult, 'state'>) {
  if (state === 'paid') {
    return (
      <>
        <Button id="payment-start" onClick={() => goTo('workspace')}>
          去制作
        </Button>
        <Button id="payment-done" tone="quiet" size="small" onClick={purchase.dismiss}>
          查看会员
        </Button>
      </>
    );
  }
  if (state === 'closed') {
    return (
      <Button id="payment-again" onClick={purchase.dismiss}>
        重新下单
      </Button>
    );
  }
  if (state === 'confirming') {
    return (
      <Button id="payment-recheck" isBusy={purchase.isBusy} onClick={() => void purchase.recheck()}>
        再查一次
      </Button>
    );
  }
  // The server hands out the open order again: paying twice for one wish is not possible.
  return (
    <>
      <Button
        id="plan-pay"
        isBusy={purchase.isBusy}
        isDisabled={plan === null}
        onClick={() => plan && void purchase.pay(plan)}
      >
        重新支付
      </Button>
      <Button id="payment-recheck" tone="quiet" isDisabled={purchase.isBusy} onClick={() => void purchase.recheck()}>
        我已支付，再查一次
      </Button>
    </>
  );
}

function words({ state, order }: PurchaseResult): Words {
  switch (state) {
    case 'paid':
      return { icon: 'check', title: '支付成功', text: `${order.uses} 次已到账，${order.days} 天内有效` };
    case 'confirming':
      return {
        icon: 'clock',
        title: '正在确认支付结果',
        text: '微信还没有把结果告诉我们。钱不会丢：确认后次数自动到账，您可以先离开。',
      };
    case 'closed':
      if (order.status !== 'closed') {
        return { icon: 'receipt', title: '订单已退款', text: '这个订单的款项已退回或正在退回，对应的次数已收回。' };
      }
      return { icon: 'info', title: '订单已关闭', text: '这个订单没有支付，已自动关闭。没有扣款。' };
    case 'refused':
      return { icon: 'alert', title: '未支付', text: '微信没有完成这次支付，没有扣款。请稍后再试。' };
    case 'unpaid':
      return { icon: 'info', title: '未支付', text: '还没有付款，没有扣款，可以重新支付。' };
  }
}
