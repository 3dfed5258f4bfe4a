import Router from '@koa/router';
import { AdminTaskDto, AdminTasksFilter, AdminTasksQuery, Id } from '@suyi/shared-types';
import { adminOnly, type AdminState } from '../../../http/admin-session';
import type { Operation } from '../../../http/operations';
import { parse } from '../../../http/parse';
import { linksTo, linkTo } from '../../media/service';
import { findAnyTask, isStuck, storedResults, type StoredResult } from '../../tasks/service';
import { taskColumns } from '../csv';
import { readEarlierTries, readLaterTries } from '../lists/one-task';
import { getUserRow, readAuditOf, readEntriesOf } from '../lists/one-user';
import { shownPhone } from '../lists/phones';
import { listTasks, readTasks } from '../lists/tasks';
import { TaskPage } from '../pages/task';
import { TasksPage } from '../pages/tasks';
import { taskTimeline } from '../timelines';
import { deedLinks } from './deeds';
import { answerPage, pageOperation } from './frame';
import { listOperations, listRoutes, maySeePhone, type ListKind } from './list-routes';

const kind: ListKind<AdminTasksFilter, AdminTaskDto> = {
  name: 'tasks',
  words: '任务',
  Filter: AdminTasksFilter,
  Query: AdminTasksQuery,
  Dto: AdminTaskDto,
  columns: taskColumns,
  listing: listTasks,
  read: readTasks,
  ListPage: TasksPage,
};

const taskRoutes = new Router<AdminState>();

taskRoutes.get('/admin/tasks/:id', adminOnly('view'), async (ctx) => {
  const task = await findAnyTask(parse(Id, ctx.params.id));
  // A use that came back after two accounts became one moves on to the other, in the name of the task.
  const entries = [...(await readEntriesOf('task', [task.id])), ...(await readEntriesOf('merge', [task.id]))];
  const links = await linksTo([task.mediaId]);

  const { admin } = ctx.state;
  const detail = {
    admin,
    task,
    phone: shownPhone((await getUserRow(task.userId)).phone, maySeePhone(ctx)),
    inputUrl: links.get(task.mediaId) ?? null,
    // Of a task that the seller took out of the history the pictures are going, or gone.
    pictures: task.hiddenAt === null ? storedResults(task).map(pictureOf) : [],
    timeline: taskTimeline({ task, entries }),
    entries,
    earlier: await readEarlierTries(task.retryOf),
    later: await readLaterTries(task),
    isStuck: isStuck(task),
    audits: await readAuditOf('task', task.id),
    deeds: deedLinks(isStuck(task) ? ['end_task'] : [], task.id, admin.role),
  };
  answerPage(ctx, <TaskPage {...detail} />);
});

const roleWords: Record<StoredResult['role'], string> = { main: '成图', thumbnail: '缩略图', frame: '成图' };

function pictureOf({ key, role, thumbnailKey, position }: StoredResult): { url: string; words: string } {
  const words = position === undefined ? roleWords[role] : `${roleWords[role]} ${position + 1}`;
  return { url: linkTo(thumbnailKey ?? key), words };
}

export const tasksRouters = [listRoutes(kind), taskRoutes] as const;

export const tasksOperations: Operation[] = [
  ...listOperations(kind),
  pageOperation('get', '/admin/tasks/:id', '一个任务的经过、账本和图片'),
];
