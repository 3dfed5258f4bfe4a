import type { MembershipDto, PlanDto } from '@suyi/shared-types';
import { dayWords } from '../../ui/wording';

export interface RenewalWords {
  title: string;
  until: string;
  uses: string;
}

const dayMs = 24 * 3600 * 1000;

/** What buying now would do, in the server's own rule: the end moves on by the plan's days, the uses add up. */
export function renewalWords(membership: MembershipDto, plan: PlanDto, now = Date.now()): RenewalWords {
  const currentEnd = membership.quotaExpireAt ? Date.parse(membership.quotaExpireAt) : 0;
  const until = dayWords(new Date(Math.max(now, currentEnd) + plan.days * dayMs).toISOString());

  if (!membership.isMember) return { title: '开通后', until: `至 ${until}`, uses: `${plan.uses} 次` };
  return {
    title: '续费后',
    until: `延至 ${until}`,
    uses: `剩余 ${membership.quotaRemaining} 次 + ${plan.uses} 次，共 ${membership.quotaRemaining + plan.uses} 次`,
  };
}
