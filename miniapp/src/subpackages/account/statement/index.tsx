import { Text, View } from '@tarojs/components';
import { stopPullDownRefresh, usePullDownRefresh, useReachBottom } from '@tarojs/taro';
import type { EntryKind, QuotaEntryDto } from '@suyi/shared-types';
import { listEntries } from '../../../api/quota';
import { PageShell } from '../../../features/shell/page-shell';
import { SignInPrompt } from '../../../features/shell/sign-in-prompt';
import { useSession } from '../../../state/session';
import { usePages, type Pages } from '../../../state/use-pages';
import { Button } from '../../../ui/button';
import { Failure, Hint, Notice } from '../../../ui/notice';
import { Skeleton } from '../../../ui/skeleton';
import { momentWords } from '../../../ui/wording';
import './index.scss';

export default function StatementPage() {
  const { session } = useSession();
  const pages = usePages<QuotaEntryDto>(session?.user.id ?? null, listEntries);
  usePullDownRefresh(() => void (session ? pages.reload() : Promise.resolve()).finally(stopPullDownRefresh));
  useReachBottom(() => void pages.loadMore());

  return (
    <PageShell title="使用明细">
      {session ? <Entries pages={pages} /> : <SignInPrompt title="登录后查看明细" text="每一次增减都有记录。" />}
    </PageShell>
  );
}

function Entries({ pages }: { pages: Pages<QuotaEntryDto> }) {
  if (pages.isFirstLoad) return <Skeleton shapes={['row', 'row', 'row', 'row']} />;
  if (pages.items.length === 0 && pages.problem) {
    return <Failure problem={pages.problem} onRetry={() => void pages.reload()} />;
  }
  if (pages.items.length === 0) {
    return <Notice icon="receipt" title="还没有记录" text="购买、制作和退回都会记在这里。" />;
  }
  return (
    <View className="statement">
      {pages.items.map((entry, index) => (
        <Entry key={entry.id} entry={entry} index={index} />
      ))}
      {pages.problem && <Hint tone="warning">{pages.problem.message}</Hint>}
      {pages.hasMore && (
        <Button
          id="statement-more"
          tone="quiet"
          size="small"
          isBusy={pages.isLoadingMore}
          onClick={() => void pages.loadMore()}
        >
          加载更多
        </Button>
      )}
    </View>
  );
}

function Entry({ entry, index }: { entry: QuotaEntryDto; index: number }) {
  return (
    <View id={`statement-item-${index}`} className="statement__entry">
      <View className="statement__words">
        <Text className="statement__text">{entry.text}</Text>
        <Text className="statement__fine">{momentWords(entry.createdAt)}</Text>
      </View>
      <View className="statement__figures">
        <Text className={`statement__change statement__change--${entry.kind}`}>{changeWords(entry)}</Text>
        <Text className="statement__fine">{`余 ${entry.remainingAfter} 次`}</Text>
      </View>
    </View>
  );
}

/** What the entry does to the uses that can be spent: a capture settles what was set aside and changes nothing. */
const signs: Record<EntryKind, '+' | '−' | ''> = {
  grant: '+',
  release: '+',
  hold: '−',
  expire: '−',
  clawback: '−',
  capture: '',
};

function changeWords({ kind, uses }: QuotaEntryDto): string {
  return kind === 'capture' ? '已扣除' : `${signs[kind]}${uses}`;
}
