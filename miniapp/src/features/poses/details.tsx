import { Text, View } from '@tarojs/components';
import type { TaskDto } from '@suyi/shared-types';
import { copyText } from '../../platform/feedback';
import { spoken } from '../../platform/spoken';
import { tookWords } from './pose-words';
import './details.scss';

/** What support asks for, in small print. */
export function Details({ task, choices }: { task: TaskDto; choices: string | null }) {
  const facts = [choices, tookWords(task)].filter((fact) => fact !== null);
  return (
    <View className="details">
      {task.finishedAt && (
        <Text id="poses-details" className="details__facts">
          {facts.join(' · ')}
        </Text>
      )}
      <View
        id="task-id"
        className="details__id"
        onClick={() => void copyText(task.id)}
        {...spoken({ role: 'button', label: '复制作品编号' })}
      >
        {`编号 ${task.id} · 点击复制`}
      </View>
    </View>
  );
}
