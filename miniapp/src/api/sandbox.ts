import { answersOk } from './client';

let known: Promise<boolean> | null = null;

/** Whether the vendor sandbox runs beside the API: never in production, where this address is a 404. Asked once. */
export function hasSandbox(): Promise<boolean> {
  known ??= answersOk('/sandbox/state.json');
  return known;
}
