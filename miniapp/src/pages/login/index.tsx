import { Text, View } from '@tarojs/components';
import { LoginForm } from '../../features/login/login-form';
import { useLogin } from '../../features/login/use-login';
import { WechatLogin } from '../../features/login/wechat-login';
import { PageShell } from '../../features/shell/page-shell';
import { goBack } from '../../routes';
import { useSession } from '../../state/session';
import { Hint } from '../../ui/notice';

export default function LoginPage() {
  const { endedBecause } = useSession();
  const form = useLogin(goBack);
  return (
    <PageShell title="登录">
      <View className="login-form__brand">
        <Text className="login-form__name">素衣</Text>
        <Text className="login-form__slogan">手机随手拍，就是白底主图</Text>
      </View>
      {endedBecause && (
        <View className="login-form__ended">
          <Hint id="login-ended" tone="warning">
            {endedBecause}
          </Hint>
        </View>
      )}
      <LoginForm form={form} />
      <WechatLogin form={form} />
    </PageShell>
  );
}
