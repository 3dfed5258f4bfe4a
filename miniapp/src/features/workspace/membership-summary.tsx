import { Text, View } from '@tarojs/components';
import type { MembershipDto, PlanDto } from '@suyi/shared-types';
import { getPlans } from '../../api/membership';
import { asksAsGuest } from '../../platform/screen';
import { spoken } from '../../platform/spoken';
import { goLogin, goTo } from '../../routes';
import { loadMembership, spendableUses, useMembership } from '../../state/membership';
import { useSession } from '../../state/session';
import { useLoad } from '../../state/use-load';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { RetryLine } from '../shell/failure';
import { Skeleton } from '../../ui/skeleton';
import { dayWords, yuanWords } from '../../ui/wording';
import './membership-summary.scss';

interface MembershipSummaryProps {
  isOnMembershipPage?: boolean;
  /** Why a membership that is over is over, where that is known. */
  isEndedByRefund?: boolean;
}

/** What the seller can still make, and until when: the first thing they look for. */
export function MembershipSummary({ isOnMembershipPage = false, isEndedByRefund = false }: MembershipSummaryProps) {
  const { session } = useSession();
  const { membership, problem } = useMembership();

  if (session === null) return <Guest />;
  if (membership) {
    return <Holder membership={membership} hasBuyButton={!isOnMembershipPage} isEndedByRefund={isEndedByRefund} />;
  }
  if (problem) return <RetryLine id="summary-retry" problem={problem} onRetry={() => void loadMembership()} />;
  return <Skeleton shapes={['card']} />;
}

function Guest() {
  const plans = useLoad(asksAsGuest ? 'guest' : null, async () => (await getPlans()).items);
  const plan = plans.value?.[0];
  return (
    <View id="membership-summary" className="summary">
      <Text className="summary__lead">登录后开始制作</Text>
      <Text className="summary__fine">图片和次数都保存在您的账号里，换手机也在</Text>
      <View className="summary__action">
        <Button id="summary-login" tone="light" size="small" onClick={goLogin}>
          登录 / 注册
        </Button>
        <View
          id="summary-plan"
          className="summary__plan"
          onClick={() => goTo('membership')}
          {...spoken({ role: 'link' })}
        >
          <Text>{plan ? priceWords(plan) : '查看会员价格'}</Text>
          <Icon name="chevron" size={16} />
        </View>
      </View>
    </View>
  );
}

function priceWords({ priceFen, days, uses }: PlanDto): string {
  return `会员 ¥${yuanWords(priceFen)} / ${days} 天 / ${uses} 次`;
}

interface HolderProps {
  membership: MembershipDto;
  hasBuyButton: boolean;
  isEndedByRefund: boolean;
}

function Holder({ membership, hasBuyButton, isEndedByRefund }: HolderProps) {
  const uses = spendableUses(membership);
  return (
    <View id="membership-summary" className="summary">
      <View className="summary__row">
        <View className="summary__main">
          <Text className="summary__fine">可用次数</Text>
          <View className="summary__figure">
            <Text id="summary-uses" className="summary__uses">
              {uses}
            </Text>
            <Text className="summary__unit">次</Text>
          </View>
        </View>
        {hasBuyButton && (
          <Button id="summary-buy" tone="light" size="small" onClick={() => goTo('membership')}>
            {membership.isMember ? '续费' : '开通会员'}
          </Button>
        )}
      </View>
      <Text id="summary-until" className="summary__fine summary__until">
        {untilWords(membership, uses, isEndedByRefund)}
      </Text>
    </View>
  );
}

/** One sentence on the membership's state; held uses are named so that the sum never looks wrong. */
export function untilWords(membership: MembershipDto, uses: number, isEndedByRefund: boolean): string {
  const held = membership.quotaHeld > 0 ? `，另有 ${membership.quotaHeld} 次正在制作中` : '';
  if (membership.isMember && membership.quotaExpireAt) return `有效期至 ${dayWords(membership.quotaExpireAt)}${held}`;
  const ended = isEndedByRefund ? '会员已随退款结束' : '会员已到期';
  if (uses > 0 && membership.graceUntil) return `${ended}，退回的次数可用到 ${dayWords(membership.graceUntil)}`;
  if (membership.quotaExpireAt && isEndedByRefund) return `${ended}${held}`;
  if (membership.quotaExpireAt) return `会员已于 ${dayWords(membership.quotaExpireAt)} 到期${held}`;
  return '还没有开通会员。成功才扣次数，失败自动退回';
}
