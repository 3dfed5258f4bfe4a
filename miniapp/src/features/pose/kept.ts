import { z } from 'zod';
import { keep, readKept } from '../../platform/storage';
import { withoutPhotosOwn, type Chosen } from './choices';

/*
 * What the phone remembers of earlier sets. Most sellers make their pictures for one kind of shop, and have read what
 * makes a good photo.
 */

const chosenKey = 'pose-chosen';
const checkedKey = 'pose-checked';

// Older builds kept what belongs to one photo alone, too.
export const readChosen = (): Chosen => withoutPhotosOwn(readKept(chosenKey, z.record(z.string(), z.string())) ?? {});
export const wasEverChecked = (): boolean => readKept(checkedKey, z.literal('yes')) !== null;

/** Told at the start of a set. */
export function keepForNextTime(chosen: Chosen): void {
  keep(chosenKey, withoutPhotosOwn(chosen));
  keep(checkedKey, 'yes');
}
