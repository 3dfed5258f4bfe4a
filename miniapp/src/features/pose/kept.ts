import { z } from 'zod';
import { keep, readKept } from '../../platform/storage';
import type { Chosen } from './choices';

/*
 * What the phone remembers of earlier sets. Most sellers photograph one kind of garment for one kind of shop, and have
 * read what makes a good photo.
 */

const chosenKey = 'pose-chosen';
const checkedKey = 'pose-checked';

export const readChosen = (): Chosen => readKept(chosenKey, z.record(z.string(), z.string())) ?? {};
export const wasEverChecked = (): boolean => readKept(checkedKey, z.literal('yes')) !== null;

/** Told at the start of a set. */
export function keepForNextTime(chosen: Chosen): void {
  keep(chosenKey, chosen);
  keep(checkedKey, 'yes');
}
