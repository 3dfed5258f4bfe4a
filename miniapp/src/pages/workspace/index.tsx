import { Text, View } from '@tarojs/components';
import { useDidShow, usePullDownRefresh, stopPullDownRefresh } from '@tarojs/taro';
import { useState } from 'react';
import { listTasks } from '../../api/tasks';
import { PageShell } from '../../features/shell/page-shell';
import { MembershipSummary } from '../../features/workspace/membership-summary';
import { RecentTasks } from '../../features/workspace/recent-tasks';
import { ResumeCard } from '../../features/workspace/resume-card';
import { ToolCards } from '../../features/workspace/tool-cards';
import { toast } from '../../platform/feedback';
import { findDraft } from '../../state/clean-draft';
import { loadMembership } from '../../state/membership';
import { recoverPendingOrder } from '../../state/payment';
import { useSession } from '../../state/session';
import { useLoad } from '../../state/use-load';
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

  useDidShow(() => void refresh());
  usePullDownRefresh(() => void refresh().finally(stopPullDownRefresh));

  return (
    <PageShell title="素衣" isTab>
      <MembershipSummary />
      {draft && <ResumeCard draft={draft} onGone={() => setDraft(null)} />}
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

/** An order paid just before the app was closed is found here, on the first page of every run. */
async function tellOfPayment(): Promise<void> {
  // Not reached now, it is asked again at the next opening; the server finds the money without us.
  const result = await recoverPendingOrder().catch(() => null);
  if (result?.state === 'paid') toast(`支付成功，${result.order.uses} 次已到账`);
}
