import { assert } from './assert';

/**
 * A place for the one thing of its kind that a process works with (its settings, its database, its SMS vendor). `main.ts`
 * and tests fill it; everyone else reads it, and sees only the type that the slot was declared with.
 */
export type Slot<T> = { readonly current: T; fill(value: T): void; clear(): void };

/** A new, empty slot. Reading it before it is filled is our own mistake and throws. */
export function slot<T>(name: string): Slot<T> {
  let held: { value: T } | null = null;

  return {
    get current(): T {
      assert(held, `the slot "${name}" is filled before it is read`);
      return held.value;
    },
    fill(value: T): void {
      held = { value };
    },
    clear(): void {
      held = null;
    },
  };
}
