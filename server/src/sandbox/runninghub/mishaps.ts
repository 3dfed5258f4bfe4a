import type { JobFate } from './jobs';

/** How often things go wrong by chance, 0 to 1 each; the same seed draws the same luck for the same order of calls. */
export type Chances = {
  refuse: number;
  fail: number;
  resetBefore: number;
  resetAfter: number;
  silent: number;
  dropWebhook: number;
};

/** What befalls one create. `settle` says how the job will end, and is asked only when one is made. */
export type CreateLuck = {
  refusal: Refusal | null;
  isResetBefore: boolean;
  isResetAfter: boolean;
  settle(): JobFate;
};

/** `status` is HTTP's, which the vendor sets for a rate limit now and then. */
export type Refusal = { code: number; status: number };

export type Outage = 'none' | 'status' | 'reset';

export type MishapState = {
  refusals: readonly { code: number; status: number; times: number }[];
  failures: readonly { code: number; times: number }[];
  silences: number;
  shortages: readonly { pictures: number; times: number }[];
  chances: Chances;
  outage: Outage;
  isBalanceEmpty: boolean;
  pictures: PictureMode;
};

/** `fine`, cut off in the middle, or a page of text under a picture's name. */
export type PictureMode = 'fine' | 'broken' | 'text';

export type Mishaps = {
  /** The next `times` creates are refused with this number. */
  refuse(code: number, times?: number, status?: number): void;
  /** The next `times` jobs fail with this number: 805, 1015, 1501. */
  fail(code: number, times?: number): void;
  /** The next `times` jobs never end. */
  silence(times?: number): void;
  /** The next `times` jobs give this many pictures, 0 to 11. */
  shortOf(pictures: number, times?: number): void;
  /** From now on by chance. What is left out is 0. */
  misbehave(chances: Partial<Chances> & { seed?: number }): void;
  setOutage(outage: Outage): void;
  setBalanceEmpty(isEmpty: boolean): void;
  setPictures(mode: PictureMode): void;
  state(): MishapState;
  clear(): void;
  /** Draws what befalls a create; every draw throws the same number of dice. */
  drawCreate(): CreateLuck;
  drawWebhookLoss(): boolean;
};

const picturesWanted = 12;
const noChances: Chances = { refuse: 0, fail: 0, resetBefore: 0, resetAfter: 0, silent: 0, dropWebhook: 0 };
/** What refuses by chance: the numbers after which the vendor lets a caller try again. */
const chanceRefusals = [421, 415, 1003, 1520] as const;
const chanceFailures = [805, 1015] as const;

type Planned = { code: number; status: number; times: number };

/** What goes wrong at RunningHub beyond a spoilt exchange: planned for the next calls, switched on, or by chance. */
export function createMishaps(): Mishaps {
  let refusals: Planned[] = [];
  let failures: { code: number; times: number }[] = [];
  let shortages: { pictures: number; times: number }[] = [];
  let silences = 0;
  let chances = noChances;
  let dice = seeded(1);
  let outage: Outage = 'none';
  let isBalanceEmpty = false;
  let pictures: PictureMode = 'fine';

  function fateOf(rolls: { fail: number; silent: number; which: number }): JobFate {
    if (silences > 0) {
      silences -= 1;
      return { kind: 'silent' };
    }
    const failure = take(failures);
    if (failure) return { kind: 'fail', code: failure.code };
    const shortage = take(shortages);
    if (shortage) return { kind: 'succeed', pictures: shortage.pictures };
    if (rolls.silent < chances.silent) return { kind: 'silent' };
    if (rolls.fail < chances.fail) return { kind: 'fail', code: pick(chanceFailures, rolls.which) };
    return { kind: 'succeed', pictures: picturesWanted };
  }

  return {
    refuse: (code, times = 1, status = 200) => refusals.push({ code, status, times }),
    fail: (code, times = 1) => failures.push({ code, times }),
    silence: (times = 1) => {
      silences += times;
    },
    shortOf: (count, times = 1) => shortages.push({ pictures: count, times }),
    misbehave({ seed = 1, ...wished }) {
      chances = { ...noChances, ...wished };
      dice = seeded(seed);
    },
    setOutage: (next) => {
      outage = next;
    },
    setBalanceEmpty: (isEmpty) => {
      isBalanceEmpty = isEmpty;
    },
    setPictures: (mode) => {
      pictures = mode;
    },
    state: () => ({ refusals, failures, silences, shortages, chances, outage, isBalanceEmpty, pictures }),
    clear() {
      refusals = [];
      failures = [];
      shortages = [];
      silences = 0;
      chances = noChances;
      outage = 'none';
      isBalanceEmpty = false;
      pictures = 'fine';
    },
    drawCreate() {
      const rolls = { refuse: dice(), before: dice(), after: dice(), fail: dice(), silent: dice(), which: dice() };
      const byChance = rolls.refuse < chances.refuse ? { code: pick(chanceRefusals, rolls.which), status: 200 } : null;
      return {
        refusal: take(refusals) ?? byChance,
        isResetBefore: rolls.before < chances.resetBefore,
        isResetAfter: rolls.after < chances.resetAfter,
        settle: () => fateOf(rolls),
      };
    },
    drawWebhookLoss: () => dice() < chances.dropWebhook,
  };
}

function take<T extends { times: number }>(plans: T[]): T | null {
  const [next] = plans;
  if (!next) return null;
  next.times -= 1;
  if (next.times <= 0) plans.shift();
  return next;
}

function pick<T>(from: readonly [T, ...T[]], roll: number): T {
  return from[Math.floor(roll * from.length)] ?? from[0];
}

/** Mulberry32: 32 bits of state, numbers from 0 to below 1. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
