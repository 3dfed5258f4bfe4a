import { Text, View } from '@tarojs/components';
import { isFinal, type TaskDto } from '@suyi/shared-types';
import { goTo } from '../../routes';
import { forgetDraft, type CleanDraft } from '../../state/clean-draft';
import { dropRun, useCleanRun, type CleanRun } from '../../state/clean-run';
import { Button } from '../../ui/button';
import './resume-card.scss';

interface ResumeCardProps {
  draft: CleanDraft | null;
  /** The draft's task as the server last told it; null when it is not known. */
  task: TaskDto | null;
  onGone: () => void;
}

interface Card {
  title: string;
  text: string;
  action: string;
  open: () => void;
  /** How to be rid of it; absent while there is nothing to give up. */
  drop?: { word: string; act: () => void };
}

/** The picture that is being made, or that a closed app left behind. Nothing is lost, and nothing is made twice. */
export function ResumeCard({ draft, task, onGone }: ResumeCardProps) {
  const { run } = useCleanRun();
  const card = cardOfRun(run) ?? (draft && (draft.taskId ? cardOfTask(draft.taskId, task) : cardOfDraft(draft)));
  if (!card) return null;

  const { title, text, action, open, drop } = card;
  return (
    <View id="resume-card" className="resume">
      <Text className="resume__title">{title}</Text>
      <Text className="resume__text">{text}</Text>
      <View className="resume__actions">
        <Button id="resume-open" size="small" onClick={open}>
          {action}
        </Button>
        {drop && (
          <Button
            id="resume-drop"
            size="small"
            tone="quiet"
            onClick={() => {
              drop.act();
              onGone();
            }}
          >
            {drop.word}
          </Button>
        )}
      </View>
    </View>
  );
}

/** A run of this very opening of the app: it goes on while the seller looks around. */
function cardOfRun(run: CleanRun): Card | null {
  const open = () => goTo('clean');
  if (run.phase === 'uploading') {
    return { title: '正在制作', text: `照片正在上传，${run.percent} %。可以先看别的。`, action: '查看进度', open };
  }
  if (run.phase === 'making') {
    return { title: '正在制作', text: '做好后会放进最近作品。可以先看别的。', action: '查看进度', open };
  }
  if (run.phase !== 'stopped') return null;
  return {
    title: '没有做成',
    text: run.problem.message,
    action: '去看看',
    open,
    drop: { word: '不做了', act: dropRun },
  };
}

function cardOfTask(taskId: string, task: TaskDto | null): Card {
  const open = () => goTo('result', { id: taskId });
  const drop = { word: '知道了', act: forgetDraft };
  if (task && !isFinal(task.status)) {
    return { title: '正在制作', text: '做好后会放进最近作品。可以先看别的。', action: '查看进度', open };
  }
  if (task?.status === 'succeeded') {
    return { title: '图片做好了', text: '结果会一直保存在历史里。', action: '查看', open, drop };
  }
  if (task) return { title: '这张没有做成', text: task.errorReason ?? '次数已退回。', action: '查看', open, drop };
  return { title: '上次的图片还没看', text: '任务已提交，结果会一直保存在历史里。', action: '查看', open, drop };
}

function cardOfDraft({ mediaId }: CleanDraft): Card {
  const open = () => goTo('clean');
  const drop = { word: '不做了', act: forgetDraft };
  if (mediaId) {
    return {
      title: '上次的图片没有做完',
      text: '照片已上传，继续不会重复扣除次数。',
      action: '继续制作',
      open,
      drop,
    };
  }
  return { title: '上次的照片没有传完', text: '没有扣除次数，请重新选择照片。', action: '重新选择', open, drop };
}
