import { Text, View } from '@tarojs/components';
import { useRouter } from '@tarojs/taro';
import { isFinal, posesWanted, type TaskDto } from '@suyi/shared-types';
import { useEffect } from 'react';
import { useRightPage } from '../../../features/history/open-task';
import { choiceWords, statusWords } from '../../../features/history/task-words';
import { Details } from '../../../features/poses/details';
import { Gallery } from '../../../features/poses/gallery';
import { Afterwards, Incomplete } from '../../../features/poses/made';
import { Making } from '../../../features/poses/making';
import { Original } from '../../../features/poses/original';
import { SaveBar } from '../../../features/poses/save-bar';
import { Stopped } from '../../../features/poses/stopped';
import { useDelay } from '../../../features/poses/use-delay';
import { useSteadyLinks, type SteadyLinks } from '../../../features/poses/use-steady-links';
import { Silence } from '../../../features/result/silence';
import { useTask } from '../../../features/result/use-task';
import { useTaskActions, type TaskActions } from '../../../features/result/use-task-actions';
import type { Delay } from '../../../features/history/delay';
import { Failure } from '../../../features/shell/failure';
import { PageShell } from '../../../features/shell/page-shell';
import { SignInPrompt } from '../../../features/shell/sign-in-prompt';
import { spoken } from '../../../platform/spoken';
import { goBack, goTo, replaceWith } from '../../../routes';
import { showSet, togglePick, usePicks } from '../../../state/picks';
import { forgetSavedOf, recallSaved, savedIdsOf, useSaveRun } from '../../../state/save-run';
import { useSession } from '../../../state/session';
import { useToolsStore } from '../../../state/tools';
import { Button } from '../../../ui/button';
import { Skeleton } from '../../../ui/skeleton';
import { Tag } from '../../../ui/tag';
import { momentWords } from '../../../ui/wording';
import './index.scss';

const cancelQuestion = {
  title: '取消这套图？',
  content: '还没有开始制作，次数会马上退回。',
  confirmText: '取消制作',
  cancelText: '继续排队',
};
const deleteQuestion = {
  title: '删除这套图？',
  content: '所有图片会从历史里移除，无法恢复。已存到手机的不受影响，已用的次数不变。',
};

/** One set of twelve, from waiting in line to the last picture saved. */
export default function PosesPage() {
  const { session } = useSession();
  const { id = '' } = useRouter().params;
  const { task: found, problem, isSilent, follow, reload } = useTask(id, session?.user.id ?? null);
  const task = useRightPage(found, 'poses') ? found : null;
  const delay = useDelay(task, session !== null);
  const { tools } = useToolsStore();
  const links = useSteadyLinks(task, reload);
  const actions = useTaskActions({
    task,
    onCancelled: follow,
    onRetried: (newer) => replaceWith('poses', { id: newer.id }),
    onRemoved: forgetSavedOf,
  });
  useEffect(recallSaved, []);
  useEffect(() => {
    if (task) showSet(task, links.frames);
  }, [task, links.frames]);

  if (session === null) {
    return (
      <PageShell title="十二姿势模特图">
        <SignInPrompt title="登录后查看作品" text="作品只对您自己可见。" />
      </PageShell>
    );
  }
  const choices = task && choiceWords(task, tools);
  return (
    <PageShell title="十二姿势模特图">
      <Silence isSilent={isSilent} />
      {task === null && problem && <Failure problem={problem} onRetry={reload} onLeave={goBack} />}
      {task === null && !problem && <Skeleton shapes={['line', 'card', 'card', 'row']} />}
      {task && (
        <>
          <Heading task={task} />
          <Body task={task} links={links} choices={choices} delay={delay} actions={actions} />
          {isFinal(task.status) && (
            <View className="poses__foot">
              <Button
                id="poses-delete"
                tone="quiet-danger"
                size="small"
                isBusy={actions.busyWith === 'delete'}
                onClick={() => actions.remove(deleteQuestion)}
              >
                删除这套图
              </Button>
            </View>
          )}
          <Details task={task} choices={choices} />
          {task.status === 'succeeded' && <SaveBar task={task} frames={links.frames} />}
        </>
      )}
    </PageShell>
  );
}

function Heading({ task }: { task: TaskDto }) {
  const { text, tone } = statusWords(task);
  return (
    <View id="poses-status" className="poses__heading" {...spoken({ role: 'status', live: 'polite' })}>
      <Tag tone={tone}>{text}</Tag>
      <Text className="poses__time">{momentWords(task.createdAt)}</Text>
    </View>
  );
}

interface BodyProps {
  task: TaskDto;
  links: SteadyLinks;
  choices: string | null;
  delay: Delay | null;
  actions: TaskActions;
}

function Body({ task, links, choices, delay, actions }: BodyProps) {
  const { isPicking, frameIds } = usePicks();
  const { run, saved } = useSaveRun();
  const isRetrying = actions.busyWith === 'retry';
  const { photoUrl } = links;

  if (task.status === 'failed' || task.status === 'cancelled') {
    return <Stopped task={task} photoUrl={photoUrl} isRetrying={isRetrying} onRetry={actions.retry} />;
  }
  const isMade = task.status === 'succeeded';
  return (
    <>
      {isMade ? (
        <Incomplete task={task} isRetrying={isRetrying} onRetry={actions.retry} />
      ) : (
        <Making
          task={task}
          photoUrl={photoUrl}
          choices={choices}
          delay={delay}
          isCancelling={actions.busyWith === 'cancel'}
          onCancel={() => actions.cancel(cancelQuestion)}
        />
      )}
      <Gallery
        frames={links.frames}
        placeCount={isMade ? 0 : posesWanted}
        isFilling={task.status === 'saving'}
        savedIds={savedIdsOf(saved, task.id)}
        pickedIds={isMade && isPicking && run.phase !== 'saving' ? frameIds : null}
        onOpen={(index) => goTo('frame', { id: task.id, at: String(index) })}
        onToggle={togglePick}
        onBroken={links.onBroken}
      />
      {isMade && photoUrl && <Original photoUrl={photoUrl} />}
      {isMade && <Afterwards task={task} />}
    </>
  );
}
