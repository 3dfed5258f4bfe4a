import Router from '@koa/router';
import {
  BasicCleanParams,
  CreateTaskBody,
  Id,
  isFinal,
  ModelPoseParams,
  pageOf,
  TaskDto,
  TasksQuery,
  TaskType,
  ToolsDto,
} from '@suyi/shared-types';
import { jsonBody, rawBody } from '../../http/body';
import type { Context, RequestState, SignedInState } from '../../http/context';
import { idempotencyOf } from '../../http/idempotency';
import { signInErrors, type Operation } from '../../http/operations';
import { cutPage } from '../../http/paging';
import { parse } from '../../http/parse';
import { rateLimit } from '../../http/rate-limit';
import { signedIn } from '../../http/sign-in';
import { AppError } from '../../lib/errors';
import { receiveReport } from './poses/webhook';
import { presentTask, presentTasks } from './present';
import {
  cancelTask,
  createTask,
  getTask,
  hideTask,
  listTasks,
  retryTask,
  waitForEnd,
  type NewTask,
  type Task,
} from './service';
import { listTools } from './tools';

const waitSecondsMax = 20;
/** A failed job's report holds its whole traceback. */
const reportBytesMax = 4 * 1024 * 1024;

export const taskRoutes = new Router<SignedInState>({ prefix: '/api/tasks' });

taskRoutes.post('/', signedIn, rateLimit('tasks.create', { perMinute: 600 }), jsonBody, async (ctx) => {
  const input = readNewTask(ctx.request.body);

  const task = await createTask(ctx.state.userId, input, idempotencyOf(ctx));

  await answerTask(ctx, await waitForEnd(task.userId, task.id, preferredWaitMs(ctx)));
});

taskRoutes.get('/', signedIn, async (ctx) => {
  const query = parse(TasksQuery, ctx.query);

  const page = cutPage(await listTasks(ctx.state.userId, query), query.limit, (task) => task.id);

  ctx.body = { items: await presentTasks(page.items), nextCursor: page.nextCursor };
});

taskRoutes.get('/:id', signedIn, async (ctx) => {
  ctx.body = await presentTask(await getTask(ctx.state.userId, parse(Id, ctx.params.id)));
});

taskRoutes.post('/:id/cancel', signedIn, async (ctx) => {
  ctx.body = await presentTask(await cancelTask(ctx.state.userId, parse(Id, ctx.params.id)));
});

taskRoutes.post('/:id/retry', signedIn, rateLimit('tasks.retry', { perMinute: 60 }), async (ctx) => {
  const task = await retryTask(ctx.state.userId, parse(Id, ctx.params.id), idempotencyOf(ctx));

  await answerTask(ctx, await waitForEnd(task.userId, task.id, preferredWaitMs(ctx)));
});

taskRoutes.delete('/:id', signedIn, async (ctx) => {
  await hideTask(ctx.state.userId, parse(Id, ctx.params.id));

  ctx.status = 204;
});

export const toolRoutes = new Router<RequestState>();

toolRoutes.get('/api/tools', async (ctx) => {
  ctx.set('cache-control', 'public, max-age=5');
  ctx.body = await listTools();
});

toolRoutes.post(
  '/api/webhooks/runninghub/:token',
  rateLimit('webhooks.runninghub', { perMinute: 6_000 }),
  async (ctx) => {
    await receiveReport(ctx.params.token ?? '', await rawBody(ctx, reportBytesMax));

    ctx.body = { received: true };
  },
);

/** The type is told first: an old phone may know types that we do not, and the other way round. */
function readNewTask(body: unknown): NewTask {
  const { type, mediaId, params } = parse(CreateTaskBody, body);
  const known = TaskType.safeParse(type);
  if (!known.success) throw new AppError('task_type_unknown');

  if (known.data === 'basic_clean') return { type: known.data, mediaId, params: parse(BasicCleanParams, params) };
  return { type: known.data, mediaId, params: parse(ModelPoseParams, params) };
}

async function answerTask(ctx: Context, task: Task): Promise<void> {
  ctx.status = isFinal(task.status) ? 200 : 202;
  if (ctx.get('prefer')) ctx.set('Preference-Applied', `wait=${preferredWaitMs(ctx) / 1_000}`);
  ctx.body = await presentTask(task);
}

/** `Prefer: wait=N` of RFC 7240, at most 20 seconds. */
function preferredWaitMs(ctx: Context): number {
  const [, wait] = /(?:^|[,;\s])wait=(\d{1,4})\b/i.exec(ctx.get('prefer')) ?? [];
  return Math.min(Number(wait ?? 0), waitSecondsMax) * 1_000;
}

export const taskOperations: Operation[] = [
  {
    method: 'post',
    path: '/api/tasks',
    summary: '创建任务；Prefer: wait=N（N ≤ 20）时等待结果',
    takesIdempotencyKey: true,
    body: CreateTaskBody,
    answers: { 200: TaskDto, 202: TaskDto },
    errors: [
      ...signInErrors,
      'task_type_unknown',
      'task_type_paused',
      'media_not_found',
      'media_not_ready',
      'membership_required',
      'membership_expired',
      'quota_insufficient',
      'idempotency_key_reused',
    ],
  },
  {
    method: 'get',
    path: '/api/tasks',
    summary: '任务列表，最新在前',
    query: TasksQuery,
    answers: { 200: pageOf(TaskDto) },
    errors: signInErrors,
  },
  { method: 'get', path: '/api/tasks/:id', summary: '任务详情', answers: { 200: TaskDto }, errors: signInErrors },
  {
    method: 'post',
    path: '/api/tasks/:id/cancel',
    summary: '取消排队中的任务，退回次数',
    answers: { 200: TaskDto },
    errors: [...signInErrors, 'task_not_cancellable'],
  },
  {
    method: 'post',
    path: '/api/tasks/:id/retry',
    summary: '用同一张照片重试失败或已取消的任务',
    takesIdempotencyKey: true,
    answers: { 200: TaskDto, 202: TaskDto },
    errors: [
      ...signInErrors,
      'task_not_retryable',
      'task_type_paused',
      'media_not_found',
      'membership_required',
      'membership_expired',
      'quota_insufficient',
      'idempotency_key_reused',
    ],
  },
  {
    method: 'delete',
    path: '/api/tasks/:id',
    summary: '从历史中删除已结束的任务',
    answers: { 204: null },
    errors: [...signInErrors, 'task_not_final'],
  },
  {
    method: 'get',
    path: '/api/tools',
    summary: '可用的工具：价格、选项、是否开放、预计时间',
    isPublic: true,
    answers: { 200: ToolsDto },
    errors: [],
  },
  {
    method: 'post',
    path: '/api/webhooks/runninghub/:token',
    summary: 'RunningHub 任务通知：只是提示，结果以查询为准',
    isPublic: true,
    answers: { 200: null },
    errors: ['notification_rejected', 'invalid_request', 'rate_limited', 'body_too_large'],
  },
];
