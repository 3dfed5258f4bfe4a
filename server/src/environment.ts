import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The variables that a process was started with. Only `config.ts` gets at the real ones. */
export type Environment = Record<string, string | undefined>;

/** Every fault of the environment at once, each as one line that names the variable. */
export class ConfigFaulty extends Error {
  override name = 'ConfigFaulty';

  constructor(readonly faults: string[]) {
    super(faults.join('\n'));
  }
}

export const text = z.string().min(1, 'is empty');

export const secret = z.string().refine((value) => Buffer.byteLength(value) >= 32, 'must be at least 32 bytes');

export const url = z
  .url({ protocol: /^https?$/, error: 'must be an address that begins with http:// or https://' })
  .transform((value) => value.replace(/\/+$/, ''));

export function whole(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error });
}

/** The variables of this shape, or null with its faults added to the list. Empty ones count as absent: `FOO= npm start` means the default. */
export function take<T extends z.ZodType>(shape: T, environment: Environment, faults: string[]): z.infer<T> | null {
  const present = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const read = shape.safeParse(present);
  if (read.success) return read.data;

  for (const issue of read.error.issues) {
    const name = issue.path.map(String)[0] ?? 'environment';
    faults.push(name in present ? `${name}: ${issue.message}` : `${name}: must be set`);
  }
  return null;
}

/** The content of a key's file, read at the start so that a missing one is a named fault. */
export function keyFile(name: string, path: string, faults: string[]): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    faults.push(`${name}: the file ${path} cannot be read`);
    return '';
  }
}

/** JSON, or null when it is none. */
export function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return null;
  }
}
