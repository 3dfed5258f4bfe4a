/** Chance that repeats itself: the same seed gives the same numbers, on every machine (mulberry32). */
export type Chance = {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** A whole number from 0 up to, not including, `below`. */
  below(below: number): number;
  /** True in `share` of all cases; 0 to 1. */
  hits(share: number): boolean;
  /** `length` letters and digits, as in the end of an id. */
  letters(length: number): string;
  digits(length: number): string;
};

export function makeChance(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  const signs = (alphabet: string, length: number): string => {
    let text = '';
    while (text.length < length) text += alphabet[below(alphabet.length)];
    return text;
  };
  return {
    next,
    below,
    hits: (share) => next() < share,
    letters: (length) => signs('0123456789abcdefghijklmnopqrstuvwxyz', length),
    digits: (length) => signs('0123456789', length),
  };
}
