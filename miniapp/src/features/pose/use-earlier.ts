import type { MediaDto, TaskDto } from '@suyi/shared-types';
import { absoluteUrl } from '../../api/address';
import { completeUpload } from '../../api/media';
import { silence } from '../../api/problem';
import { getTask } from '../../api/tasks';
import { newIdempotencyKey } from '../../platform/random';
import type { Photo } from '../../platform/types';
import { useLoad, type Loaded } from '../../state/use-load';
import type { Chosen } from './choices';

/** The photo and the choices of an earlier set: another one of the same garment uploads nothing. */
export interface Earlier {
  photo: Photo;
  mediaId: string;
  chosen: Chosen;
}

export function useEarlier(taskId: string | null): Loaded<Earlier> {
  return useLoad(taskId, async () => {
    const task = await getTask(taskId ?? '');
    // Asked again about a picture it has, the server tells its size, or that it is gone.
    const media = await completeUpload(task.input.mediaId, newIdempotencyKey());
    return { photo: photoOf(media), mediaId: media.id, chosen: chosenIn(task) };
  });
}

function photoOf({ url, byteLength, width, height, contentType }: MediaDto): Photo {
  if (url === null || byteLength === null || width === null || height === null || contentType === null) {
    throw silence('bad_answer');
  }
  return { path: absoluteUrl(url), byteLength, width, height, contentType };
}

/** The form takes of them what is still offered. */
function chosenIn({ params }: TaskDto): Chosen {
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}
