import { BasicCleanParams, type TaskFailureCode } from '@suyi/shared-types';
import { assert } from '../../lib/assert';
import { logger } from '../../lib/logger';
import { ImagingRefused, imaging, type Cleaned, type ImagingRefusalCode } from '../../imaging/port';
import { storage } from '../../vendors/storage/port';
import { readMedia } from '../media/service';
import { attemptsMax, engineDeathCosts, putBack, underLease } from './claim';
import { fail, succeed } from './finish';
import { resultKey, type StoredResult, type Task } from './models';
import { moveTask, type OpenStatus } from './states';

/**
 * Works on one claimed task until it ends or is put back. It may have been begun before by a worker that died: cleaning is
 * the same every time and results lie under keys of the task's own, so it is simply done again from the start.
 */
export const runBasicClean = (task: Task): Promise<void> => underLease(task, work);

async function work(task: Task): Promise<void> {
  const { leaseToken } = task;
  assert(leaseToken !== null, 'a task is worked on under a lease');
  let status = openStatusOf(task);

  try {
    // A photo over which the engine died three times gets no fourth try; nor one that twenty whole workers died over. With a
    // limit of three for those too, 204 kills of the server in a quarter of an hour failed photos that had done no harm.
    if (task.attempts > attemptsMax) {
      await fail(task, { from: status, code: 'internal_failure', leaseToken });
      return;
    }
    if (status === 'submitting') {
      if (!(await moveTask({ id: task.id, from: status, to: 'running', leaseToken }, { progress: 20 }))) return;
      status = 'running';
    }

    const bytes = await readMedia(task.mediaId);
    if (bytes === null) {
      await fail(task, { from: status, code: 'input_missing', leaseToken });
      return;
    }
    const cleaned = await clean(bytes, task);

    if (status === 'running') {
      if (!(await moveTask({ id: task.id, from: status, to: 'saving', leaseToken }, { progress: 80 }))) return;
      status = 'saving';
    }
    const results = await save(task, cleaned);
    await succeed(task, { results, measures: cleaned.measures, isWhole: true, leaseToken });
  } catch (error) {
    if (error instanceof ImagingRefused && !mayBeTriedAgain(error, task)) {
      await fail(task, { from: status, code: failureOf[error.code], leaseToken });
      return;
    }
    logger.error(
      { taskId: task.id, attempt: task.attempts, err: error },
      'a task could not be worked on; it is put back',
    );
    await putBack(task, { isPhotosFault: error instanceof EngineDied || error instanceof ImagingRefused });
  }
}

/** Out of time is a verdict on the photo only when it happens three times: once may be a machine that others keep busy. */
const mayBeTriedAgain = ({ code }: ImagingRefused, { attempts }: Task): boolean =>
  code === 'timed_out' && attempts + engineDeathCosts <= attemptsMax;

/** The engine's child died over this photo, twice. Everything else that goes wrong is not the photo's fault. */
class EngineDied extends Error {
  override name = 'EngineDied';
}

async function clean(bytes: Buffer, task: Task): Promise<Cleaned> {
  try {
    return await imaging.current.clean(bytes, BasicCleanParams.parse(JSON.parse(task.params)));
  } catch (error) {
    if (error instanceof ImagingRefused) throw error;
    throw new EngineDied('the image engine ended without an answer', { cause: error });
  }
}

const failureOf: Record<ImagingRefusalCode, TaskFailureCode> = {
  garment_not_found: 'garment_not_found',
  quality_rejected: 'quality_rejected',
  timed_out: 'image_too_complex',
  unsupported_type: 'image_unreadable',
  heic_unsupported: 'image_unreadable',
  empty: 'image_unreadable',
  too_many_pixels: 'image_unreadable',
  too_small: 'image_unreadable',
  bad_ratio: 'image_unreadable',
  unreadable: 'image_unreadable',
};

function openStatusOf(task: Task): Extract<OpenStatus, 'submitting' | 'running' | 'saving'> {
  const { status } = task;
  assert(status === 'submitting' || status === 'running' || status === 'saving', 'a claimed task is being worked on');
  return status;
}

/** Every picture into our own store before the task may say that it succeeded. */
async function save(task: Task, cleaned: Cleaned): Promise<StoredResult[]> {
  const results: StoredResult[] = [];
  for (const { role, bytes, contentType, width, height } of cleaned.images) {
    const key = resultKey(task, role);
    await storage.current.write(key, bytes, contentType);
    results.push({ key, role, width, height, byteLength: bytes.length, contentType });
  }
  return results;
}
