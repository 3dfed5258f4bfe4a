import { Image, Text, View } from '@tarojs/components';
import type { TaskDto } from '@suyi/shared-types';
import { spoken } from '../../platform/spoken';
import { goTo } from '../../routes';
import { useToolsStore } from '../../state/tools';
import type { Pages } from '../../state/use-pages';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { Failure } from '../shell/failure';
import { Hint, Notice } from '../../ui/notice';
import { Skeleton } from '../../ui/skeleton';
import { Tag } from '../../ui/tag';
import { momentWords } from '../../ui/wording';
import { openTask } from './open-task';
import { countWords, effectWords, makeWords, pictureOf, statusWords, typeWords } from './task-words';
import './history-list.scss';

interface HistoryListProps {
  pages: Pages<TaskDto>;
  isFiltered: boolean;
  onDelete: (task: TaskDto) => void;
}

export function HistoryList({ pages, isFiltered, onDelete }: HistoryListProps) {
  if (pages.isFirstLoad) return <Skeleton shapes={['row', 'row', 'row', 'row', 'row']} />;
  if (pages.items.length === 0 && pages.problem) {
    return <Failure problem={pages.problem} onRetry={() => void pages.reload()} />;
  }
  if (pages.items.length === 0) {
    return (
      <>
        <Empty isFiltered={isFiltered} />
        {/* Of what was loaded none is looked for; there may be some further down. */}
        {pages.hasMore && <Foot pages={pages} />}
      </>
    );
  }

  return (
    <View className="history">
      {pages.items.map((task, index) => (
        <HistoryItem key={task.id} task={task} index={index} onDelete={() => onDelete(task)} />
      ))}
      <Foot pages={pages} />
    </View>
  );
}

function HistoryItem({ task, index, onDelete }: { task: TaskDto; index: number; onDelete: () => void }) {
  const { text, tone } = statusWords(task);
  const picture = pictureOf(task);
  const { tools } = useToolsStore();
  const made = makeWords(task, tools);
  const count = countWords(task);
  return (
    <View className="history__item">
      <View
        id={`history-item-${index}`}
        className="history__open"
        hoverClass="history__open--pressed"
        onClick={() => openTask(task)}
        {...spoken({
          role: 'button',
          label: [typeWords(task), made, count, text, momentWords(task.createdAt)].filter(Boolean).join('，'),
        })}
      >
        <View className="history__frame">
          {picture ? (
            <Image className="history__picture" src={picture} mode="aspectFill" lazyLoad />
          ) : (
            <Icon name="shirt" size={24} />
          )}
          {count && <Text className="history__count">{count}</Text>}
        </View>
        <View className="history__words">
          <View className="history__line">
            <Text className="history__type">{typeWords(task)}</Text>
            <Tag tone={tone}>{text}</Tag>
          </View>
          {made && <Text className="history__fine">{made}</Text>}
          <Text className="history__fine">{`${momentWords(task.createdAt)} · ${effectWords(task)}`}</Text>
          {task.errorReason && <Text className="history__fine">{task.errorReason}</Text>}
        </View>
      </View>
      {task.finishedAt && (
        <View
          id={`history-delete-${index}`}
          className="history__delete"
          onClick={onDelete}
          {...spoken({ role: 'button', label: '删除这个作品' })}
        >
          <Icon name="trash" size={16} />
        </View>
      )}
    </View>
  );
}

function Foot({ pages }: { pages: Pages<TaskDto> }) {
  if (pages.problem) {
    return (
      <View className="history__foot">
        <Hint tone="warning">{pages.problem.message}</Hint>
        <Button id="history-more" tone="quiet" size="small" onClick={() => void pages.loadMore()}>
          再试一次
        </Button>
      </View>
    );
  }
  if (pages.isLoadingMore && pages.hasMore) return <Skeleton shapes={['row']} />;
  if (pages.hasMore) {
    return (
      <Button id="history-more" tone="quiet" size="small" onClick={() => void pages.loadMore()}>
        加载更多
      </Button>
    );
  }
  return <Text className="history__end">没有更多了</Text>;
}

function Empty({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered) return <Notice icon="clock" title="没有这类作品" text="换一个筛选条件看看。" />;
  return (
    <Notice icon="shirt" title="还没有作品" text="选一张衣服的照片，做白底主图，或十二张模特图。">
      <Button id="history-start" size="small" onClick={() => goTo('workspace')}>
        去制作
      </Button>
    </Notice>
  );
}
