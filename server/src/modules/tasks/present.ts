import { taskFailureCatalogue, type TaskDto, type TaskResultDto } from '@suyi/shared-types';
import { assert } from '../../lib/assert';
import { toMoment, toMomentOrNull } from '../../lib/clock';
import { linksTo, linkTo } from '../media/service';
import { storedResults, type StoredResult, type Task } from './models';
import { estimateOf, recentPace } from './poses/estimate';
import { queuePositionsOf } from './queue';

export async function presentTask(task: Task): Promise<TaskDto> {
  const [dto] = await presentTasks([task]);
  assert(dto, 'one task in, one out');
  return dto;
}

/** A page of tasks; their pictures and their places in line are looked up together. */
export async function presentTasks(tasks: readonly Task[]): Promise<TaskDto[]> {
  const links = await linksTo(tasks.map((task) => task.mediaId));
  const positions = await queuePositionsOf(tasks);
  const pace = await recentPace();
  return tasks.map((task) => {
    const queuePosition = positions.get(task.id) ?? null;
    return { ...shape(task, links), queuePosition, estimate: estimateOf(task, queuePosition, pace) };
  });
}

function shape(task: Task, links: Map<string, string>): Omit<TaskDto, 'queuePosition' | 'estimate'> {
  return {
    id: task.id,
    type: task.type,
    status: task.status,
    params: JSON.parse(task.params) as Record<string, unknown>,
    input: { mediaId: task.mediaId, url: links.get(task.mediaId) ?? null },
    results: storedResults(task).map(presentResult),
    progress: task.progress,
    measures: task.measures === null ? null : (JSON.parse(task.measures) as Record<string, unknown>),
    errorCode: task.errorCode,
    errorReason: task.errorCode === null ? null : taskFailureCatalogue[task.errorCode],
    quotaEffect: task.quotaEffect,
    retryOf: task.retryOf,
    createdAt: toMoment(task.createdAt),
    updatedAt: toMoment(task.updatedAt),
    finishedAt: toMomentOrNull(task.finishedAt),
  };
}

function presentResult({
  key,
  role,
  width,
  height,
  byteLength,
  contentType,
  thumbnailKey,
}: StoredResult): TaskResultDto {
  const thumbnailUrl = thumbnailKey === undefined ? null : linkTo(thumbnailKey);
  return { url: linkTo(key), thumbnailUrl, role, width, height, byteLength, contentType };
}
