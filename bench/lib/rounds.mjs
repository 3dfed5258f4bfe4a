/** The middle one; of an even number the mean of the two. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/**
 * Lets the contestants take turns, A B A B, after one turn each that does not count. A machine that is busy for a while is
 * busy for all of them. Returns each one's turns by name.
 */
export async function takeTurns(contestants, { rounds }) {
  const turns = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, work] of Object.entries(contestants)) {
      const turn = await work(round);
      if (round > 0) turns[name].push(turn);
    }
  }
  return turns;
}

/** The median over rounds of what a contestant measured in each. */
export const middle = (turns, pick) => median(turns.map(pick));

/** The median over rounds of ours by theirs, each pair measured one after the other. */
export const middleRatio = (ours, theirs, pick) => median(ours.map((turn, at) => pick(turn) / pick(theirs[at])));

/** The turn that does not count is long: code that was not yet compiled costs five times as much. */
export const turnMs = (round, ms) => (round === 0 ? 4 * ms : ms);
