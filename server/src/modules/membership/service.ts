import type { Transaction } from '../../db/transaction';
import { clock, days } from '../../lib/clock';
import { clearedAtEnd, grant, lockOwnAccount } from '../quota/ledger';
import { getQuota, type Quota } from '../quota/service';
import { findPlan, plans, type Plan } from './plans';

export { findPlan, plans, type Plan };

export type Membership = Quota & { isMember: boolean };

/** Whether the seller is a member is never stored: it is whether the end lies ahead. */
export async function getMembership(userId: string): Promise<Membership> {
  const quota = await getQuota(userId);
  return { ...quota, isMember: (quota.expireAt ?? 0) > clock.now() };
}

/**
 * Renewal: the end moves to max(now, present end) + the days bought, and the uses are added. Once per order. Paid before the
 * end but heard of after it, what the end cleared in between comes back with it.
 */
export async function extendMembership(
  input: { userId: string; orderId: string; uses: number; days: number; paidAt: number },
  tx: Transaction,
): Promise<void> {
  const account = await lockOwnAccount(input.userId, tx);
  const wasPaidInTime = input.paidAt <= (account.expireAt ?? 0);
  const uses = input.uses + (wasPaidInTime ? await clearedAtEnd(account, tx) : 0);
  const expireAt = Math.max(clock.now(), account.expireAt ?? 0) + days(input.days);
  await grant(account, { cause: { type: 'order', id: input.orderId }, uses, expireAt }, tx);
}
