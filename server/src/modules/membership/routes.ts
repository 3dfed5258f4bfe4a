import Router from '@koa/router';
import { MembershipDto, PlansDto } from '@suyi/shared-types';
import type { SignedInState } from '../../http/context';
import { signInErrors, type Operation } from '../../http/operations';
import { signedIn } from '../../http/sign-in';
import { presentMembership, presentPlan } from './present';
import { getMembership, plans } from './service';

export const membershipRoutes = new Router<SignedInState>({ prefix: '/api/membership' });

membershipRoutes.get('/', signedIn, async (ctx) => {
  ctx.body = presentMembership(await getMembership(ctx.state.userId));
});

membershipRoutes.get('/plans', (ctx) => {
  ctx.body = { items: plans.map(presentPlan) };
});

export const membershipOperations: Operation[] = [
  {
    method: 'get',
    path: '/api/membership',
    summary: '会员状态与次数',
    answers: { 200: MembershipDto },
    errors: signInErrors,
  },
  {
    method: 'get',
    path: '/api/membership/plans',
    summary: '在售方案',
    isPublic: true,
    answers: { 200: PlansDto },
    errors: [],
  },
];
