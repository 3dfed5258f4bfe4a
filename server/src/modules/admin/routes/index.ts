import type Router from '@koa/router';
import type { Operation } from '../../../http/operations';
import { actionOperations, actionRoutes } from './actions';
import { adminsOperations, adminsRoutes } from './admins';
import { auditOperations, auditRoutes } from './audit';
import { dashboardOperations, dashboardRoutes } from './dashboard';
import { assetOperations, assetRoutes } from './frame';
import { moneyOperations, moneyRouters } from './money';
import { ordersOperations, ordersRouters } from './orders';
import { searchOperations, searchRouters } from './search';
import { sessionOperations, sessionRouters } from './session';
import { tasksOperations, tasksRouters } from './tasks';
import { usersOperations, usersRouters } from './users';

export { adminFrame } from './frame';

/** Every router of the admin site. */
export const adminRouters = [
  assetRoutes,
  ...sessionRouters,
  dashboardRoutes,
  ...searchRouters,
  ...usersRouters,
  ...ordersRouters,
  ...moneyRouters,
  ...tasksRouters,
  actionRoutes,
  auditRoutes,
  adminsRoutes,
] as readonly Router[];

export const adminOperations: readonly Operation[] = [
  ...assetOperations,
  ...sessionOperations,
  ...dashboardOperations,
  ...searchOperations,
  ...usersOperations,
  ...ordersOperations,
  ...moneyOperations,
  ...tasksOperations,
  ...actionOperations,
  ...auditOperations,
  ...adminsOperations,
];
