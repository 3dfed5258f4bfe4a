/** Lets `width` callers in at a time, in the order of asking, and at most `queueMax` wait; null tells the next one to come later. */
export function gate(width: number, queueMax: number): <T>(work: () => Promise<T>) => Promise<T> | null {
  const waiting: (() => void)[] = [];
  let inside = 0;

  async function run<T>(work: () => Promise<T>): Promise<T> {
    if (inside >= width) await new Promise<void>((enter) => waiting.push(enter));
    else inside += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else inside -= 1;
    }
  }

  return (work) => (inside >= width && waiting.length >= queueMax ? null : run(work));
}
