import { Text, View } from '@tarojs/components';
import type { MembershipDto, PlanDto } from '@suyi/shared-types';
import { Icon } from '../../ui/icon';
import { dayWords, yuanWords } from '../../ui/wording';
import { renewalWords } from './renewal';
import './plan-card.scss';

interface PlanCardProps {
  plan: PlanDto;
  membership: MembershipDto | null;
  /** Why the last membership is over, where it is. */
  isEndedByRefund: boolean;
}

/** Price, uses and days, and what buying does to what the seller already has: all of it before paying. */
export function PlanCard({ plan, membership, isEndedByRefund }: PlanCardProps) {
  const perUse = yuanWords(Math.round(plan.priceFen / plan.uses));
  const renewal = membership && renewalWords(membership, plan);
  return (
    <View id={`plan-${plan.id}`} className="plan">
      <Text className="plan__name">{plan.name}</Text>
      <View className="plan__price">
        <Text className="plan__sign">¥</Text>
        <Text className="plan__yuan">{yuanWords(plan.priceFen)}</Text>
        <Text className="plan__per">{`/ ${plan.uses} 次 · ${plan.days} 天`}</Text>
      </View>
      <Text className="plan__unit">{`每次约 ¥${perUse}，一次付费，不自动续费`}</Text>
      <View className="plan__points">
        <Point>每次做 1 张白底主图，或 1 套 12 张模特图</Point>
        <Point>{`开通后 ${plan.days} 天内可做 ${plan.uses} 次`}</Point>
        <Point>制作时先预留次数，做成才扣除，没做成、没做全自动退回</Point>
        <Point>作品保存在历史里，到期后仍可查看和下载</Point>
      </View>
      {renewal && (
        <View id="plan-renewal" className="plan__renewal">
          <Text className="plan__renewal-title">{renewal.title}</Text>
          <Text className="plan__renewal-line">{`有效期：${renewal.until}`}</Text>
          <Text className="plan__renewal-line">{`次数：${renewal.uses}`}</Text>
        </View>
      )}
      {membership && !membership.isMember && membership.quotaExpireAt && (
        <Text className="plan__renewal-line">
          {isEndedByRefund ? '上次会员已随退款结束' : `上次会员已于 ${dayWords(membership.quotaExpireAt)} 到期`}
        </Text>
      )}
    </View>
  );
}

function Point({ children }: { children: string }) {
  return (
    <View className="plan__point">
      <Icon name="check" size={16} />
      <Text>{children}</Text>
    </View>
  );
}
