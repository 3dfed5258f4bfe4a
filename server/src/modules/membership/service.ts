import type { Transaction } from '../../db/transaction';
import { clock, days } from '../../lib/clock';
import { grant, lockAccount } from '../quota/ledger';
import { getQuota, type Quota } from '../quota/service';
import { findPlan, plans, type Plan } from './plans';

export { findPlan, plans, type Plan };

export type Membership = Quota & { isMember: boolean };

/** Whether the seller is a member is never stored: it is whether the end lies ahead. */
export async function getMembership(userId: string): Promise<Membership> {
  const quota = await getQuota(userId);
  return { ...quota, isMember: (quota.expireAt ?? 0) > clock.now() };
}

/** Renewal: the end moves to max(now, present end) + the days bought, and the uses are added. Once per order. */
export async function extendMembership(
  input: { userId: string; orderId: string; uses: number; days: number },
  tx: Transaction,
): Promise<void> {
  const account = await lockAccount(input.userId, tx);
  const expireAt = Math.max(clock.now(), account.expireAt ?? 0) + days(input.days);
  await grant(account, { cause: { type: 'order', id: input.orderId }, uses: input.uses, expireAt }, tx);
}
