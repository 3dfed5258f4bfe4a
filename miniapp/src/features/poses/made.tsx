import { Text, View } from '@tarojs/components';
import type { TaskDto } from '@suyi/shared-types';
import { spoken } from '../../platform/spoken';
import { replaceWith } from '../../routes';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { effectWords } from '../history/task-words';
import { countOf } from './pose-words';
import './made.scss';

interface MadeProps {
  task: TaskDto;
  isRetrying: boolean;
  onRetry: () => void;
}

/** Fewer than promised: what is there is a gift, the use is back, and a whole set is one tap away. */
export function Incomplete({ task, isRetrying, onRetry }: MadeProps) {
  const { saved, wanted } = countOf(task);
  if (task.quotaEffect !== 'released') return null;
  return (
    <View id="poses-incomplete" className="made__short" {...spoken({ role: 'status', live: 'polite' })}>
      <Text className="made__title">{`做好 ${saved} 张，少了 ${wanted - saved} 张`}</Text>
      <Text id="poses-effect" className="made__text">
        次数已退回，做好的图都归您。
      </Text>
      <Button id="poses-retry" tone="secondary" size="small" isBusy={isRetrying} onClick={onRetry}>
        <Icon name="refresh" size={16} />
        再做一套（1 次）
      </Button>
    </View>
  );
}

/** What a buyer of these pictures may ask about, in small print. */
export function Afterwards({ task }: { task: TaskDto }) {
  const isWhole = task.quotaEffect !== 'released';
  return (
    <View className="made__after">
      <Text id="poses-ai-label" className="made__fine">
        图片含 AI 生成标识，是法规要求的，请保留。
      </Text>
      {isWhole && (
        <Text id="poses-effect" className="made__fine">
          {effectWords(task)}
        </Text>
      )}
      <View className="made__next">
        <Button
          id="poses-again-photo"
          tone="quiet"
          size="small"
          onClick={() => replaceWith('pose', { again: task.id })}
        >
          换个场景再做
        </Button>
        <Button id="poses-again" tone="quiet" size="small" onClick={() => replaceWith('pose')}>
          换件衣服
        </Button>
      </View>
    </View>
  );
}
