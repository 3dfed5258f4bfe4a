import Router from '@koa/router';
import { pageOf, PageQuery, QuotaEntryDto } from '@suyi/shared-types';
import type { SignedInState } from '../../http/context';
import { signInErrors, type Operation } from '../../http/operations';
import { cutPage } from '../../http/paging';
import { parse } from '../../http/parse';
import { signedIn } from '../../http/sign-in';
import { presentEntry } from './present';
import { listEntries } from './service';

export const quotaRoutes = new Router<SignedInState>({ prefix: '/api/quota' });

quotaRoutes.get('/entries', signedIn, async (ctx) => {
  const query = parse(PageQuery, ctx.query);

  const page = cutPage(await listEntries(ctx.state.userId, query), query.limit, (entry) => String(entry.position));

  ctx.body = { items: page.items.map(presentEntry), nextCursor: page.nextCursor };
});

export const quotaOperations: Operation[] = [
  {
    method: 'get',
    path: '/api/quota/entries',
    summary: '使用明细，最新在前',
    query: PageQuery,
    answers: { 200: pageOf(QuotaEntryDto) },
    errors: signInErrors,
  },
];
