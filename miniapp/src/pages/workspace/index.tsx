import { Text, View } from '@tarojs/components';
import { useDidHide, useDidShow, usePullDownRefresh, stopPullDownRefresh } from '@tarojs/taro';
import { isFinal, type TaskDto } from '@suyi/shared-types';
import { useEffect, useRef, useState } from 'react';
import { listTasks } from '../../api/tasks';
import { PageShell } from '../../features/shell/page-shell';
import { MembershipSummary } from '../../features/workspace/membership-summary';
import { RecentTasks } from '../../features/workspace/recent-tasks';
import { ResumeCard } from '../../features/workspace/resume-card';
import { ToolCards } from '../../features/workspace/tool-cards';
import { toast } from '../../platform/feedback';
import { findDraft } from '../../state/clean-draft';
import { useCleanRun } from '../../state/clean-run';
import { loadMembership } from '../../state/membership';
import { recoverPendingOrder } from '../../state/payment';
import { useSession } from '../../state/session';
import { useLoad } from '../../state/use-load';
import { useUnfinished } from '../../state/use-unfinished';
import { Icon } from '../../ui/icon';
import './index.scss';

const recentCount = 6;

export default function WorkspacePage() {
  const { session } = useSession();
  const [draft, setDraft] = useState(findDraft);
  const recent = useLoad(session?.user.id ?? null, async () => (await listTasks({ limit: recentCount })).items);

  async function refresh(): Promise<void> {
    setDraft(findDraft());
    if (session === null) return;
    await Promise.all([loadMembership(), recent.reload(), tellOfPayment()]);
  }

  useUnfinished(recent.value ?? [], (task) => {
    recent.replace((recent.value ?? []).map((each) => (each.id === task.id ? task : each)));
    if (isFinal(task.status)) void loadMembership();
  });
  useRunEnd(() => void refresh());
  useDidShow(() => void refresh());
  usePullDownRefresh(() => void refresh().finally(stopPullDownRefresh));

  return (
    <PageShell title="素衣" isTab>
      <MembershipSummary />
      {session && (
        <ResumeCard draft={draft} task={findTask(recent.value, draft?.taskId)} onGone={() => setDraft(null)} />
      )}
      <View className="workspace__section">
        <ToolCards />
      </View>
      {session && <RecentTasks tasks={recent} />}
      <View className="workspace__promise">
        <Icon name="shield" size={16} />
        <Text>没有达到白底标准的图不交付，次数自动退回</Text>
      </View>
    </PageShell>
  );
}

function findTask(tasks: TaskDto[] | null, taskId: string | null | undefined): TaskDto | null {
  return tasks?.find((task) => task.id === taskId) ?? null;
}

/** Tells when a picture that was being made here is made or broken off. Out of sight it keeps still: showing refreshes. */
function useRunEnd(onEnd: () => void): void {
  const isGoing = useCleanRun(({ run }) => run.phase === 'uploading' || run.phase === 'making');
  const wasGoing = useRef(isGoing);
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
    if (wasGoing.current && !isGoing && isSeen.current) tell.current();
    wasGoing.current = isGoing;
  }, [isGoing]);
}

/** An order paid just before the app was closed is found here, on the first page of every run. */
async function tellOfPayment(): Promise<void> {
  // Not reached now, it is asked again at the next opening; the server finds the money without us.
  const result = await recoverPendingOrder().catch(() => null);
  if (result?.state === 'paid') toast(`支付成功，${result.order.uses} 次已到账`);
}
