import { z } from 'zod';
import { forget, keep, readKept } from '../platform/storage';
import { currentUserId } from './session';

const DraftOf = <Params extends z.ZodType>(params: Params) =>
  z.object({
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
    params,
    mediaId: z.string().nullable(),
    taskId: z.string().nullable(),
  });

/**
 * One wish to make a picture, kept from the tap on start until its result was seen. A killed app finds it again: with
 * `mediaId` it can be posted once more under the same key, which the server answers with the same task.
 */
export type TaskDraft<Params> = Omit<z.infer<ReturnType<typeof DraftOf>>, 'params'> & { params: Params };

export interface TaskDrafts<Params> {
  find: () => TaskDraft<Params> | null;
  /** Answers the draft as given. */
  keep: (draft: TaskDraft<Params>) => TaskDraft<Params>;
  forget: () => void;
  /** The result was seen: nothing is left to find again. */
  forgetOf: (taskId: string) => void;
}

/** The place on the phone of one tool's draft. There is one at a time: the next wish takes it over. */
export function draftsUnder<Params>(storageKey: string, params: z.ZodType<Params>): TaskDrafts<Params> {
  const Draft = DraftOf(params);

  const drafts: TaskDrafts<Params> = {
    find() {
      const kept = readKept(storageKey, Draft);
      return kept && kept.userId === currentUserId() ? kept : null;
    },
    // The photo's file is a temporary one and gone with this run of the app, so its place is not kept.
    keep(draft) {
      keep(storageKey, { ...draft, photo: { ...draft.photo, path: '' } });
      return draft;
    },
    forget: () => forget(storageKey),
    forgetOf(taskId) {
      if (drafts.find()?.taskId === taskId) forget(storageKey);
    },
  };
  return drafts;
}
