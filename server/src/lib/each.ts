import { logger } from './logger';

/**
 * Works on each item by itself: one that throws is logged and left for the next time, and does not keep the others from
 * their turn. Returns how many were worked on.
 */
export async function eachAlone<T extends { id: string }>(
  name: string,
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<number> {
  let done = 0;
  for (const item of items) {
    try {
      await work(item);
      done += 1;
    } catch (error) {
      logger.error({ job: name, id: item.id, err: error }, 'one item of a sweep failed; it stays for the next time');
    }
  }
  return done;
}
