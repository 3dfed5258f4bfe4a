import { deedPath, rightFor, type DeedName } from '../actions';
import type { DeedLink } from '../pages/pieces';
import { may, type Role } from '../roles';
import { actionWords } from '../words';

/** What only shows when something is wrong may stand out; the others are asked about on a page of their own. */
const urgent: readonly DeedName[] = ['end_task'];

/** Buttons for what this role may do to this subject. */
export function deedLinks(names: readonly DeedName[], subjectId: string, role: Role): DeedLink[] {
  return names
    .filter((name) => may(role, rightFor[name]))
    .map((name) => ({
      href: deedPath(name, subjectId),
      words: actionWords[name] ?? name,
      isUrgent: urgent.includes(name),
    }));
}
