import Router from '@koa/router';
import { AdminUserDto, AdminUsersFilter, AdminUsersQuery, Id } from '@suyi/shared-types';
import { z } from 'zod';
import { adminOnly, type AdminState } from '../../../http/admin-session';
import type { Operation } from '../../../http/operations';
import { parse } from '../../../http/parse';
import { clock } from '../../../lib/clock';
import { openStatuses } from '../../tasks/service';
import { userColumns } from '../csv';
import { readIds } from '../lists/keyset';
import { findAccount, findMergedFrom, getUserRow, readAuditOf, readEntries, type AccountRow } from '../lists/one-user';
import { listOrders, readOrders } from '../lists/orders';
import { shownPhone } from '../lists/phones';
import { listTasks, readTasks } from '../lists/tasks';
import { listUsers, readUsers } from '../lists/users';
import { UserPage } from '../pages/user';
import { UsersPage } from '../pages/users';
import type { SignedInAdmin } from '../sessions';
import { deedLinks } from './deeds';
import { answerPage, pageOperation } from './frame';
import { listOperations, listRoutes, maySeePhone, type ListKind } from './list-routes';

const kind: ListKind<AdminUsersFilter, AdminUserDto> = {
  name: 'users',
  words: '用户',
  Filter: AdminUsersFilter,
  Query: AdminUsersQuery,
  Dto: AdminUserDto,
  columns: userColumns,
  listing: listUsers,
  read: readUsers,
  ListPage: UsersPage,
};

const entriesPerPage = 20;
const shortListLimit = 10;
const DetailQuery = z.object({ below: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional() });

export const userRoutes = new Router<AdminState>();

userRoutes.get('/admin/users/:id', adminOnly('view'), async (ctx) => {
  const id = parse(Id, ctx.params.id);
  const { below } = parse(DetailQuery, ctx.query);

  answerPage(ctx, <UserPage {...await gather(id, below, ctx.state.admin, maySeePhone(ctx))} />);
});

async function gather(id: string, below: number | undefined, admin: SignedInAdmin, isWhole: boolean) {
  const user = await getUserRow(id);
  const account = await findAccount(id);
  const from = Math.min(below ?? Infinity, (account?.entryCount ?? 0) + 1);
  const entries = await readEntries(id, from, entriesPerPage);
  const last = entries.at(-1)?.position ?? 1;

  const newest = { userId: id, sort: 'newest' as const };
  const orders = await readIds(listOrders(newest), {}, shortListLimit);
  const tasks = await readIds(listTasks(newest), {}, shortListLimit);
  return {
    admin,
    user,
    phone: shownPhone(user.phone, isWhole),
    account,
    ...standingOf(account),
    mergedFrom: await findMergedFrom(id),
    entries,
    olderBelow: last > 1 ? last : null,
    newerBelow: account && from <= account.entryCount ? from + entriesPerPage : null,
    orders: await readOrders(orders.ids, isWhole),
    tasks: await readTasks(tasks.ids, isWhole),
    holding: account && account.held > 0 ? await readHolding(id, isWhole) : [],
    audits: await readAuditOf('user', id),
    deeds: deedLinks(deedsOn(user.status), id, admin.role),
  };
}

const deedsOn = (status: string) =>
  status === 'active' ? (['block_user'] as const) : status === 'blocked' ? (['unblock_user'] as const) : [];

/** As the seller sees it: what an end has passed over counts as gone, swept or not. */
function standingOf(account: AccountRow | null): { isMember: boolean; spendable: number } {
  const now = clock.now();
  const isMember = (account?.expireAt ?? 0) > now;
  const canSpend = isMember || (account?.graceUntil ?? 0) > now;
  return { isMember, spendable: canSpend ? (account?.remaining ?? 0) : 0 };
}

async function readHolding(userId: string, isWhole: boolean) {
  const found = [];
  for (const status of openStatuses) {
    found.push(...(await readIds(listTasks({ userId, status, sort: 'newest' }), {}, shortListLimit)).ids);
  }
  return readTasks(found, isWhole);
}

export const usersRouters = [listRoutes(kind), userRoutes] as const;

export const usersOperations: Operation[] = [
  ...listOperations(kind),
  { ...pageOperation('get', '/admin/users/:id', '一个用户的资料、次数明细、订单和任务'), query: DetailQuery },
];
