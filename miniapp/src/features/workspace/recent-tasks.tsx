import { Image, Text, View } from '@tarojs/components';
import type { TaskDto } from '@suyi/shared-types';
import { spoken } from '../../platform/spoken';
import { goTo } from '../../routes';
import type { Loaded } from '../../state/use-load';
import { Icon } from '../../ui/icon';
import { RetryLine } from '../shell/failure';
import { Skeleton } from '../../ui/skeleton';
import { momentWords } from '../../ui/wording';
import { openTask } from '../history/open-task';
import { countWords, pictureOf, typeWords } from '../history/task-words';
import { progressTag } from './task-progress';
import './recent-tasks.scss';

/** The last few pictures, each a tap away. */
export function RecentTasks({ tasks }: { tasks: Loaded<TaskDto[]> }) {
  return (
    <View className="recent">
      <View className="recent__head">
        <Text className="recent__title">最近作品</Text>
        {tasks.value && tasks.value.length > 0 && (
          <View id="recent-all" className="recent__all" onClick={() => goTo('history')} {...spoken({ role: 'button' })}>
            全部
            <Icon name="chevron" size={16} />
          </View>
        )}
      </View>
      <Content tasks={tasks} />
    </View>
  );
}

function Content({ tasks }: { tasks: Loaded<TaskDto[]> }) {
  if (tasks.value === null) {
    if (tasks.problem) {
      return <RetryLine id="recent-retry" problem={tasks.problem} onRetry={() => void tasks.reload()} />;
    }
    return <Skeleton shapes={['square', 'square', 'square']} />;
  }
  if (tasks.value.length === 0) {
    return <View className="recent__empty">还没有作品，选一张衣服的照片试试。</View>;
  }
  return (
    <View className="recent__grid">
      {tasks.value.map((task, index) => (
        <RecentTask key={task.id} task={task} index={index} />
      ))}
    </View>
  );
}

function RecentTask({ task, index }: { task: TaskDto; index: number }) {
  const picture = pictureOf(task);
  const count = countWords(task);
  return (
    <View
      id={`recent-item-${index}`}
      className="recent__item"
      onClick={() => openTask(task)}
      {...spoken({ role: 'button', label: `${typeWords(task)}，${progressTag(task)}，${momentWords(task.createdAt)}` })}
    >
      {picture && <Image className="recent__picture" src={picture} mode="aspectFill" lazyLoad />}
      {count && <Text className="recent__count">{count}</Text>}
      {task.status !== 'succeeded' && <Text className="recent__status">{progressTag(task)}</Text>}
    </View>
  );
}
