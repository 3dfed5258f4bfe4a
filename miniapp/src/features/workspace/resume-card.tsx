import { isFinal, type TaskDto } from '@suyi/shared-types';
import { forgetDraft, type CleanDraft } from '../../state/clean-draft';
import { dropRun, useCleanRun } from '../../state/clean-run';
import { openTask } from '../history/open-task';
import { resumableDraft, resumableRun } from './resumables';
import { ResumeView, type Resumable } from './resume-view';

interface ResumeCardProps {
  draft: CleanDraft | null;
  /** The draft's task as the server last told it; null when it is not known. */
  task: TaskDto | null;
  onGone: () => void;
}

const goingText = '做好后会放进最近作品。可以先看别的。';
const tool = {
  page: 'clean',
  goingTitle: '正在制作',
  goingText,
  leftTitle: '上次的图片没有做完',
  drop: dropRun,
} as const;

/** The picture that is being made, or that a closed app left behind. Nothing is lost, and nothing is made twice. */
export function ResumeCard({ draft, task, onGone }: ResumeCardProps) {
  const { run } = useCleanRun();
  const card = resumableRun(run, tool) ?? (draft && ofDraft(draft, task));
  return card && <ResumeView prefix="resume" card={card} onGone={onGone} />;
}

function ofDraft(draft: CleanDraft, task: TaskDto | null): Resumable {
  const { taskId } = draft;
  if (taskId === null) return resumableDraft(draft, tool);

  const open = () => openTask({ id: taskId, type: 'basic_clean' });
  const drop = { word: '知道了', act: forgetDraft };
  if (task && !isFinal(task.status)) return { title: '正在制作', text: goingText, action: '查看进度', open };
  if (task?.status === 'succeeded') {
    return { title: '图片做好了', text: '结果会一直保存在历史里。', action: '查看', open, drop };
  }
  if (task) return { title: '这张没有做成', text: task.errorReason ?? '次数已退回。', action: '查看', open, drop };
  return { title: '上次的图片还没看', text: '任务已提交，结果会一直保存在历史里。', action: '查看', open, drop };
}
