import { Text, View } from '@tarojs/components';
import { useDidShow, useRouter } from '@tarojs/taro';
import type { OrderDto, PlanDto } from '@suyi/shared-types';
import { getPlans } from '../../../api/membership';
import { PayBar } from '../../../features/membership/pay-bar';
import { PaymentResultCard } from '../../../features/membership/payment-result';
import { PlanCard } from '../../../features/membership/plan-card';
import { Standing } from '../../../features/membership/standing';
import { usePurchase, type Purchase } from '../../../features/membership/use-purchase';
import { isEndedByRefund } from '../../../features/orders/order-news';
import { useRecentOrders } from '../../../features/orders/use-recent-orders';
import { Failure } from '../../../features/shell/failure';
import { PageShell } from '../../../features/shell/page-shell';
import { SignInPrompt } from '../../../features/shell/sign-in-prompt';
import { loadMembership, useMembership } from '../../../state/membership';
import { useSession } from '../../../state/session';
import { useLoad } from '../../../state/use-load';
import { Hint } from '../../../ui/notice';
import { Skeleton } from '../../../ui/skeleton';
import './index.scss';

/** Buying, and, opened with `?order=`, what became of that order: a cashier in a browser leads back here. */
export default function MembershipPage() {
  const { session } = useSession();
  const { order: orderId = null } = useRouter().params;
  const userId = session?.user.id ?? null;
  const plans = useLoad(userId ?? 'guest', async () => (await getPlans()).items);
  const purchase = usePurchase(userId, orderId);
  const orders = useRecentOrders(userId, purchase.result?.state ?? null);
  useDidShow(() => void loadMembership());

  if (userId === null && orderId !== null) {
    return (
      <PageShell title="会员">
        <SignInPrompt title="登录后查看支付结果" text="钱不会丢，用下单的账号登录就能看到。" />
      </PageShell>
    );
  }
  const { result } = purchase;
  return (
    <PageShell title="会员">
      {result && <PaymentResultCard result={result} plan={planOf(purchase, plans.value)} purchase={purchase} />}
      {!result && userId && <Standing orders={orders} purchase={purchase} />}
      {plans.value === null && plans.problem && <Failure problem={plans.problem} onRetry={() => void plans.reload()} />}
      {plans.value === null && !plans.problem && <Skeleton shapes={['card', 'row']} />}
      {plans.value?.[0] && (
        <Offer plan={plans.value[0]} purchase={purchase} isGuest={userId === null} orders={orders} />
      )}
      <Promises />
    </PageShell>
  );
}

/** The plan of the order that is shown, to pay it again. */
function planOf({ result }: Purchase, plans: PlanDto[] | null): PlanDto | null {
  return plans?.find((plan) => plan.id === result?.order.planId) ?? null;
}

interface OfferProps {
  plan: PlanDto;
  purchase: Purchase;
  isGuest: boolean;
  orders: OrderDto[];
}

/** A payment that stands above and is not over has buttons of its own, and one that worked leaves nothing to offer. */
function Offer({ plan, purchase, isGuest, orders }: OfferProps) {
  const { membership } = useMembership();
  const { result, failure } = purchase;
  if (result?.state === 'paid' || result?.state === 'confirming') return null;

  // An order that could not be asked about may be paid: it is asked about again before anything new is.
  const isUnknown = failure?.act === 'ask' && failure.problem.isPassing;
  const isOver = result ? result.state === 'refunding' || result.state === 'refunded' : !isUnknown;
  return (
    <>
      <PlanCard plan={plan} membership={membership} isEndedByRefund={isEndedByRefund(orders)} />
      {failure && (failure.act === 'pay' || result) && (
        <View className="membership__trouble">
          <Hint tone="danger">{failure.problem.message}</Hint>
        </View>
      )}
      {isOver && <PayBar plan={plan} purchase={purchase} isGuest={isGuest} isMember={membership?.isMember === true} />}
    </>
  );
}

function Promises() {
  return (
    <View className="membership__promises">
      <Text className="membership__promises-title">次数怎么算</Text>
      <Text className="membership__line">预留：开始制作时先预留 1 次，这时它不能用于别的图，也没有被扣除。</Text>
      <Text className="membership__line">扣除：白底主图合格、模特图 12 张做全，交付后才扣除。</Text>
      <Text className="membership__line">
        退回：没做成、没达到白底标准、模特图不足 12 张，或您在排队时取消，预留的次数立即退回；不足 12
        张时，做好的图也归您。会员到期后退回的次数，另有 7 天可用。
      </Text>
      <Text className="membership__line">到期：有效期结束时，没有用完的次数清零；续费可以延长有效期。</Text>
    </View>
  );
}
