import { z } from 'zod';
import { keep, readKept } from '../platform/storage';

const SavedFrames = z.array(z.object({ taskId: z.string(), frameIds: z.array(z.string()) }));
export type SavedFrames = z.infer<typeof SavedFrames>;

const savedKey = 'saved-frames';
const tasksMax = 50;

/** Which pictures this phone saved already, of the sets it saved from last. */
export function findSaved(): SavedFrames {
  return readKept(savedKey, SavedFrames) ?? [];
}

/** Answers the memory with this picture in it; the set saved from longest ago gives way. */
export function rememberSaved(saved: SavedFrames, taskId: string, frameId: string): SavedFrames {
  const earlier = saved.find((each) => each.taskId === taskId)?.frameIds ?? [];
  const frameIds = earlier.includes(frameId) ? earlier : [...earlier, frameId];
  const next = [{ taskId, frameIds }, ...saved.filter((each) => each.taskId !== taskId)].slice(0, tasksMax);
  keep(savedKey, next);
  return next;
}

/** The set is deleted: nothing is left to remember of it. */
export function forgetSaved(saved: SavedFrames, taskId: string): SavedFrames {
  const next = saved.filter((each) => each.taskId !== taskId);
  if (next.length < saved.length) keep(savedKey, next);
  return next;
}
