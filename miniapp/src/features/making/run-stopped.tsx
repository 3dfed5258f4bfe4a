import { Text, View } from '@tarojs/components';
import type { ApiProblem } from '../../api/problem';
import { spoken } from '../../platform/spoken';
import { goTo } from '../../routes';
import { backWords, useIsBack } from '../../state/connection';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import './run-stopped.scss';

interface RunStoppedProps {
  /** The tool's, in front of every id. */
  tool: string;
  problem: ApiProblem;
  onRetry: () => void;
  onChooseAgain: () => void;
}

/** The run did not reach a task: why, what it cost (nothing), and the one next step that fits. */
export function RunStopped({ tool, problem, onRetry, onChooseAgain }: RunStoppedProps) {
  const isBack = useIsBack(problem);
  const needsMoney = problem.status === 402;
  const needsPhoto = problem.code.startsWith('media_') && !problem.isPassing;
  return (
    <View id={`${tool}-stopped`} className="stopped" {...spoken({ role: 'alert', live: 'assertive' })}>
      <View className="stopped__sign">
        <Icon name={problem.code === 'offline' ? 'offline' : 'alert'} size={24} />
      </View>
      <Text className="stopped__title">{needsMoney ? '还差一步' : '没有做成'}</Text>
      <Text className="stopped__reason">{isBack ? backWords : problem.message}</Text>
      <Text className="stopped__effect">{effectWords(problem)}</Text>
      <View className="stopped__actions">
        {needsMoney && (
          <Button id={`${tool}-buy`} onClick={() => goTo('membership')}>
            去开通会员
          </Button>
        )}
        {!needsPhoto && (
          <Button id={`${tool}-retry`} tone={needsMoney ? 'secondary' : 'primary'} onClick={onRetry}>
            {needsMoney ? '已开通，继续制作' : '重试'}
          </Button>
        )}
        <Button
          id={`${tool}-choose-again`}
          tone={needsPhoto ? 'primary' : 'quiet'}
          size={needsPhoto ? 'large' : 'small'}
          onClick={onChooseAgain}
        >
          换一张照片
        </Button>
      </View>
      {problem.requestId && <Text className="stopped__id">{`请求编号 ${problem.requestId}`}</Text>}
    </View>
  );
}

/** After a silence it is not known whether the server began: the same key makes a retry harmless, and that is said. */
function effectWords(problem: ApiProblem): string {
  const isRefused = problem.code === 'task_type_paused';
  return problem.isPassing && !isRefused ? '重试不会重复扣除次数。' : '没有扣除次数。';
}
