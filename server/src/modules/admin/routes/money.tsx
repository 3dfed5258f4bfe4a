import Router from '@koa/router';
import { Id } from '@suyi/shared-types';
import { z } from 'zod';
import { adminOnly, type AdminState } from '../../../http/admin-session';
import type { Operation } from '../../../http/operations';
import { parse } from '../../../http/parse';
import { openDiscrepancies, settledDiscrepancies, subjectOf, type Discrepancy } from '../../payments/service';
import { readIds } from '../lists/keyset';
import { allRefunds, readListedRefunds } from '../lists/refunds';
import { address } from '../pages/addresses';
import { DiscrepanciesPage, RefundsPage, type ShownDiscrepancy } from '../pages/money';
import { answerPage, pageOperation } from './frame';
import { maySeePhone } from './list-routes';

/* To look at, no more: what can be done about them is done at the order, or by `npm run discrepancies`. */

const pageSize = 50;
const openMax = 100;
const settledMax = 50;

const RefundsQuery = z.strictObject({ after: Id.optional(), before: Id.optional() });

const moneyRoutes = new Router<AdminState>();

moneyRoutes.get('/admin/refunds', adminOnly('view'), async (ctx) => {
  const { ids, hasNext, hasPrevious } = await readIds(allRefunds, parse(RefundsQuery, ctx.query), pageSize);
  const refunds = await readListedRefunds(ids, maySeePhone(ctx));

  const newerHref = hasPrevious ? address('/admin/refunds', { before: ids[0] }) : null;
  const olderHref = hasNext ? address('/admin/refunds', { after: ids.at(-1) }) : null;
  answerPage(ctx, <RefundsPage {...{ admin: ctx.state.admin, refunds, newerHref, olderHref }} />);
});

moneyRoutes.get('/admin/discrepancies', adminOnly('view'), async (ctx) => {
  const open = await withOrders(await openDiscrepancies(openMax));
  const settled = await withOrders(await settledDiscrepancies(settledMax));

  answerPage(ctx, <DiscrepanciesPage admin={ctx.state.admin} open={open} settled={settled} />);
});

async function withOrders(discrepancies: readonly Discrepancy[]): Promise<ShownDiscrepancy[]> {
  const shown: ShownDiscrepancy[] = [];
  for (const discrepancy of discrepancies) {
    const subject = await subjectOf(discrepancy);
    shown.push({ discrepancy, orderId: subject?.order.id ?? null });
  }
  return shown;
}

export const moneyRouters = [moneyRoutes] as const;

export const moneyOperations: Operation[] = [
  { ...pageOperation('get', '/admin/refunds', '退款列表'), query: RefundsQuery },
  pageOperation('get', '/admin/discrepancies', '对账异常，未处理的在前'),
];
