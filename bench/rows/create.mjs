import { startAgent } from '../lib/agents.mjs';
import { addSellers, makeDatabase } from '../lib/database.mjs';
import { middle, middleRatio, takeTurns, turnMs } from '../lib/rounds.mjs';

const lanes = 16;

/** createTask, hold and all, against its own statements through mysql2 alone. */
export async function createRows({ serverUrl, dataDir, isQuick }) {
  const url = await makeDatabase(serverUrl, 'bench_create');
  const ours = await startAgent('ours', { DATABASE_URL: url, DATA_DIR: dataDir });
  await addSellers(url, 1_000);
  const floor = await startAgent('bare-mysql', { DATABASE_URL: url });

  const rows = [];
  for (const [what, sellers] of [
    ['create a task with its hold, 1,000 sellers', 1_000],
    ['the same, one hot seller', 1],
  ]) {
    const wish = (round) => ({ sellers, lanes, ms: turnMs(round, isQuick ? 800 : 1_500) });
    const turns = await takeTurns(
      { ours: (round) => ours.createTasks(wish(round)), floor: (round) => floor.createTasks(wish(round)) },
      { rounds: isQuick ? 3 : 7 },
    );
    const perSecond = (turn) => turn.perSecond;
    const cpu = (turn) => turn.cpuUs;
    rows.push({
      what,
      peer: 'same SQL, bare mysql2',
      ours: `${Math.round(middle(turns.ours, perSecond))}/s`,
      theirs: `${Math.round(middle(turns.floor, perSecond))}/s`,
      ratio: middleRatio(turns.ours, turns.floor, perSecond),
      bar: { atLeast: 0.7 },
      note: `CPU ${Math.round(middle(turns.ours, cpu))} against ${Math.round(middle(turns.floor, cpu))} µs`,
    });
  }
  await Promise.all([ours.stop(), floor.stop()]);
  return rows;
}
