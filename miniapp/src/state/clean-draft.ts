import { BasicCleanParams } from '@suyi/shared-types';
import { z } from 'zod';
import { forget, keep, readKept } from '../platform/storage';
import { currentUserId } from './session';

/**
 * One wish to make a picture, kept from the tap on start until its result was seen. A killed app finds it again: with
 * `mediaId` it can be posted once more under the same key, which the server answers with the same task.
 */
export const CleanDraft = z.object({
  userId: z.string(),
  key: z.string(),
  photo: z.object({
    /** Empty in a draft that was found again. */
    path: z.string(),
    byteLength: z.number(),
    width: z.number(),
    height: z.number(),
    contentType: z.string(),
  }),
  params: BasicCleanParams,
  mediaId: z.string().nullable(),
  taskId: z.string().nullable(),
});
export type CleanDraft = z.infer<typeof CleanDraft>;

const draftKey = 'clean-draft';

export function findDraft(): CleanDraft | null {
  const kept = readKept(draftKey, CleanDraft);
  return kept && kept.userId === currentUserId() ? kept : null;
}

/** Answers the draft as given. The photo's file is a temporary one and gone with this run, so its place is not kept. */
export function keepDraft(draft: CleanDraft): CleanDraft {
  keep(draftKey, { ...draft, photo: { ...draft.photo, path: '' } });
  return draft;
}

export function forgetDraft(): void {
  forget(draftKey);
}

/** The result was seen: nothing is left to find again. */
export function forgetDraftOf(taskId: string): void {
  if (findDraft()?.taskId === taskId) forgetDraft();
}
