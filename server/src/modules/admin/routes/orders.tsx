import Router from '@koa/router';
import { AdminOrderDto, AdminOrdersFilter, AdminOrdersQuery, Id } from '@suyi/shared-types';
import { adminOnly, type AdminState } from '../../../http/admin-session';
import type { Operation } from '../../../http/operations';
import { parse } from '../../../http/parse';
import type { DeedName } from '../actions';
import { orderColumns } from '../csv';
import { getOrderRow, readDiscrepancies, readEvents, readRefunds, type OrderRow } from '../lists/one-order';
import { readAuditOf, readEntriesOf } from '../lists/one-user';
import { listOrders, readOrders } from '../lists/orders';
import { shownPhone } from '../lists/phones';
import { OrderPage } from '../pages/order';
import { OrdersPage } from '../pages/orders';
import { orderTimeline } from '../timelines';
import { deedLinks } from './deeds';
import { answerPage, pageOperation } from './frame';
import { listOperations, listRoutes, maySeePhone, type ListKind } from './list-routes';

const kind: ListKind<AdminOrdersFilter, AdminOrderDto> = {
  name: 'orders',
  words: '订单',
  Filter: AdminOrdersFilter,
  Query: AdminOrdersQuery,
  Dto: AdminOrderDto,
  columns: orderColumns,
  listing: listOrders,
  read: readOrders,
  ListPage: OrdersPage,
};

const orderRoutes = new Router<AdminState>();

orderRoutes.get('/admin/orders/:id', adminOnly('view'), async (ctx) => {
  const id = parse(Id, ctx.params.id);
  const order = await getOrderRow(id);
  const refunds = await readRefunds(id);
  const refundIds = refunds.map((refund) => refund.id);
  const discrepancies = await readDiscrepancies(id, refundIds);
  const entries = [
    ...(await readEntriesOf('order', [id])),
    ...(await readEntriesOf(
      'refund',
      refundIds.flatMap((each) => [each, `${each}.days`]),
    )),
  ];
  const timeline = orderTimeline({ order, refunds, entries, discrepancies, events: await readEvents(id) });

  const { admin } = ctx.state;
  const phone = shownPhone(order.phone, maySeePhone(ctx));
  const deeds = deedLinks(deedsOn(order), id, admin.role);
  const audits = await readAuditOf('order', id);
  answerPage(ctx, <OrderPage {...{ admin, order, phone, refunds, discrepancies, timeline, audits, deeds }} />);
});

function deedsOn({ status, refundedFen, priceFen }: OrderRow): readonly DeedName[] {
  if (status === 'created' || status === 'awaiting' || status === 'closed') return ['query_order'];
  return refundedFen < priceFen ? ['query_order', 'refund_order'] : ['query_order'];
}

export const ordersRouters = [listRoutes(kind), orderRoutes] as const;

export const ordersOperations: Operation[] = [
  ...listOperations(kind),
  pageOperation('get', '/admin/orders/:id', '一个订单的经过、退款和账本'),
];
