import { shanghaiDay } from '../lib/clock';
import { planCalendar, type Scale } from './calendar';
import { makeChance } from './chance';
import { liveThrough } from './lives';
import { SeedWriter, type SeedTable } from './writer';

export type { Scale };

export const scales = {
  full: { users: 100_000, orders: 300_000, tasks: 1_000_000 },
  small: { users: 1_000, orders: 3_000, tasks: 10_000 },
} as const satisfies Record<string, Scale>;

/**
 * Fills the database; the same scale, seed and moment give the same rows. Calls back about once a simulated month. Returns
 * how many rows it wrote, by table.
 */
export async function seedDatabase(
  input: { scale: Scale; seed: number; untilMs: number },
  onProgress: (at: number) => void = () => undefined,
): Promise<Record<SeedTable, number>> {
  const chance = makeChance(input.seed);
  const calendar = planCalendar(input.scale, input.untilMs, chance);
  const writer = new SeedWriter();
  let month = '';
  await liveThrough({ calendar, untilMs: input.untilMs, chance, writer }, (at) => {
    const now = shanghaiDay(at).slice(0, 7);
    if (now !== month) onProgress(at);
    month = now;
  });
  return writer.written;
}
