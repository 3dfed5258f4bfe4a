import { Text, View } from '@tarojs/components';
import { useDidShow } from '@tarojs/taro';
import type { PlanDto } from '@suyi/shared-types';
import { useEffect, useState } from 'react';
import { getPlans } from '../../../api/membership';
import { hasSandbox } from '../../../api/sandbox';
import { PaymentResultCard } from '../../../features/membership/payment-result';
import { PlanCard } from '../../../features/membership/plan-card';
import { usePurchase, type Purchase } from '../../../features/membership/use-purchase';
import { PageShell } from '../../../features/shell/page-shell';
import { MembershipSummary } from '../../../features/workspace/membership-summary';
import { cashier } from '../../../platform/pay';
import { goLogin, goTo } from '../../../routes';
import { loadMembership, useMembership } from '../../../state/membership';
import { useSession } from '../../../state/session';
import { useLoad } from '../../../state/use-load';
import { Button } from '../../../ui/button';
import { Failure } from '../../../features/shell/failure';
import { Hint } from '../../../ui/notice';
import { Skeleton } from '../../../ui/skeleton';
import { yuanWords } from '../../../ui/wording';
import './index.scss';

export default function MembershipPage() {
  const { session } = useSession();
  const { membership } = useMembership();
  const userId = session?.user.id ?? null;
  const plans = useLoad(userId ?? 'guest', async () => (await getPlans()).items);
  const purchase = usePurchase(userId);
  useDidShow(() => void loadMembership());

  const plan = plans.value?.[0];
  const isPayable = purchase.result?.state === 'unpaid' || purchase.result?.state === 'refused';
  return (
    <PageShell title="会员">
      {purchase.result && (
        <PaymentResultCard result={purchase.result} plan={planOf(purchase, plans.value)} purchase={purchase} />
      )}
      {!purchase.result && session && (
        <View className="membership__section">
          <MembershipSummary isOnMembershipPage />
        </View>
      )}
      {plans.value === null && plans.problem && <Failure problem={plans.problem} onRetry={() => void plans.reload()} />}
      {plans.value === null && !plans.problem && <Skeleton shapes={['card', 'row']} />}
      {plan && purchase.result?.state !== 'paid' && (
        <>
          <PlanCard plan={plan} membership={membership} />
          {purchase.problem && (
            <View className="membership__section">
              <Hint tone="danger">{purchase.problem.message}</Hint>
            </View>
          )}
          {!isPayable && (
            <PayBar
              plan={plan}
              purchase={purchase}
              isGuest={session === null}
              isMember={membership?.isMember === true}
            />
          )}
        </>
      )}
      <Promises />
    </PageShell>
  );
}

/** The plan of the order that is shown, to pay it again. */
function planOf({ result }: Purchase, plans: PlanDto[] | null): PlanDto | null {
  return plans?.find((plan) => plan.id === result?.order.planId) ?? null;
}

interface PayBarProps {
  plan: PlanDto;
  purchase: Purchase;
  isGuest: boolean;
  isMember: boolean;
}

/** The button that takes money, or the honest word that money cannot be taken here. */
function PayBar({ plan, purchase, isGuest, isMember }: PayBarProps) {
  const [isOpen, setIsOpen] = useState<boolean | null>(null);
  useEffect(() => {
    void cashier.isOpen(hasSandbox).then(setIsOpen);
  }, []);

  if (isOpen === false) {
    return (
      <View className="membership__section">
        <Hint id="plan-elsewhere" tone="info">
          请在微信小程序内购买。网页版不能支付，购买后在这里同样可用。
        </Hint>
      </View>
    );
  }
  return (
    <View className="membership__pay">
      <Button
        id="plan-pay"
        isBusy={purchase.isBusy || isOpen === null}
        onClick={() => (isGuest ? goLogin() : void purchase.pay(plan))}
      >
        {isGuest ? '登录后购买' : `${isMember ? '续费' : '支付'} ¥${yuanWords(plan.priceFen)}`}
      </Button>
      <View id="plan-agreement" className="membership__terms" onClick={() => goTo('agreement')}>
        支付即表示同意
        <Text className="membership__link">《用户协议》</Text>
      </View>
    </View>
  );
}

function Promises() {
  return (
    <View className="membership__promises">
      <Text className="membership__promises-title">次数怎么算</Text>
      <Text className="membership__line">预留：开始制作时先预留 1 次，这时它不能用于别的图，也没有被扣除。</Text>
      <Text className="membership__line">扣除：图片做好并交付后才扣除。</Text>
      <Text className="membership__line">
        退回：处理失败、没达到白底标准或您在排队时取消，预留的次数立即退回。会员到期后退回的次数，另有 7 天可用。
      </Text>
      <Text className="membership__line">到期：有效期结束时，没有用完的次数清零；续费可以延长有效期。</Text>
    </View>
  );
}
