import type { TaskType } from '@suyi/shared-types';
import { goTo } from '../../routes';

/** Each tool's tasks have a page of their own. */
export function openTask({ id, type }: { id: string; type: TaskType }): void {
  goTo(type === 'model_pose12' ? 'poses' : 'result', { id });
}
