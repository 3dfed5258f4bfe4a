import { stopPullDownRefresh, usePullDownRefresh, useReachBottom } from '@tarojs/taro';
import type { QuotaEntryDto } from '@suyi/shared-types';
import { listEntries } from '../../../api/quota';
import { PageShell } from '../../../features/shell/page-shell';
import { SignInPrompt } from '../../../features/shell/sign-in-prompt';
import { StatementList } from '../../../features/statement/statement-list';
import { useSession } from '../../../state/session';
import { usePages } from '../../../state/use-pages';

export default function StatementPage() {
  const { session } = useSession();
  const pages = usePages<QuotaEntryDto>(session?.user.id ?? null, listEntries);
  usePullDownRefresh(() => void (session ? pages.reload() : Promise.resolve()).finally(stopPullDownRefresh));
  useReachBottom(() => void pages.loadMore());

  return (
    <PageShell title="使用明细">
      {session ? <StatementList pages={pages} /> : <SignInPrompt title="登录后查看明细" text="每一次增减都有记录。" />}
    </PageShell>
  );
}
