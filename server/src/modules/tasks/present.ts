import { taskFailureCatalogue, type TaskDto } from '@suyi/shared-types';
import { toMoment, toMomentOrNull } from '../../lib/clock';
import { linksTo, linkTo } from '../media/service';
import type { Task } from './models';
import { queuePositionOf, storedResults } from './service';

export async function presentTask(task: Task): Promise<TaskDto> {
  return shape(task, await linksTo([task.mediaId]), await queuePositionOf(task));
}

/** A page of tasks; their pictures are looked up together. */
export async function presentTasks(tasks: readonly Task[]): Promise<TaskDto[]> {
  const links = await linksTo(tasks.map((task) => task.mediaId));
  return Promise.all(tasks.map(async (task) => shape(task, links, await queuePositionOf(task))));
}

function shape(task: Task, links: Map<string, string>, queuePosition: number | null): TaskDto {
  return {
    id: task.id,
    type: task.type,
    status: task.status,
    params: JSON.parse(task.params) as Record<string, unknown>,
    input: { mediaId: task.mediaId, url: links.get(task.mediaId) ?? null },
    results: storedResults(task).map(({ key, ...result }) => ({ ...result, url: linkTo(key) })),
    progress: task.progress,
    queuePosition,
    measures: task.measures === null ? null : (JSON.parse(task.measures) as Record<string, unknown>),
    errorCode: task.errorCode,
    errorReason: task.errorCode === null ? null : taskFailureCatalogue[task.errorCode],
    quotaEffect: task.quotaEffect,
    createdAt: toMoment(task.createdAt),
    updatedAt: toMoment(task.updatedAt),
    finishedAt: toMomentOrNull(task.finishedAt),
  };
}
