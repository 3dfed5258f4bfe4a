import { ModelPoseParams, PoseMeasures, posesWanted, type TaskDto } from '@suyi/shared-types';
import { framesOf, type Frame } from '../../state/frames';
import { readyWords, stampWords } from '../../ui/wording';
import { delayWords, type Delay } from '../history/delay';

export interface MakingWords {
  title: string;
  /** How long it may still take, or what else calms. */
  detail: string;
}

/** What happens to the set now, in the seller's words. Every number in them is one the server told. */
export function makingWords(task: TaskDto, delay: Delay | null = null): MakingWords {
  const wait = delay ? delayWords[delay] : readyWords(task.estimate);
  switch (task.status) {
    case 'queued':
      return { title: queueWords(task.queuePosition), detail: wait };
    case 'saving':
      return { title: `正在收图 ${framesOf(task).length}/${posesWanted}`, detail: '图已经做好，正在逐张检查、保存' };
    case 'uncertain':
      return {
        title: '正在向合作方确认',
        detail: '合作方没有马上回应，我们在确认它有没有收到：收到了就接着做，没收到次数会自动退回。您不用操作。',
      };
    case 'submitting':
      return { title: '正在提交', detail: wait };
    default:
      return { title: '正在制作', detail: wait };
  }
}

function queueWords(position: number | null): string {
  return position === null ? '正在排队' : `排队第 ${position + 1} 位`;
}

/** Where a share of the work is known: not while it waits in line. */
export function percentOf(task: TaskDto): number | null {
  return task.status === 'queued' || task.status === 'uncertain' ? null : Math.min(99, Math.max(2, task.progress));
}

export function isNotified(task: TaskDto): boolean {
  const params = ModelPoseParams.safeParse(task.params);
  return params.success && params.data.shouldNotify;
}

/** How many pictures were made, and how many were promised. */
export function countOf(task: TaskDto): { saved: number; wanted: number } {
  const measures = PoseMeasures.safeParse(task.measures);
  return { saved: framesOf(task).length, wanted: measures.success ? measures.data.framesWanted : posesWanted };
}

/** What the seller finds in their downloads: what it is, when it was made, and its place in the set. */
export function frameNameOf(task: TaskDto): (frame: Frame) => string {
  const frames = framesOf(task);
  const stamp = stampWords(task.finishedAt ?? task.createdAt);
  return ({ id, contentType }) => {
    const place = String(frames.findIndex((frame) => frame.id === id) + 1).padStart(2, '0');
    return `素衣-十二姿势-${stamp}-${place}.${contentType === 'image/png' ? 'png' : 'jpg'}`;
  };
}

/** How long the making took, from the tap to the end: `用时 4 分钟`; of what was not made nobody asks. */
export function tookWords(task: TaskDto): string | null {
  if (task.finishedAt === null || task.status !== 'succeeded') return null;
  const seconds = (Date.parse(task.finishedAt) - Date.parse(task.createdAt)) / 1000;
  return seconds < 60 ? '用时不到 1 分钟' : `用时 ${Math.round(seconds / 60)} 分钟`;
}
