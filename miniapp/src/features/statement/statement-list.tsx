import { Text, View } from '@tarojs/components';
import type { QuotaEntryDto } from '@suyi/shared-types';
import { useState } from 'react';
import { spoken } from '../../platform/spoken';
import { goTo } from '../../routes';
import type { Pages } from '../../state/use-pages';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { Failure } from '../shell/failure';
import { Hint, Notice } from '../../ui/notice';
import { Skeleton } from '../../ui/skeleton';
import { momentWords } from '../../ui/wording';
import { balanceWords, foldEntries, listEntryRows, type Row } from './fold';
import './statement-list.scss';

/** What came in and what was used, one row a task; the ledger's own order is a tap away. */
export function StatementList({ pages }: { pages: Pages<QuotaEntryDto> }) {
  const [isFolded, setIsFolded] = useState(true);
  if (pages.isFirstLoad) return <Skeleton shapes={['row', 'row', 'row', 'row']} />;
  if (pages.items.length === 0 && pages.problem) {
    return <Failure problem={pages.problem} onRetry={() => void pages.reload()} />;
  }
  if (pages.items.length === 0) {
    return <Notice icon="list" title="还没有记录" text="购买、制作、退回和退款都会记在这里。" />;
  }

  const rows = isFolded ? foldEntries(pages.items) : listEntryRows(pages.items);
  return (
    <>
      <View className="statement__head">
        <Text id="statement-balance" className="statement__balance">
          {pages.items[0] && balanceWords(pages.items[0])}
        </Text>
        <View
          id="statement-all"
          className="statement__toggle"
          onClick={() => setIsFolded(!isFolded)}
          {...spoken({ role: 'button' })}
        >
          {isFolded ? '查看全部变动' : '每个作品合为一行'}
        </View>
      </View>
      <View className="statement">
        {rows.map((row) => (
          <StatementRow key={row.newest.entry.id} row={row} hasBalance={!isFolded} />
        ))}
      </View>
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
    </>
  );
}

/** The row carries the number of its newest entry, and the figure of a folded one that of the entry it comes from. */
function StatementRow({ row, hasBalance }: { row: Row; hasBalance: boolean }) {
  const { newest, hold, opens, number, text, change, tone } = row;
  const figureId = hold && hold.index !== newest.index ? `statement-item-${hold.index}` : undefined;
  const label = `${text}，${opens?.page === 'result' ? '查看作品' : '查看订单'}`;
  return (
    <View
      id={`statement-item-${newest.index}`}
      className={`statement__row${opens ? ' statement__row--open' : ''}`}
      hoverClass={opens ? 'statement__row--pressed' : 'none'}
      onClick={opens ? () => goTo(opens.page, opens.query) : undefined}
      {...(opens ? spoken({ role: 'button', label }) : {})}
    >
      <View className="statement__words">
        <Text className="statement__text">{text}</Text>
        <Text className="statement__fine">{momentWords(newest.entry.createdAt)}</Text>
      </View>
      <View className="statement__figures">
        <Text id={figureId} className={`statement__change statement__change--${tone}`}>
          {change}
        </Text>
        {hasBalance && <Text className="statement__fine">{balanceWords(newest.entry)}</Text>}
      </View>
      <View className="statement__chevron">{opens && <Icon name="chevron" size={16} />}</View>
      {number && <Text className="statement__fine statement__number">{number}</Text>}
    </View>
  );
}
