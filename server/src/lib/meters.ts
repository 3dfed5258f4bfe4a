import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/*
 * What this process counts for /metrics. A meter is declared once, beside what it counts, under a name that
 * docs/operations.md lists. Its labels take few values (a route's pattern, a vendor, a state), never an id.
 */
export const registry = new Registry();

type Name = `suyi_${string}`;
type Meter<Label extends string> = { name: Name; help: string; labels?: readonly Label[] };

/** A number that only grows; its name ends in `_total`. */
export function counter<Label extends string = never>({ name, help, labels = [] }: Meter<Label>): Counter<Label> {
  return new Counter({ name, help, labelNames: [...labels], registers: [registry] });
}

/** A number that comes and goes. With `collect` it is found out each time when somebody asks. */
export function gauge<Label extends string = never>(
  meter: Meter<Label> & { collect?: (gauge: Gauge<Label>) => Promise<void> },
): Gauge<Label> {
  const { name, help, labels = [], collect } = meter;
  const made: Gauge<Label> = new Gauge<Label>({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    ...(collect && { collect: () => collect(made) }),
  });
  return made;
}

/** How long something took, in seconds. Few steps: each is a series of its own for each value of each label. */
export function durations<Label extends string = never>(meter: Meter<Label> & { steps: number[] }): Histogram<Label> {
  const { name, help, labels = [], steps } = meter;
  return new Histogram({ name, help, labelNames: [...labels], buckets: steps, registers: [registry] });
}
