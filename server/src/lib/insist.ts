import { setTimeout as sleep } from 'node:timers/promises';
import { logger } from './logger';

/**
 * Does it again when it throws, up to ten times over about half a minute: for a write that must not be lost and that is safe to
 * repeat. Throws what the last try threw.
 */
export async function insist<T>(name: string, work: () => Promise<T>, tries = 10): Promise<T> {
  for (let n = 1; ; n += 1) {
    try {
      return await work();
    } catch (error) {
      if (n >= tries) throw error;
      logger.warn({ work: name, try: n, err: error }, 'a write that must not be lost is tried again');
      await sleep(Math.min(5_000, 100 * 2 ** n));
    }
  }
}
