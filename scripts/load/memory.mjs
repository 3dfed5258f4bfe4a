import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const megabyte = 1024; // `ps` counts in kilobytes.
/** Caches fill and code is compiled at first: what grows then says nothing. */
const settledAfterMinutes = 3;

/** Reads, once a minute, how much memory each process and its children hold. `pids` gives them by name. */
export function watchMemory(pids) {
  const samples = [];
  const startedAt = Date.now();

  async function look() {
    const table = await processTable();
    const minute = (Date.now() - startedAt) / 60_000;
    for (const [name, pid] of Object.entries(pids())) {
      if (pid === null || !table.has(pid)) continue;
      samples.push({ name, life: pid, minute, megabytes: table.get(pid).rss / megabyte });
      const children = [...table.values()].filter(({ parent }) => parent === pid);
      // The driver's own are the product and its database.
      if (children.length === 0 || pid === process.pid) continue;
      const sum = children.reduce((total, { rss }) => total + rss, 0);
      samples.push({ name: `${name} imaging`, life: pid, minute, megabytes: sum / megabyte });
    }
  }

  const safely = () => look().catch((error) => console.error(`memory was not read: ${error.message}`));
  const timer = setInterval(safely, 60_000);
  void safely();
  return {
    async stop() {
      clearInterval(timer);
      await safely();
    },
    lines: () => linesOf(samples),
  };
}

async function processTable() {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,rss='], { maxBuffer: 16 * 1024 * 1024 });
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  return new Map(rows.map(([pid, parent, rss]) => [pid, { parent, rss }]));
}

function linesOf(samples) {
  const names = [...new Set(samples.map(({ name }) => name))].sort();
  return names.flatMap((name) => {
    const own = samples.filter((sample) => sample.name === name);
    const last = own.filter(({ life }) => life === own.at(-1).life);
    const series = own.map(({ life, megabytes }, n) => {
      const isNewLife = n > 0 && life !== own[n - 1].life;
      return `${isNewLife ? '| ' : ''}${Math.round(megabytes)}`;
    });
    return [`${name.padEnd(18)}${series.join(' ')}`, `${' '.repeat(18)}${slopeWords(last)}`];
  });
}

/** The straight line through what it held in its last life, once that had settled. */
function slopeWords(life) {
  const from = life[0].minute + settledAfterMinutes;
  const points = life.filter(({ minute }) => minute >= from);
  const minutes = points.length > 0 ? points.at(-1).minute - points[0].minute : 0;
  if (points.length < 4) return 'too short a life for a slope';
  return `${slopeOf(points).toFixed(2)} MB a minute over the last ${Math.round(minutes)} minutes of one life`;
}

function slopeOf(points) {
  const mean = (pick) => points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [x, y] = [mean(({ minute }) => minute), mean(({ megabytes }) => megabytes)];
  const above = points.reduce((sum, { minute, megabytes }) => sum + (minute - x) * (megabytes - y), 0);
  const below = points.reduce((sum, { minute }) => sum + (minute - x) ** 2, 0);
  return below === 0 ? 0 : above / below;
}
