import { create } from 'zustand';
import { downloadPicture } from '../api/client';
import { toProblem } from '../api/problem';
import { getTask } from '../api/tasks';
import { album } from '../platform/album';
import type { SaveOutcome } from '../platform/types';
import { framesOf, type Frame } from './frames';
import { findSaved, forgetSaved, rememberSaved, type SavedFrames } from './saved-frames';

/** Which pictures of which set are to be saved, in this order. */
export interface SaveWish {
  taskId: string;
  frames: Frame[];
  fileNameOf: (frame: Frame) => string;
}

/** Why saving stopped before its end. `failed`: a picture was tried several times and did not come, or did not go in. */
export type SaveStop = 'denied' | 'cancelled' | 'offline' | 'failed';

export type SaveRun =
  | { phase: 'idle' }
  | { phase: 'saving'; taskId: string; done: number; total: number }
  /** `rest` is what is left of the wish: going on saves these and no other. */
  | { phase: 'stopped'; taskId: string; done: number; why: SaveStop; rest: string[] }
  | { phase: 'saved'; taskId: string; done: number };

interface SaveState {
  run: SaveRun;
  saved: SavedFrames;
}

/** Saving goes on while the seller looks at other pages, so it lives here and not in a page. */
export const useSaveRun = create<SaveState>()(() => ({ run: { phase: 'idle' }, saved: [] }));

const attemptsMax = 3;
const retryPausesMs = [600, 1800];
/** Two pictures one after the other are not two bad pictures: the network, or the phone, is in the way. */
const brokenInARowMax = 2;

const show = (run: SaveRun) => useSaveRun.setState({ run });

/** Picks up what earlier runs of the app saved. */
export function recallSaved(): void {
  if (useSaveRun.getState().saved.length === 0) useSaveRun.setState({ saved: findSaved() });
}

export function savedIdsOf(saved: SavedFrames, taskId: string): string[] {
  return saved.find((each) => each.taskId === taskId)?.frameIds ?? [];
}

export function forgetSavedOf(taskId: string): void {
  useSaveRun.setState({ saved: forgetSaved(useSaveRun.getState().saved, taskId) });
  clearSaveRun();
}

/** What has come to its end is said once; what still goes on is left alone. */
export function clearSaveRun(): void {
  if (useSaveRun.getState().run.phase !== 'saving') show({ phase: 'idle' });
}

/**
 * One picture after the other into the album. Each one saved is remembered at once, so whatever breaks this off, going on
 * saves the rest and none twice. A second wish while one is being fulfilled does nothing.
 */
export async function saveFrames({ taskId, frames, fileNameOf }: SaveWish): Promise<void> {
  if (useSaveRun.getState().run.phase === 'saving' || frames.length === 0) return;

  const links = linksOf(taskId, frames);
  const saved = new Set<string>();
  const restOf = () => frames.map(({ id }) => id).filter((id) => !saved.has(id));
  const stop = (why: SaveStop) => show({ phase: 'stopped', taskId, done: saved.size, why, rest: restOf() });

  let brokenInARow = 0;
  for (const [index, frame] of frames.entries()) {
    show({ phase: 'saving', taskId, done: saved.size, total: frames.length });
    if (index > 0) await sleep(album.pauseMs);
    const outcome = await saveOne(links, frame.id, fileNameOf(frame));

    if (outcome === 'saved') {
      saved.add(frame.id);
      brokenInARow = 0;
      useSaveRun.setState((now) => ({ saved: rememberSaved(now.saved, taskId, frame.id) }));
    } else if (outcome === 'failed' && (brokenInARow += 1) < brokenInARowMax) {
      continue;
    } else {
      return stop(outcome);
    }
  }
  if (saved.size < frames.length) stop('failed');
  else show({ phase: 'saved', taskId, done: saved.size });
}

/** Tries a few times; an expired link is asked for anew in between. */
async function saveOne(links: Links, frameId: string, fileName: string): Promise<SaveOutcome | 'offline'> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const filePath = await downloadPicture(await links.of(frameId));
      const outcome = await album.save(filePath, fileName);
      if (outcome !== 'failed') return outcome;
    } catch (thrown) {
      const problem = toProblem(thrown);
      if (problem.code === 'offline') return 'offline';
      // Not a silence but a no: the link has run out, an hour after it was given.
      if (!problem.isPassing) links.renew();
    }
    if (attempt === attemptsMax) return 'failed';
    await sleep(retryPausesMs[attempt - 1] ?? 0);
  }
}

interface Links {
  of: (frameId: string) => Promise<string>;
  /** The next one asked for comes from the server. */
  renew: () => void;
}

function linksOf(taskId: string, given: Frame[]): Links {
  let frames: Frame[] | null = given;
  return {
    async of(frameId) {
      frames ??= framesOf(await getTask(taskId));
      const frame = frames.find(({ id }) => id === frameId) ?? given.find(({ id }) => id === frameId);
      return frame?.url ?? '';
    },
    renew: () => void (frames = null),
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
