import { Text, View } from '@tarojs/components';
import { isFinal, type TaskDto, type TaskStatus, type TaskType } from '@suyi/shared-types';
import { spoken } from '../../platform/spoken';
import './history-filter.scss';

/** What is looked for; null where it does not matter. */
export interface HistoryWish {
  type: TaskType | null;
  /** `open`: what is still being made. */
  status: Extract<TaskStatus, 'succeeded' | 'failed' | 'cancelled'> | 'open' | null;
}

/**
 * The server has no one word for what is being made; but that is few, and on top of the whole list: it is picked out of
 * what was loaded.
 */
export function wishedOf(tasks: TaskDto[], { status }: HistoryWish): TaskDto[] {
  return status === 'open' ? tasks.filter((task) => !isFinal(task.status)) : tasks;
}

const statuses: { value: HistoryWish['status']; name: string }[] = [
  { value: null, name: '全部' },
  { value: 'open', name: '进行中' },
  { value: 'succeeded', name: '已完成' },
  { value: 'failed', name: '失败' },
  { value: 'cancelled', name: '已取消' },
];

const types: { value: HistoryWish['type']; name: string }[] = [
  { value: null, name: '所有类型' },
  { value: 'basic_clean', name: '白底主图' },
  { value: 'model_pose12', name: '十二姿势' },
];

interface HistoryFilterProps {
  wish: HistoryWish;
  onChange: (wish: HistoryWish) => void;
}

export function HistoryFilter({ wish, onChange }: HistoryFilterProps) {
  return (
    <View className="filter">
      <View className="filter__statuses">
        {statuses.map(({ value, name }) => (
          <View
            key={name}
            id={`history-filter-${value ?? 'all'}`}
            className={`filter__status${value === wish.status ? ' filter__status--on' : ''}`}
            onClick={() => onChange({ ...wish, status: value })}
            {...spoken({ role: 'tab', isSelected: value === wish.status })}
          >
            <Text>{name}</Text>
          </View>
        ))}
      </View>
      <View className="filter__types">
        {types.map(({ value, name }) => (
          <View
            key={name}
            id={`history-type-${value ?? 'all'}`}
            className="filter__target"
            onClick={() => onChange({ ...wish, type: value })}
            {...spoken({ role: 'tab', isSelected: value === wish.type })}
          >
            <Text className={`filter__type${value === wish.type ? ' filter__type--on' : ''}`}>{name}</Text>
          </View>
        ))}
      </View>
    </View>
  );
}
