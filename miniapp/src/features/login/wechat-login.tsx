import { Text, View } from '@tarojs/components';
import type { ButtonProps } from '@tarojs/components';
import { useEffect, useState } from 'react';
import { hasSandbox } from '../../api/sandbox';
import { toast } from '../../platform/feedback';
import { wechatDoor } from '../../platform/login';
import { spoken } from '../../platform/spoken';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import type { LoginForm } from './use-login';

type PhoneAnswer = Parameters<NonNullable<ButtonProps['onGetPhoneNumber']>>[0];

/**
 * By WeChat, with or without the phone number: WeChat asks for it in its own window, and refusing it still lets the
 * seller in. Before consent the button is a plain one, so that WeChat's window cannot open.
 */
export function WechatLogin({ form }: { form: LoginForm }) {
  const [isOpen, setIsOpen] = useState(false);
  useEffect(() => {
    void wechatDoor.isOpen(hasSandbox).then(setIsOpen);
  }, []);
  if (!isOpen) return null;

  const asksForPhone = wechatDoor.hasPhoneButton && form.hasConsent;
  return (
    <View className="login-form__wechat">
      <View className="login-form__or">
        <Text>或</Text>
      </View>
      <Button
        id="login-wechat"
        tone="secondary"
        isBusy={form.busyWith === 'wechat'}
        openType={asksForPhone ? 'getPhoneNumber' : undefined}
        onGetPhoneNumber={(event) => onPhoneAnswer(event, form)}
        onClick={asksForPhone ? undefined : () => void enterOrAskConsent(form)}
      >
        <Icon name="chat" />
        {wechatDoor.hasPhoneButton ? '微信手机号快捷登录' : '微信登录'}
      </Button>
      {wechatDoor.hasPhoneButton && (
        <View
          id="login-wechat-only"
          className="login-form__plain"
          onClick={() => void form.enterByWechat()}
          {...spoken({ role: 'button' })}
        >
          不提供手机号，仅用微信登录
        </View>
      )}
    </View>
  );
}

async function enterOrAskConsent(form: LoginForm): Promise<void> {
  if (!form.requireConsent() || wechatDoor.hasPhoneButton) return;
  await form.enterByWechat();
}

/** Out of quota or refused, the number is not there: the other two ways in stay open, and the seller is told. */
function onPhoneAnswer(event: PhoneAnswer, form: LoginForm): void {
  const { code, errMsg } = event.detail;
  if (code) void form.enterByWechat(code);
  else toast(/deny|cancel/i.test(errMsg) ? '未授权手机号，可选择其他方式登录' : '暂时无法获取手机号，请用验证码登录');
}
