import type { TaskDto, TaskType } from '@suyi/shared-types';
import { create, type StoreApi, type UseBoundStore } from 'zustand';
import { uploadForm } from '../api/client';
import * as mediaApi from '../api/media';
import { toProblem, type ApiProblem } from '../api/problem';
import * as tasksApi from '../api/tasks';
import type { Photo } from '../platform/types';
import { newIdempotencyKey } from '../platform/random';
import { currentUserId, useSession } from './session';
import type { TaskDraft, TaskDrafts } from './task-draft';

export type TaskRun<Params> =
  | { phase: 'idle' }
  | { phase: 'uploading'; percent: number; draft: TaskDraft<Params> }
  | { phase: 'making'; draft: TaskDraft<Params> }
  | { phase: 'accepted'; task: TaskDto; draft: TaskDraft<Params> }
  | { phase: 'stopped'; problem: ApiProblem; draft: TaskDraft<Params> };

/** The way from a photo to a task of one tool. It goes on while the seller looks at other pages. */
export interface TaskRuns<Params> {
  useRun: UseBoundStore<StoreApi<{ run: TaskRun<Params> }>>;
  /**
   * The key is made here, before anything is sent, and is kept with the draft. With a `mediaId` the server has the photo
   * already.
   */
  start: (photo: Photo, params: Params, mediaId?: string | null) => Promise<void>;
  /** Goes on with a kept draft from the step it had reached. A double tap finds the run going and does nothing. */
  advance: (draft: TaskDraft<Params>) => Promise<void>;
  clear: () => void;
  /** What the seller has seen the end of does not wait for them: the next visit begins with a new photo. */
  leave: () => void;
  /** Gives the run up, and what was kept of it. */
  drop: () => void;
}

/** A form post that broke half-way is sent again from the start; the ticket allows it. */
const uploadAttemptsMax = 3;

export function runsOf<Params extends Record<string, unknown>>(
  type: TaskType,
  drafts: TaskDrafts<Params>,
): TaskRuns<Params> {
  const useRun = create<{ run: TaskRun<Params> }>()(() => ({ run: { phase: 'idle' } }));
  const show = (run: TaskRun<Params>) => useRun.setState({ run });
  const clear = () => show({ phase: 'idle' });
  const isGoing = () => ['uploading', 'making'].includes(useRun.getState().run.phase);

  async function start(photo: Photo, params: Params, mediaId: string | null = null): Promise<void> {
    if (isGoing()) return;
    const userId = currentUserId() ?? '';
    await advance(drafts.keep({ userId, key: newIdempotencyKey(), photo, params, mediaId, taskId: null }));
  }

  function drop(): void {
    drafts.forget();
    clear();
  }

  function leave(): void {
    const { run } = useRun.getState();
    if (run.phase === 'accepted') clear();
    if (run.phase === 'stopped' && !isWorthRetrying(run.problem)) drop();
  }

  async function advance(draft: TaskDraft<Params>): Promise<void> {
    if (isGoing()) return;

    const tellPercent = everyFifth((percent) => {
      if (useRun.getState().run.phase === 'uploading') show({ phase: 'uploading', percent, draft });
    });
    let reached = draft;
    try {
      if (reached.mediaId === null) {
        show({ phase: 'uploading', percent: 0, draft });
        reached = drafts.keep({ ...reached, mediaId: await upload(reached.photo, tellPercent) });
      }
      if (isAnothers(draft)) return;
      show({ phase: 'making', draft: reached });
      const body = { type, mediaId: reached.mediaId ?? '', params: reached.params };
      const task = await tasksApi.createTask(body, reached.key);
      reached = drafts.keep({ ...reached, taskId: task.id });
      if (!isAnothers(draft)) show({ phase: 'accepted', task, draft: reached });
    } catch (thrown) {
      if (isAnothers(draft)) return;
      const problem = toProblem(thrown);
      show({ phase: 'stopped', problem, draft: restartOf(reached, problem, drafts) });
    }
  }

  // Another person signed in on this phone: the photo on the screen is not theirs.
  useSession.subscribe((now, before) => {
    if (now.session && now.session.user.id !== before.session?.user.id) {
      const { run } = useRun.getState();
      if (run.phase !== 'idle' && run.draft.userId !== now.session.user.id) clear();
    }
  });

  return { useRun, start, advance, clear, leave, drop };
}

/** Somebody else signed in on the way: they spend no use for this photo, and do not see it. Its draft waits for its owner. */
function isAnothers({ userId }: TaskDraft<unknown>): boolean {
  const current = currentUserId();
  return current !== null && current !== userId;
}

/** The same photo may still become a picture: after a wait, a purchase or a sign-in. */
function isWorthRetrying(problem: ApiProblem): boolean {
  return problem.isPassing || problem.isSignedOut || problem.status === 402;
}

async function upload(photo: Photo, onPercent: (percent: number) => void): Promise<string> {
  const { byteLength, contentType, path } = photo;

  for (let attempt = 1; ; attempt += 1) {
    const ticket = await mediaApi.createUpload({ contentType, byteLength }, newIdempotencyKey());
    try {
      await uploadForm({ ...ticket.upload, filePath: path, onPercent });
      await mediaApi.completeUpload(ticket.mediaId, newIdempotencyKey());
      return ticket.mediaId;
    } catch (thrown) {
      const problem = toProblem(thrown);
      const mayPass = problem.isPassing || problem.code === 'upload_expired' || problem.code === 'media_missing';
      if (!mayPass || problem.code === 'offline' || attempt === uploadAttemptsMax) throw problem;
    }
  }
}

/** Every fifth percent is enough to see it move; each one is a trip to the view on a phone. */
function everyFifth(tell: (percent: number) => void): (percent: number) => void {
  let told = 0;
  return (percent) => {
    if (percent < told + 5 && percent < 100) return;
    told = percent;
    tell(percent);
  };
}

/**
 * The draft to try again with. A silence may hide a task, so its key stays; after a clear no there is none, and a
 * changed wish under the old key would be refused. A photo the server does not have is uploaded anew.
 */
function restartOf<Params>(
  draft: TaskDraft<Params>,
  problem: ApiProblem,
  drafts: TaskDrafts<Params>,
): TaskDraft<Params> {
  if (problem.isPassing || problem.isSignedOut) return draft;

  const isPhotoLost = problem.code === 'media_not_found' || problem.code === 'media_missing';
  const next = { ...draft, key: newIdempotencyKey(), mediaId: isPhotoLost ? null : draft.mediaId };
  if (next.mediaId === null) drafts.forget();
  else drafts.keep(next);
  return next;
}
