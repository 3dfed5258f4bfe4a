import { useRouter } from '@tarojs/taro';
import { useEffect } from 'react';
import { Viewer } from '../../../features/poses/viewer';
import { useTask } from '../../../features/result/use-task';
import { Failure } from '../../../features/shell/failure';
import { PageShell } from '../../../features/shell/page-shell';
import { SignInPrompt } from '../../../features/shell/sign-in-prompt';
import { goBack } from '../../../routes';
import { framesOf } from '../../../state/frames';
import { showSet, usePicks } from '../../../state/picks';
import { recallSaved } from '../../../state/save-run';
import { useSession } from '../../../state/session';
import { Skeleton } from '../../../ui/skeleton';

/** The pictures of a set, large, one after the other. A page of its own, so that the phone's own way back leaves it. */
export default function FramePage() {
  const { session } = useSession();
  const { id = '', at = '0' } = useRouter().params;
  const { shown } = usePicks();
  const known = shown?.task.id === id ? shown : null;
  const { task, problem, reload } = useTask(id, known ? null : (session?.user.id ?? null));
  useEffect(recallSaved, []);
  useEffect(() => {
    if (task) showSet(task, framesOf(task));
  }, [task]);

  if (session && known && known.frames.length > 0) {
    return <Viewer task={known.task} frames={known.frames} firstIndex={Number(at) || 0} />;
  }
  return (
    <PageShell title="查看大图">
      {session === null ? (
        <SignInPrompt title="登录后查看作品" text="作品只对您自己可见。" />
      ) : problem ? (
        <Failure problem={problem} onRetry={reload} onLeave={goBack} />
      ) : (
        <Skeleton shapes={['card', 'card', 'card']} />
      )}
    </PageShell>
  );
}
