import { isFinal, type TaskDto, type TaskStatus, type ToolDto } from '@suyi/shared-types';
import { forgetPoseDraft, type PoseDraft } from '../../state/pose-draft';
import { dropPoseRun, usePoseRun } from '../../state/pose-run';
import { framesOf } from '../../state/frames';
import { findTool, useToolsStore } from '../../state/tools';
import { delayOf } from '../history/delay';
import { openTask } from '../history/open-task';
import { resumableDraft, resumableRun } from './resumables';
import { ResumeView, type Resumable } from './resume-view';
import { progressWords } from './task-progress';

interface PoseResumeCardProps {
  draft: PoseDraft | null;
  /** What the server last told of the tasks that this page knows. */
  tasks: TaskDto[];
  onGone: () => void;
}

const goingText = '正在提交，很快开始。可以先看别的。';
const tool = {
  page: 'pose',
  goingTitle: '十二姿势正在提交',
  goingText,
  leftTitle: '上次的十二姿势没有提交完',
  drop: dropPoseRun,
} as const;

/** Twelve frames that are on their way, wherever they were started, or a start that a closed app left behind. */
export function PoseResumeCard({ draft, tasks, onGone }: PoseResumeCardProps) {
  const { run } = usePoseRun();
  const { tools } = useToolsStore();
  const told = findTool(tools, 'model_pose12');
  const card = resumableRun(run, tool) ?? ofUnfinished(tasks, told) ?? (draft && ofDraft(draft, tasks));
  return card && <ResumeView prefix="resume-pose" card={card} onGone={onGone} />;
}

/** The one that is done first; of the others only how many they are. */
function ofUnfinished(tasks: TaskDto[], told: ToolDto | null): Resumable | null {
  const open = tasks.filter(({ type, status }) => type === 'model_pose12' && !isFinal(status));
  const [first, ...others] = open.sort(byNearness);
  if (!first) return null;
  return {
    title: first.status === 'queued' ? '十二姿势正在排队' : '十二姿势正在制作',
    text: progressWords(first, delayOf(first, { tool: told })) + othersWords(others),
    percent: first.progress > 0 ? first.progress : undefined,
    action: '查看进度',
    open: () => openTask(first),
  };
}

/** How near its end a set is, before its place in line and its age tell. */
const nearness: TaskStatus[] = ['saving', 'running', 'submitting', 'uncertain', 'queued'];

function byNearness(one: TaskDto, other: TaskDto): number {
  return (
    nearness.indexOf(one.status) - nearness.indexOf(other.status) ||
    (one.queuePosition ?? 0) - (other.queuePosition ?? 0) ||
    Date.parse(one.createdAt) - Date.parse(other.createdAt)
  );
}

function othersWords(others: TaskDto[]): string {
  const waiting = others.filter(({ status }) => status === 'queued').length;
  const making = others.length - waiting;
  const parts = [making > 0 ? `${making} 套在做` : null, waiting > 0 ? `${waiting} 套在排队` : null];
  return others.length === 0 ? '' : `另有 ${parts.filter((part) => part !== null).join('、')}。`;
}

function ofDraft(draft: PoseDraft, tasks: TaskDto[]): Resumable | null {
  const { taskId } = draft;
  if (taskId === null) return resumableDraft(draft, tool);

  const task = tasks.find(({ id }) => id === taskId);
  const open = () => openTask({ id: taskId, type: 'model_pose12' });
  const drop = { word: '知道了', act: forgetPoseDraft };
  if (!task) {
    return { title: '上次的模特图还没看', text: '任务已提交，结果会一直保存在历史里。', action: '查看', open, drop };
  }
  if (task.status === 'cancelled') return null;
  if (task.status === 'failed') {
    return { title: '这套没有做成', text: task.errorReason ?? '次数已退回。', action: '查看', open, drop };
  }
  const returned = task.quotaEffect === 'released' ? '没有做全，次数已退回。' : '结果会一直保存在历史里。';
  return { title: `${framesOf(task).length} 张模特图做好了`, text: returned, action: '查看', open, drop };
}
