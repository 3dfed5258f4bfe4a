import { goTo, type RouteName } from '../../routes';
import type { TaskDraft } from '../../state/task-draft';
import type { TaskRun } from '../../state/task-run';
import type { Resumable } from './resume-view';

interface Tool {
  page: RouteName;
  /** While it is made here. */
  goingTitle: string;
  goingText: string;
  /** Its photo is on the server, and no task is known. */
  leftTitle: string;
  /** Gives the run up, with what was kept of it. */
  drop: () => void;
}

/** A run of this very opening of the app: it goes on while the seller looks around. */
export function resumableRun<Params>(run: TaskRun<Params>, tool: Tool): Resumable | null {
  const open = () => goTo(tool.page);
  if (run.phase === 'uploading') {
    const { percent } = run;
    return { title: tool.goingTitle, text: `照片正在上传，${percent} %。可以先看别的。`, action: '查看进度', open };
  }
  if (run.phase === 'making') return { title: tool.goingTitle, text: tool.goingText, action: '查看进度', open };
  if (run.phase !== 'stopped') return null;
  return {
    title: '没有做成',
    text: run.problem.message,
    action: '去看看',
    open,
    drop: { word: '不做了', act: tool.drop },
  };
}

/** What a closed app left before the server had its task. */
export function resumableDraft<Params>({ mediaId }: TaskDraft<Params>, tool: Tool): Resumable {
  const open = () => goTo(tool.page);
  const drop = { word: '不做了', act: tool.drop };
  if (mediaId === null) {
    return { title: '上次的照片没有传完', text: '没有扣除次数，请重新选择照片。', action: '重新选择', open, drop };
  }
  return {
    title: tool.leftTitle,
    text: '照片已上传，继续不会重复扣除次数。',
    action: '继续制作',
    open,
    drop,
  };
}
