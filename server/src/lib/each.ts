import { logger } from './logger';

/**
 * Works on each item by itself, `atOnce` at a time: one that throws is logged and left for the next time, and does not keep
 * the others from their turn. Returns how many were worked on.
 */
export async function eachAlone<T extends { id: string }>(
  name: string,
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
  atOnce = 1,
): Promise<number> {
  let done = 0;
  const one = async (item: T): Promise<void> => {
    try {
      await work(item);
      done += 1;
    } catch (error) {
      logger.error({ job: name, id: item.id, err: error }, 'one item of a sweep failed; it stays for the next time');
    }
  };

  for (let at = 0; at < items.length; at += atOnce) await Promise.all(items.slice(at, at + atOnce).map(one));
  return done;
}
