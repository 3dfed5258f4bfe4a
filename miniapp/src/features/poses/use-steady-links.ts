import type { TaskDto } from '@suyi/shared-types';
import { useMemo, useRef } from 'react';
import { framesOf, type Frame } from '../../state/frames';

export interface SteadyLinks {
  frames: Frame[];
  photoUrl: string | null;
  /** A picture did not load: its link may have run out. */
  onBroken: () => void;
}

interface Known {
  taskId: string;
  frames: Map<string, Frame>;
  photoUrl: string | null;
}

const newKnown = (taskId: string, photoUrl: string | null): Known => ({ taskId, frames: new Map(), photoUrl });

/** A page that is left open asks for new links this often at most. */
const renewalMsMin = 60_000;

/**
 * Every answer signs its links anew. A picture that is on the screen keeps the first one it had, or each answer would
 * load all of them again; `renew` is asked for once one has run out.
 */
export function useSteadyLinks(task: TaskDto | null, renew: () => void): SteadyLinks {
  const known = useRef(newKnown('', null));
  const renewedAtMs = useRef(Date.now());

  const links = useMemo(() => {
    if (task === null) return { frames: [], photoUrl: null };
    if (known.current.taskId !== task.id) known.current = newKnown(task.id, task.input.url);

    const { frames: earlier, photoUrl } = known.current;
    const frames = framesOf(task).map((frame) => earlier.get(frame.id) ?? frame);
    for (const frame of frames) earlier.set(frame.id, frame);
    return { frames, photoUrl };
  }, [task]);

  function onBroken(): void {
    if (Date.now() - renewedAtMs.current < renewalMsMin) return;
    renewedAtMs.current = Date.now();
    known.current = newKnown('', null);
    renew();
  }

  return { ...links, onBroken };
}
