import type { TaskDto } from '@suyi/shared-types';
import { create } from 'zustand';
import type { Frame } from './frames';
import { useSession } from './session';

interface Picks {
  /** The set that is on the screen: its pictures are looked at on a page of their own without asking for it again. */
  shown: { task: TaskDto; frames: Frame[] } | null;
  isPicking: boolean;
  frameIds: string[];
}

const none: Picks = { shown: null, isPicking: false, frameIds: [] };

/** What the seller picked of a set: the gallery and the large view show the same. */
export const usePicks = create<Picks>()(() => none);

// Another person signed in on this phone: what was looked at is not theirs.
useSession.subscribe((now, before) => {
  if (now.session?.user.id !== before.session?.user.id) usePicks.setState(none);
});

/** Picks made of another set are dropped. */
export function showSet(task: TaskDto, frames: Frame[]): void {
  const shown = { task, frames };
  usePicks.setState((now) => (now.shown?.task.id === task.id ? { shown } : { ...none, shown }));
}

export function startPicking(): void {
  usePicks.setState({ isPicking: true });
}

export function stopPicking(): void {
  usePicks.setState({ isPicking: false, frameIds: [] });
}

export function pickAll(frameIds: string[]): void {
  usePicks.setState({ frameIds });
}

/** Picking one by its large view begins picking. */
export function togglePick(frameId: string): void {
  usePicks.setState(({ frameIds }) => ({
    isPicking: true,
    frameIds: frameIds.includes(frameId) ? frameIds.filter((id) => id !== frameId) : [...frameIds, frameId],
  }));
}
