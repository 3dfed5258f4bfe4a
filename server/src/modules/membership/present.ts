import type { Fen, MembershipDto, PlanDto, Uses } from '@suyi/shared-types';
import { config } from '../../config';
import { toMomentOrNull } from '../../lib/clock';
import { plans, type Plan } from './plans';
import type { Membership } from './service';

export const presentPlan = (plan: Plan): PlanDto => ({
  ...plan,
  channels: config.current.paymentChannels.filter((channel) => plan.channels.includes(channel)),
  priceFen: plan.priceFen as Fen,
  uses: plan.uses as Uses,
});

export function presentMembership(membership: Membership): MembershipDto {
  const [plan] = plans;
  return {
    isMember: membership.isMember,
    quotaRemaining: membership.remaining as Uses,
    quotaHeld: membership.held as Uses,
    quotaExpireAt: toMomentOrNull(membership.expireAt),
    graceUntil: toMomentOrNull(membership.graceUntil),
    plan: membership.isMember && plan ? presentPlan(plan) : null,
  };
}
