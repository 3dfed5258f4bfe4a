import Router from '@koa/router';
import { z } from 'zod';
import { adminOnly, type AdminState } from '../../../http/admin-session';
import { jsonBody } from '../../../http/body';
import { formBody } from '../../../http/form';
import type { Operation } from '../../../http/operations';
import { parse } from '../../../http/parse';
import { rateLimit } from '../../../http/rate-limit';
import { findNamed, type Found } from '../lists/find';
import { orderPath, taskPath, userPath } from '../pages/addresses';
import { NothingFoundPage } from '../pages/nothing-found';
import { adminErrors, answerPage, pageOperation } from './frame';

/* Finds one thing by its exact name. By POST, so that no phone number and no openid stands in an address or in a log. */

const brake = rateLimit('admin.search', { perMinute: 120 });
const q = z.string().trim().min(1).max(190);
const SearchForm = z.strictObject({ csrf: z.string().optional(), q });
const SearchBody = z.strictObject({ q });
const FoundDto = z.object({ found: z.object({ kind: z.enum(['user', 'order', 'task']), id: z.string() }).nullable() });

const pathOf: Record<Found['kind'], (id: string) => string> = { user: userPath, order: orderPath, task: taskPath };

const searchRoutes = new Router<AdminState>();

searchRoutes.post('/admin/search', brake, adminOnly('view'), formBody, async (ctx) => {
  const form = parse(SearchForm, ctx.request.body);
  const found = await findNamed(form.q);
  if (!found) {
    answerPage(ctx, <NothingFoundPage admin={ctx.state.admin} given={form.q} />, 404);
    return;
  }
  ctx.redirect(pathOf[found.kind](found.id));
  ctx.status = 303;
});

searchRoutes.post('/api/admin/search', brake, adminOnly('view'), jsonBody, async (ctx) => {
  ctx.body = { found: await findNamed(parse(SearchBody, ctx.request.body).q) };
});

export const searchRouters = [searchRoutes] as const;

export const searchOperations: Operation[] = [
  {
    ...pageOperation('post', '/admin/search', '按手机号、编号等找到一个用户、订单或任务'),
    body: SearchForm,
    answers: { 303: null, 404: null },
  },
  {
    method: 'post',
    path: '/api/admin/search',
    summary: '按手机号、编号等找到一个用户、订单或任务，供管理员',
    body: SearchBody,
    answers: { 200: FoundDto },
    errors: adminErrors,
  },
];
