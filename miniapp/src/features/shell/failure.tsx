import { Text, View } from '@tarojs/components';
import type { ApiProblem } from '../../api/problem';
import { spoken } from '../../platform/spoken';
import { backWords, useIsBack } from '../../state/connection';
import { Button } from '../../ui/button';
import { Icon, type IconName } from '../../ui/icon';
import { Notice } from '../../ui/notice';

interface FailureProps {
  problem: ApiProblem;
  onRetry: () => void;
  /** Where to go when what was asked for is gone and asking again is pointless. */
  onLeave?: () => void;
}

/** Loading failed and there is nothing older to show. */
export function Failure({ problem, onRetry, onLeave }: FailureProps) {
  const isBack = useIsBack(problem);
  const isGone = problem.status === 404 && onLeave !== undefined;
  return (
    <Notice
      icon={iconOf(problem)}
      tone="danger"
      title={isGone ? '没有找到' : titleOf(problem, isBack)}
      text={isBack ? backWords : problem.message}
    >
      <Button
        id={isGone ? 'failure-leave' : 'failure-retry'}
        tone="secondary"
        size="small"
        onClick={isGone ? onLeave : onRetry}
      >
        {isGone ? '返回' : '重新加载'}
      </Button>
      {problem.requestId && <Text className="notice__id">{`请求编号 ${problem.requestId}`}</Text>}
    </Notice>
  );
}

/** The same where only a part of a page is missing. */
export function RetryLine({ id, problem, onRetry }: { id: string; problem: ApiProblem; onRetry: () => void }) {
  const isBack = useIsBack(problem);
  return (
    <View className="retry-line" {...spoken({ role: 'alert' })}>
      <Icon name={iconOf(problem)} />
      <Text className="retry-line__text">{isBack ? backWords : problem.message}</Text>
      <Button id={id} tone="secondary" size="small" onClick={onRetry}>
        重试
      </Button>
    </View>
  );
}

function iconOf(problem: ApiProblem): IconName {
  return problem.code === 'offline' ? 'offline' : 'alert';
}

function titleOf(problem: ApiProblem, isBack: boolean): string {
  return problem.code === 'offline' && !isBack ? '网络未连接' : '没有加载出来';
}
