import type { TaskDto } from '@suyi/shared-types';
import { framesOf } from '../../state/frames';
import { readyWords } from '../../ui/wording';
import { delayWords, type Delay } from '../history/delay';
import { statusWords } from '../history/task-words';

/** What is known of a task that is not done yet, in a sentence. */
export function progressWords(task: TaskDto, delay: Delay | null = null): string {
  if (delay) return `${delayWords[delay]}。可以先看别的。`;
  const time = task.estimate && readyWords(task.estimate);
  if (task.status === 'queued') {
    const ahead = task.queuePosition ? `前面还有 ${task.queuePosition} 个` : '马上开始';
    return `${time ? `${ahead}，${time}` : ahead}。可以先看别的。`;
  }
  const frames = framesOf(task).length;
  const made = frames > 0 ? `已做好 ${frames} 张` : time;
  return made ? `${made}。可以先看别的。` : '做好后会放进最近作品。可以先看别的。';
}

/** The same in the width of a small picture. */
export function progressTag(task: TaskDto): string {
  const { text } = statusWords(task);
  if (task.status === 'queued' && task.queuePosition) return `前面 ${task.queuePosition} 个`;
  return task.status === 'running' && task.progress > 0 ? `${text} ${task.progress} %` : text;
}
