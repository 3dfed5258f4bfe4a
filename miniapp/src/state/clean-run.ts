import type { BasicCleanParams, TaskDto } from '@suyi/shared-types';
import { create } from 'zustand';
import { uploadForm } from '../api/client';
import * as mediaApi from '../api/media';
import { toProblem, type ApiProblem } from '../api/problem';
import * as tasksApi from '../api/tasks';
import type { Photo } from '../platform/types';
import { newIdempotencyKey } from '../platform/random';
import { forgetDraft, keepDraft, type CleanDraft } from './clean-draft';
import { currentUserId, useSession } from './session';

export type CleanRun =
  | { phase: 'idle' }
  | { phase: 'uploading'; percent: number; draft: CleanDraft }
  | { phase: 'making'; draft: CleanDraft }
  | { phase: 'accepted'; task: TaskDto; draft: CleanDraft }
  | { phase: 'stopped'; problem: ApiProblem; draft: CleanDraft };

/** The run goes on while the seller looks at other pages, so it lives here and not in a page. */
export const useCleanRun = create<{ run: CleanRun }>()(() => ({ run: { phase: 'idle' } }));

/** A form post that broke half-way is sent again from the start; the ticket allows it. */
const uploadAttemptsMax = 3;

const show = (run: CleanRun) => useCleanRun.setState({ run });

export function clearRun(): void {
  show({ phase: 'idle' });
}

/** What the seller has seen the end of does not wait for them: the next visit begins with a new photo. */
export function leaveRun(): void {
  const { run } = useCleanRun.getState();
  if (run.phase === 'accepted') clearRun();
  if (run.phase === 'stopped' && !isWorthRetrying(run.problem)) dropRun();
}

/** Gives the run up, and what was kept of it. */
export function dropRun(): void {
  forgetDraft();
  clearRun();
}

/** The same photo may still become a picture: after a wait, a purchase or a sign-in. */
function isWorthRetrying(problem: ApiProblem): boolean {
  return problem.isPassing || problem.isSignedOut || problem.status === 402;
}

// Another person signed in on this phone: the photo on the screen is not theirs.
useSession.subscribe((now, before) => {
  if (now.session && now.session.user.id !== before.session?.user.id) {
    const { run } = useCleanRun.getState();
    if (run.phase !== 'idle' && run.draft.userId !== now.session.user.id) clearRun();
  }
});

/** The key is made here, before anything is sent, and is kept with the draft. */
export function startRun(photo: Photo, params: BasicCleanParams): Promise<void> {
  const userId = currentUserId() ?? '';
  return advance(keepDraft({ userId, key: newIdempotencyKey(), photo, params, mediaId: null, taskId: null }));
}

/** Goes on with a kept draft from the step it had reached. A double tap finds the run going and does nothing. */
export async function advance(draft: CleanDraft): Promise<void> {
  const { phase } = useCleanRun.getState().run;
  if (phase === 'uploading' || phase === 'making') return;

  let reached = draft;
  try {
    if (reached.mediaId === null) reached = keepDraft({ ...reached, mediaId: await upload(reached) });
    const task = await make(reached, reached.mediaId ?? '');
    show({ phase: 'accepted', task, draft: keepDraft({ ...reached, taskId: task.id }) });
  } catch (thrown) {
    const problem = toProblem(thrown);
    show({ phase: 'stopped', problem, draft: restartOf(reached, problem) });
  }
}

async function upload(draft: CleanDraft): Promise<string> {
  show({ phase: 'uploading', percent: 0, draft });
  const { byteLength, contentType, path } = draft.photo;

  for (let attempt = 1; ; attempt += 1) {
    const ticket = await mediaApi.createUpload({ contentType, byteLength }, newIdempotencyKey());
    try {
      await uploadForm({ ...ticket.upload, filePath: path, onPercent: percentShower(draft) });
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
function percentShower(draft: CleanDraft): (percent: number) => void {
  let shown = 0;
  return (percent) => {
    if (percent < shown + 5 && percent < 100) return;
    shown = percent;
    if (useCleanRun.getState().run.phase === 'uploading') show({ phase: 'uploading', percent, draft });
  };
}

function make(draft: CleanDraft, mediaId: string): Promise<TaskDto> {
  show({ phase: 'making', draft });
  return tasksApi.createTask({ type: 'basic_clean', mediaId, params: draft.params }, draft.key);
}

/**
 * The draft to try again with. A silence may hide a task, so its key stays; after a clear no there is none, and a
 * changed wish under the old key would be refused. A photo the server does not have is uploaded anew.
 */
function restartOf(draft: CleanDraft, problem: ApiProblem): CleanDraft {
  if (problem.isPassing || problem.isSignedOut) return draft;

  const isPhotoLost = problem.code === 'media_not_found' || problem.code === 'media_missing';
  const next = { ...draft, key: newIdempotencyKey(), mediaId: isPhotoLost ? null : draft.mediaId };
  if (next.mediaId === null) forgetDraft();
  else keepDraft(next);
  return next;
}
