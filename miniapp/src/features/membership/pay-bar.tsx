import { Text, View } from '@tarojs/components';
import type { PaymentChannel, PlanDto } from '@suyi/shared-types';
import { useEffect, useState } from 'react';
import { cashier } from '../../platform/pay';
import { goLogin, goTo } from '../../routes';
import { chooseChannel } from '../../state/payment';
import { Button } from '../../ui/button';
import { Hint } from '../../ui/notice';
import { yuanWords } from '../../ui/wording';
import type { Purchase } from './use-purchase';
import './pay-bar.scss';

interface PayBarProps {
  plan: PlanDto;
  purchase: Purchase;
  isGuest: boolean;
  isMember: boolean;
}

/** The button that takes money, or the honest word that money cannot be taken here. */
export function PayBar({ plan, purchase, isGuest, isMember }: PayBarProps) {
  const channel = useChannel(plan);

  if (channel === null) {
    return (
      <View className="pay-bar">
        <Hint id="plan-elsewhere" tone="info">
          {cashier.whyClosed(plan.channels)}
        </Hint>
      </View>
    );
  }
  const wayName = channel && cashier.nameOf(channel);
  return (
    <View className="pay-bar">
      <Button
        id="plan-pay"
        isBusy={purchase.busyWith === 'pay' || channel === undefined}
        isDisabled={purchase.busyWith !== null}
        onClick={() => (isGuest ? goLogin() : void purchase.pay(plan))}
      >
        {isGuest ? '登录后购买' : `${isMember ? '续费' : '支付'} ¥${yuanWords(plan.priceFen)}`}
      </Button>
      {wayName && !isGuest && (
        <Text id="plan-way" className="pay-bar__way">{`将打开${wayName}付款，完成后自动回到这里`}</Text>
      )}
      <View id="plan-agreement" className="pay-bar__terms" onClick={() => goTo('agreement')}>
        支付即表示同意
        <Text className="pay-bar__link">《用户协议》</Text>
      </View>
    </View>
  );
}

/** Undefined while it is being found out. */
function useChannel(plan: PlanDto): PaymentChannel | null | undefined {
  const [channel, setChannel] = useState<PaymentChannel | null>();
  useEffect(() => {
    let isCurrent = true;
    void chooseChannel(plan).then((chosen) => isCurrent && setChannel(chosen));
    return () => {
      isCurrent = false;
    };
  }, [plan]);
  return channel;
}
