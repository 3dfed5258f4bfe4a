import { Text, View } from '@tarojs/components';
import type { PlanDto } from '@suyi/shared-types';
import { hasSupportChat } from '../../platform/screen';
import { spoken } from '../../platform/spoken';
import { goTo } from '../../routes';
import type { SeenResult } from '../../state/payment';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { Hint } from '../../ui/notice';
import { yuanWords } from '../../ui/wording';
import { askedWords, paymentWords } from './payment-words';
import type { Purchase } from './use-purchase';
import './payment-result.scss';

interface PaymentResultCardProps {
  result: SeenResult;
  /** What was to be bought; null until it is loaded. */
  plan: PlanDto | null;
  purchase: Purchase;
}

/** How the payment stands, as the server knows it. */
export function PaymentResultCard({ result, plan, purchase }: PaymentResultCardProps) {
  const { icon, title, text } = paymentWords(result);
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
      {result.state === 'confirming' && <Asked order={result.order} purchase={purchase} />}
      <Text className="payment__order">{`订单号 ${result.order.id} · ¥${yuanWords(result.order.priceFen)}`}</Text>
    </View>
  );
}

/** What came of asking by hand. Gone while it is asked again, so that each answer is seen to be a new one. */
function Asked({ order, purchase }: { order: SeenResult['order']; purchase: Purchase }) {
  const { askedCount, busyWith, failure } = purchase;
  if (askedCount === 0 || busyWith !== null) return null;
  return (
    <View className="payment__asked">
      <Hint id="payment-asked" tone={failure ? 'warning' : 'info'}>
        {failure ? failure.problem.message : askedWords(order)}
      </Hint>
    </View>
  );
}

/** While the answer is on its way: not knowing yet must not read as not paid. */
export function PaymentAsking() {
  return (
    <View id="payment-asking" className="payment payment--asking" {...spoken({ role: 'status', live: 'polite' })}>
      <View className="payment__sign">
        <Icon name="clock" size={32} />
      </View>
      <Text className="payment__title">正在查询支付结果</Text>
      <Text className="payment__text">请稍候，钱不会丢。</Text>
    </View>
  );
}

type ActionsProps = Omit<PaymentResultCardProps, 'result'> & Pick<SeenResult, 'state'>;

function Actions({ state, plan, purchase }: ActionsProps) {
  switch (state) {
    case 'paid':
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
    case 'refunding':
    case 'refunded':
      return (
        <>
          <Button id="payment-orders" tone="secondary" onClick={() => goTo('orders')}>
            查看订单
          </Button>
          <Button id="payment-done" tone="quiet" size="small" onClick={purchase.dismiss}>
            查看会员
          </Button>
        </>
      );
    case 'closed':
      return (
        <Button id="payment-again" onClick={purchase.dismiss}>
          重新下单
        </Button>
      );
    case 'confirming':
      return (
        <Button id="payment-recheck" isBusy={purchase.busyWith !== null} onClick={() => void purchase.recheck()}>
          再查一次
        </Button>
      );
    case 'ios_closed':
      return (
        <Button id="payment-done" tone="secondary" onClick={purchase.dismiss}>
          知道了
        </Button>
      );
    case 'unpaid':
    case 'refused':
    case 'blocked':
      return <Retry isBlocked={state === 'blocked'} plan={plan} purchase={purchase} />;
  }
}

/** The server hands out the open order again: paying twice for one wish is not possible. */
function Retry({ isBlocked, plan, purchase }: Omit<ActionsProps, 'state'> & { isBlocked: boolean }) {
  const hasSupport = isBlocked && hasSupportChat;
  return (
    <>
      {hasSupport && (
        <Button id="payment-support" openType="contact">
          联系客服
        </Button>
      )}
      <Button
        id="plan-pay"
        tone={hasSupport ? 'secondary' : 'primary'}
        isBusy={purchase.busyWith === 'pay'}
        isDisabled={plan === null || purchase.busyWith !== null}
        onClick={() => plan && void purchase.pay(plan)}
      >
        重新支付
      </Button>
      <Button
        id="payment-recheck"
        tone="quiet"
        isBusy={purchase.busyWith === 'ask'}
        isDisabled={purchase.busyWith !== null}
        onClick={() => void purchase.recheck()}
      >
        我已支付，再查一次
      </Button>
    </>
  );
}
