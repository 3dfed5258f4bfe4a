import Router from '@koa/router';
import { adminOnly, type AdminState } from '../../../http/admin-session';
import type { Operation } from '../../../http/operations';
import { overview } from '../overview';
import { DashboardPage } from '../pages/dashboard';
import { answerPage, pageOperation } from './frame';

export const dashboardRoutes = new Router<AdminState>();

dashboardRoutes.get('/admin', adminOnly('view'), async (ctx) => {
  answerPage(ctx, <DashboardPage admin={ctx.state.admin} overview={await overview()} />);
});

export const dashboardOperations: Operation[] = [pageOperation('get', '/admin', '管理后台的概览')];
