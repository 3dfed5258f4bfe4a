import { View } from '@tarojs/components';
import { useRouter } from '@tarojs/taro';
import { PoseForm } from '../../../features/pose/pose-form';
import { PoseProgress } from '../../../features/pose/pose-progress';
import { useEarlier } from '../../../features/pose/use-earlier';
import { RunStopped } from '../../../features/making/run-stopped';
import { useMaking } from '../../../features/making/use-making';
import { PageShell } from '../../../features/shell/page-shell';
import { SignInPrompt } from '../../../features/shell/sign-in-prompt';
import { poseDrafts } from '../../../state/pose-draft';
import { dropPoseRun, poseRuns } from '../../../state/pose-run';
import { useSession } from '../../../state/session';
import { Hint } from '../../../ui/notice';
import { Skeleton } from '../../../ui/skeleton';

const title = '十二姿势模特图';

/** Choosing the photo and what to make of it; opened with `?again=TASKID`, the photo and the choices of that set stand there. */
export default function PosePage() {
  const { session } = useSession();
  const userId = session?.user.id ?? null;
  const run = useMaking({ runs: poseRuns, drafts: poseDrafts, next: 'poses', userId });

  if (session === null) {
    return (
      <PageShell title={title}>
        <SignInPrompt title="登录后开始制作" text="图片和次数都保存在您的账号里。" />
      </PageShell>
    );
  }
  return (
    <PageShell title={title}>
      {run.phase === 'idle' && <Preparation />}
      {(run.phase === 'uploading' || run.phase === 'making' || run.phase === 'accepted') && <PoseProgress run={run} />}
      {run.phase === 'stopped' && (
        <RunStopped
          tool="pose"
          problem={run.problem}
          onRetry={() => void poseRuns.advance(run.draft)}
          onChooseAgain={dropPoseRun}
        />
      )}
    </PageShell>
  );
}

function Preparation() {
  const { again = null } = useRouter().params;
  const { value: earlier, problem, isLoading } = useEarlier(again);
  if (isLoading && earlier === null) return <Skeleton shapes={['card', 'row', 'card']} />;
  return (
    <>
      {problem && earlier === null && (
        <View className="pose-form__paused">
          <Hint tone="warning">没能取回上次的照片，请重新选择。</Hint>
        </View>
      )}
      <PoseForm key={earlier?.mediaId} earlier={earlier} />
    </>
  );
}
