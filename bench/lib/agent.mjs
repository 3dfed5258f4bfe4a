/**
 * The child's end of an agent: a process that holds one contestant and does what the bench asks, by name. Contestants live in
 * processes of their own, so that none pays for another's garbage or warms another's code.
 */
export function serveAgent(abilities) {
  process.on('message', async ({ id, name, args }) => {
    try {
      process.send({ id, answer: await abilities[name](...args) });
    } catch (error) {
      process.send({ id, trouble: error?.stack ?? String(error) });
    }
  });
  process.on('disconnect', () => process.exit(0));
  process.send({ id: 0 });
}

/** Milliseconds of wall time and microseconds of this process's processor that `work` took. */
export async function timed(work) {
  const before = process.cpuUsage();
  const startedAt = performance.now();
  const answer = await work();
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(before);
  return { ms, cpuUs: user + system, answer };
}

/** Calls `work` over and over from `lanes` sides at once for `ms` milliseconds; how often it was done, and what it cost. */
export async function repeat(work, { lanes, ms }) {
  let count = 0;
  const { ms: took, cpuUs } = await timed(async () => {
    const until = performance.now() + ms;
    const lane = async () => {
      while (performance.now() < until) {
        await work();
        count += 1;
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
  });
  return { count, perSecond: (count / took) * 1_000, cpuUs: cpuUs / count };
}
