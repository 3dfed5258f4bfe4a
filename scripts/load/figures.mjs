/** What was measured while the sellers were busy: times by step, errors by kind, and what a sound product never answers. */
export function createFigures() {
  const steps = new Map();
  let answers = 0;
  const errors = new Map();
  const surprises = [];

  return {
    surprises,
    /** A good answer; `waited` takes what consists of several. */
    answered(step, ms) {
      answers += 1;
      this.waited(step, ms);
    },
    waited(step, ms) {
      const times = steps.get(step) ?? [];
      steps.set(step, times);
      times.push(ms);
    },
    error(step, kind) {
      const name = `${step}: ${kind}`;
      errors.set(name, (errors.get(name) ?? 0) + 1);
    },
    /** Kept whole, because one is too many. */
    surprise: (words) => void surprises.push(words),
    count: (step) => steps.get(step)?.length ?? 0,
    answers: () => answers,
    errorLines: () =>
      [...errors].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${String(count).padStart(7)}  ${name}`),
    stepLines: () => [header, ...[...steps].map(([step, times]) => stepLine(step, times))],
  };
}

const columns = ['p50', 'p95', 'p99', 'max'];
const header = `${'milliseconds'.padEnd(30)}${'times'.padStart(8)}${columns.map((name) => name.padStart(9)).join('')}`;

function stepLine(step, times) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  const cells = [at(0.5), at(0.95), at(0.99), sorted.at(-1)].map((ms) => String(Math.round(ms)).padStart(9));
  return `${step.padEnd(30)}${String(times.length).padStart(8)}${cells.join('')}`;
}
