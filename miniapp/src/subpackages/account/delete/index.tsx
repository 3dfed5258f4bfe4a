import { Text, View } from '@tarojs/components';
import { useDidShow } from '@tarojs/taro';
import { useState } from 'react';
import { toProblem } from '../../../api/problem';
import { PageShell } from '../../../features/shell/page-shell';
import { SignInPrompt } from '../../../features/shell/sign-in-prompt';
import { ask, tell, toast } from '../../../platform/feedback';
import { goBack, goTo } from '../../../routes';
import { loadMembership, useMembership } from '../../../state/membership';
import { deleteAccount, useSession } from '../../../state/session';
import { Button } from '../../../ui/button';
import { Checkbox } from '../../../ui/checkbox';
import { Hint } from '../../../ui/notice';
import './index.scss';

const consequences = [
  '手机号和微信绑定会被清除，之后用同一手机号登录是一个全新的账号。',
  '全部照片和作品会被删除，无法恢复。请先保存需要的图片。',
  '剩余次数和会员有效期一并作废，不能转移。',
  '为了对账和合规，交易流水会保留，但不再含有您的姓名、手机号等信息。',
];

/** The second step of leaving for good: read, tick, and confirm once more in the system's own dialog. */
export default function DeleteAccountPage() {
  const { session } = useSession();
  const { membership } = useMembership();
  const [isUnderstood, setIsUnderstood] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  useDidShow(() => void loadMembership());

  async function remove(): Promise<void> {
    const question = { title: '确定注销账号？', content: '注销后立即生效，无法撤销。', confirmText: '注销' };
    if (isBusy || !(await ask({ ...question, isDangerous: true }))) return;

    setIsBusy(true);
    try {
      await deleteAccount();
      goTo('workspace');
      toast('账号已注销，个人信息已清除');
    } catch (thrown) {
      setIsBusy(false);
      await tell('没有注销', toProblem(thrown).message);
    }
  }

  // While leaving, the page stays as it was: there is no seller any more to ask to sign in.
  if (session === null && !isBusy) {
    return (
      <PageShell title="注销账号">
        <SignInPrompt title="您还没有登录" text="登录后才能注销账号。" />
      </PageShell>
    );
  }
  return (
    <PageShell title="注销账号">
      <View className="delete">
        <Text className="delete__title">注销前请确认</Text>
        {consequences.map((consequence) => (
          <View key={consequence} className="delete__line">
            <View className="delete__dot" />
            <Text>{consequence}</Text>
          </View>
        ))}
        {membership !== null && membership.quotaRemaining > 0 && (
          <View className="delete__hint">
            <Hint tone="warning">{`您还有 ${membership.quotaRemaining} 次没有使用，注销后将作废。`}</Hint>
          </View>
        )}
      </View>
      <View className="delete__consent">
        <Checkbox
          id="delete-understood"
          isChecked={isUnderstood}
          label="我已了解后果，仍要注销"
          onChange={setIsUnderstood}
        >
          我已了解以上后果，仍要注销账号
        </Checkbox>
      </View>
      <View className="delete__actions">
        <Button id="delete-cancel" onClick={goBack}>
          暂不注销
        </Button>
        <Button
          id="delete-confirm"
          tone="danger"
          isDisabled={!isUnderstood}
          isBusy={isBusy}
          onClick={() => void remove()}
        >
          注销账号
        </Button>
      </View>
    </PageShell>
  );
}
