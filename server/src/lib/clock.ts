/** The only reader of the time. Tests move it; nobody else calls `Date.now`. */
let offsetMs = 0;
let frozenAtMs: number | null = null;

export const clock = {
  /** Epoch milliseconds. */
  now(): number {
    return frozenAtMs ?? Date.now() + offsetMs;
  },

  /** The machine's own time, which tests do not move: for the sandbox, because vendors' packages sign with it. */
  real(): number {
    return Date.now();
  },

  /** For tests: moves the time on, frozen or running. */
  advance(ms: number): void {
    if (frozenAtMs === null) offsetMs += ms;
    else frozenAtMs += ms;
  },

  /** For tests: stands still at this moment. */
  freeze(atMs: number = Date.now()): void {
    frozenAtMs = atMs;
  },

  /** For tests: back to the real time. */
  reset(): void {
    offsetMs = 0;
    frozenAtMs = null;
  },
};

export const seconds = (n: number): number => n * 1_000;
export const minutes = (n: number): number => n * 60_000;
export const hours = (n: number): number => n * 3_600_000;
export const days = (n: number): number => n * 86_400_000;

/** Epoch milliseconds to the wire's ISO 8601 with Z. */
export const toMoment = (ms: number): string => new Date(ms).toISOString();

/** The same, for a column that may be empty. */
export const toMomentOrNull = (ms: number | null): string | null => (ms === null ? null : toMoment(ms));

const shanghaiOffsetMs = 8 * 3_600_000; // China keeps one zone and no summer time since 1992.

/** The day in Asia/Shanghai that holds this moment, as `2026-11-22`. */
export function shanghaiDay(ms: number): string {
  return new Date(ms + shanghaiOffsetMs).toISOString().slice(0, 10);
}

/** `2026-11-22 15:04` in Asia/Shanghai. */
export const shanghaiMinute = (ms: number): string =>
  new Date(ms + shanghaiOffsetMs).toISOString().slice(0, 16).replace('T', ' ');

/** The first moment, in epoch milliseconds, of the Shanghai day that holds `ms`. */
export function startOfShanghaiDay(ms: number): number {
  return Date.parse(`${shanghaiDay(ms)}T00:00:00.000Z`) - shanghaiOffsetMs;
}
