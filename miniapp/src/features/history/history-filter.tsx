import { Text, View } from '@tarojs/components';
import type { TaskStatus } from '@suyi/shared-types';
import { spoken } from '../../platform/spoken';
import './history-filter.scss';

export type HistoryFilterValue = Extract<TaskStatus, 'succeeded' | 'failed' | 'cancelled'> | 'all';

/** What is still being made is few and on top of the whole list: it needs no filter of its own. */
const choices: { value: HistoryFilterValue; name: string }[] = [
  { value: 'all', name: '全部' },
  { value: 'succeeded', name: '已完成' },
  { value: 'failed', name: '失败' },
  { value: 'cancelled', name: '已取消' },
];

interface HistoryFilterProps {
  value: HistoryFilterValue;
  onChange: (value: HistoryFilterValue) => void;
}

export function HistoryFilter({ value, onChange }: HistoryFilterProps) {
  return (
    <View className="filter">
      {choices.map((choice) => (
        <View
          key={choice.value}
          id={`history-filter-${choice.value}`}
          className={`filter__choice${choice.value === value ? ' filter__choice--on' : ''}`}
          onClick={() => onChange(choice.value)}
          {...spoken({ role: 'tab', isSelected: choice.value === value })}
        >
          <Text>{choice.name}</Text>
        </View>
      ))}
    </View>
  );
}
