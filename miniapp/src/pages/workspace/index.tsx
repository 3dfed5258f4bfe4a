import { Text, View } from '@tarojs/components';
import { useDidHide, useDidShow, usePullDownRefresh, stopPullDownRefresh } from '@tarojs/taro';
import { isFinal, type TaskDto } from '@suyi/shared-types';
import { useEffect, useRef, useState } from 'react';
import { getTask, listTasks } from '../../api/tasks';
import { PageShell } from '../../features/shell/page-shell';
import { MembershipSummary } from '../../features/workspace/membership-summary';
import { PoseExample } from '../../features/workspace/pose-example';
import { PoseResumeCard } from '../../features/workspace/pose-resume-card';
import { RecentTasks } from '../../features/workspace/recent-tasks';
import { ResumeCard } from '../../features/workspace/resume-card';
import { ToolCards } from '../../features/workspace/tool-cards';
import { toast } from '../../platform/feedback';
import { findDraft } from '../../state/clean-draft';
import { useCleanRun } from '../../state/clean-run';
import { loadMembership, spendableUses, useMembership } from '../../state/membership';
import { recoverPendingOrder } from '../../state/payment';
import { findPoseDraft } from '../../state/pose-draft';
import { usePoseRun } from '../../state/pose-run';
import { useSession } from '../../state/session';
import { loadTools } from '../../state/tools';
import { useLoad, type Loaded } from '../../state/use-load';
import { useUnfinished } from '../../state/use-unfinished';
import { Icon } from '../../ui/icon';
import './index.scss';

const recentCount = 6;

export default function WorkspacePage() {
  const { session } = useSession();
  const [drafts, setDrafts] = useState(findDrafts);
  const recent = useLoad(session?.user.id ?? null, async () => (await listTasks({ limit: recentCount })).items);
  const far = useFarTask(recent.value, drafts.pose?.taskId ?? null);
  const known = [...(recent.value ?? []), ...(far.value ? [far.value] : [])];
  const isNewcomer = useNewcomer(recent.value);
  const lookAgain = () => setDrafts(findDrafts());

  async function refresh(): Promise<void> {
    lookAgain();
    if (session === null) return;
    await Promise.all([loadMembership(), recent.reload(), loadTools(), tellOfPayment()]);
  }

  useUnfinished(known, (task) => {
    if (task.id === far.value?.id) far.replace(task);
    else recent.replace((recent.value ?? []).map((each) => (each.id === task.id ? task : each)));
    if (isFinal(task.status)) void loadMembership();
  });
  useRunEnd(() => void refresh());
  useDidShow(() => void refresh());
  usePullDownRefresh(() => void refresh().finally(stopPullDownRefresh));

  return (
    <PageShell title="素衣" isTab>
      <MembershipSummary />
      {session && (
        <>
          <ResumeCard draft={drafts.clean} task={findTask(known, drafts.clean?.taskId)} onGone={lookAgain} />
          <PoseResumeCard draft={drafts.pose} tasks={known} onGone={lookAgain} />
        </>
      )}
      <View className="workspace__section">
        <ToolCards />
      </View>
      {isNewcomer && <PoseExample />}
      {session && <RecentTasks tasks={recent} />}
      <View className="workspace__promise">
        <Icon name="shield" size={16} />
        <Text>白底不达标不交付，模特图没做全也退回次数</Text>
      </View>
    </PageShell>
  );
}

/** Somebody who has nothing to make pictures with, and made none: they do not know yet what they would buy. */
function useNewcomer(recent: TaskDto[] | null): boolean {
  const { session } = useSession();
  const { membership } = useMembership();
  if (session === null) return true;
  return membership !== null && spendableUses(membership) === 0 && recent?.length === 0;
}

const findDrafts = () => ({ clean: findDraft(), pose: findPoseDraft() });

function findTask(tasks: TaskDto[], taskId: string | null | undefined): TaskDto | null {
  return tasks.find((task) => task.id === taskId) ?? null;
}

/** Twelve frames take minutes, in which their seller may make so many white pictures that the list here ends before them. */
function useFarTask(recent: TaskDto[] | null, taskId: string | null): Loaded<TaskDto> {
  const isFar = recent !== null && taskId !== null && findTask(recent, taskId) === null;
  return useLoad(isFar ? taskId : null, () => getTask(taskId ?? ''));
}

/** Tells when a picture that was being made here is made or broken off. Out of sight it keeps still: showing refreshes. */
function useRunEnd(onEnd: () => void): void {
  const phases = [useCleanRun(({ run }) => run.phase), usePoseRun(({ run }) => run.phase)];
  const goingCount = phases.filter((phase) => phase === 'uploading' || phase === 'making').length;
  const goingBefore = useRef(goingCount);
  const isSeen = useRef(true);
  const tell = useRef(onEnd);
  tell.current = onEnd;
  useDidShow(() => {
    isSeen.current = true;
  });
  useDidHide(() => {
    isSeen.current = false;
  });

  useEffect(() => {
    if (goingCount < goingBefore.current && isSeen.current) tell.current();
    goingBefore.current = goingCount;
  }, [goingCount]);
}

/** An order paid just before the app was closed is found here, on the first page of every run. */
async function tellOfPayment(): Promise<void> {
  // Not reached now, it is asked again at the next opening; the server finds the money without us.
  const result = await recoverPendingOrder().catch(() => null);
  if (result?.state === 'paid') toast(`支付成功，${result.order.uses} 次已到账`);
}
