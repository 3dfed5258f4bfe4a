/*
 * Word inside this process that something changed, so that nobody has to wait for the next look at the database. A worker or
 * a request in another process does not hear it, and finds the change by looking: these calls only save time.
 */

const listeners = new Map<string, Set<() => void>>();

/** The topic of one task's end. */
export const endOf = (taskId: string): string => `end:${taskId}`;
export const queueGrew = 'queue';

export function announce(topic: string): void {
  for (const wake of [...(listeners.get(topic) ?? [])]) wake();
}

/** Resolves at the next word on this topic, or after `ms`. */
export function heard(topic: string, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const waiting = listeners.get(topic) ?? new Set();
    const done = (): void => {
      clearTimeout(timer);
      waiting.delete(done);
      if (waiting.size === 0) listeners.delete(topic);
      resolve();
    };
    const timer = setTimeout(done, ms);
    waiting.add(done);
    listeners.set(topic, waiting);
  });
}
