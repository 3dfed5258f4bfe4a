import { Text, View } from '@tarojs/components';
import type { ReactNode } from 'react';
import type { ApiProblem } from '../api/problem';
import { spoken } from '../platform/spoken';
import { backWords, useIsBack } from '../state/connection';
import { Button } from './button';
import { Icon, type IconName } from './icon';
import './notice.scss';

interface NoticeProps {
  icon: IconName;
  title: string;
  text?: string;
  tone?: 'calm' | 'danger';
  children?: ReactNode;
}

/** A whole-page state: nothing here yet, signed out, or gone wrong. Always says what to do next. */
export function Notice({ icon, title, text, tone = 'calm', children }: NoticeProps) {
  return (
    <View className="notice" {...spoken({ role: tone === 'danger' ? 'alert' : 'status' })}>
      <View className={`notice__sign notice__sign--${tone}`}>
        <Icon name={icon} size={32} />
      </View>
      <Text className="notice__title">{title}</Text>
      {text && <Text className="notice__text">{text}</Text>}
      {children && <View className="notice__actions">{children}</View>}
    </View>
  );
}

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

/** One line under a heading or a list: loading more failed, a hint, a warning. */
export function Hint({
  id,
  tone,
  children,
}: {
  id?: string;
  tone: 'info' | 'warning' | 'danger';
  children: ReactNode;
}) {
  return (
    <View
      id={id}
      className={`hint hint--${tone}`}
      {...spoken({ role: tone === 'danger' ? 'alert' : 'status', live: 'polite' })}
    >
      <Icon name={tone === 'info' ? 'info' : 'alert'} size={16} />
      <View className="hint__text">{children}</View>
    </View>
  );
}
