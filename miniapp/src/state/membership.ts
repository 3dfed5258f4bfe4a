import type { MembershipDto } from '@suyi/shared-types';
import { create } from 'zustand';
import * as membershipApi from '../api/membership';
import { toProblem, type ApiProblem } from '../api/problem';
import { currentUserId, useSession } from './session';

interface MembershipState {
  membership: MembershipDto | null;
  problem: ApiProblem | null;
  isLoading: boolean;
}

const blank: MembershipState = { membership: null, problem: null, isLoading: false };

/** What the seller has, shared by every page that shows it. */
export const useMembership = create<MembershipState>()(() => blank);

// Another person on the same phone must never see a glimpse of the last one's uses.
useSession.subscribe((now, before) => {
  if (now.session?.user.id !== before.session?.user.id) useMembership.setState(blank);
});

export async function loadMembership(): Promise<void> {
  const userId = currentUserId();
  if (userId === null) return;

  useMembership.setState({ isLoading: true });
  try {
    const membership = await membershipApi.getMembership();
    if (userId === currentUserId()) useMembership.setState({ membership, problem: null });
  } catch (thrown) {
    if (userId === currentUserId()) useMembership.setState({ problem: toProblem(thrown) });
  } finally {
    useMembership.setState({ isLoading: false });
  }
}

/** The uses that can be spent now. Those that came back after the end may be spent in their grace. */
export function spendableUses(membership: MembershipDto, now = Date.now()): number {
  const isInGrace = membership.graceUntil !== null && Date.parse(membership.graceUntil) > now;
  return membership.isMember || isInGrace ? membership.quotaRemaining : 0;
}
