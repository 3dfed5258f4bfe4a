import { taskFailureCatalogue, type TaskDto } from '@suyi/shared-types';
import { assert } from '../../lib/assert';
import { toMoment, toMomentOrNull } from '../../lib/clock';
import { linksTo, linkTo } from '../media/service';
import type { Task } from './models';
import { queuePositionsOf, storedResults } from './service';

export async function presentTask(task: Task): Promise<TaskDto> {
  const [dto] = await presentTasks([task]);
  assert(dto, 'one task in, one out');
  return dto;
}

/** A page of tasks; their pictures and their places in line are looked up together. */
export async function presentTasks(tasks: readonly Task[]): Promise<TaskDto[]> {
  const links = await linksTo(tasks.map((task) => task.mediaId));
  const positions = await queuePositionsOf(tasks);
  return tasks.map((task) => shape(task, links, positions.get(task.id) ?? null));
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
