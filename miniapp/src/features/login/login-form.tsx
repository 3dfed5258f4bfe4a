import { Text, View } from '@tarojs/components';
import { codeField, digitField } from '../../platform/screen';
import { spoken } from '../../platform/spoken';
import { goTo } from '../../routes';
import { Button } from '../../ui/button';
import { Checkbox } from '../../ui/checkbox';
import { Field } from '../../ui/field';
import { Hint } from '../../ui/notice';
import type { LoginForm as Form } from './use-login';
import './login-form.scss';

/** By phone: number, code, consent. */
export function LoginForm({ form }: { form: Form }) {
  return (
    <View className="login-form">
      <Field
        id="login-phone"
        label="手机号"
        placeholder="11 位手机号"
        value={form.phone}
        error={form.errors.phone ?? null}
        keyboard={digitField}
        lengthMax={11}
        onInput={form.setPhone}
      />
      <Field
        id="login-code"
        label="验证码"
        placeholder="6 位数字"
        value={form.code}
        error={form.errors.code ?? null}
        hint={form.waitSeconds > 0 ? '验证码已发送，请查看短信' : undefined}
        keyboard={codeField}
        lengthMax={80}
        focusTurn={form.codeFocusTurn}
        onInput={form.setCode}
        onConfirm={() => void form.submit()}
        trailing={
          <Button
            id="login-send"
            tone="quiet"
            size="small"
            isBusy={form.busyWith === 'code'}
            isDisabled={form.waitSeconds > 0}
            onClick={() => void form.sendCode()}
          >
            {form.waitSeconds > 0 ? `${form.waitSeconds} 秒后重发` : '获取验证码'}
          </Button>
        }
      />
      <Consent form={form} />
      {form.errors.form && <Hint tone="danger">{form.errors.form}</Hint>}
      <Button id="login-submit" isBusy={form.busyWith === 'phone'} onClick={() => void form.submit()}>
        登录 / 注册
      </Button>
      <View className="login-form__remark">未注册的手机号验证后自动注册</View>
    </View>
  );
}

function Consent({ form }: { form: Form }) {
  return (
    <View className={`login-form__consent${form.errors.consent ? ' login-form__consent--missing' : ''}`}>
      <Checkbox
        id="login-consent"
        isChecked={form.hasConsent}
        label="同意用户协议和隐私政策"
        onChange={form.setConsent}
      >
        我已阅读并同意
        <Link id="login-agreement" onClick={() => goTo('agreement')}>
          《用户协议》
        </Link>
        和
        <Link id="login-privacy" onClick={() => goTo('privacy')}>
          《隐私政策》
        </Link>
      </Checkbox>
      {form.errors.consent && (
        <View id="login-consent-error" className="login-form__error" {...spoken({ role: 'alert', live: 'assertive' })}>
          {form.errors.consent}
        </View>
      )}
    </View>
  );
}

function Link({ id, children, onClick }: { id: string; children: string; onClick: () => void }) {
  return (
    <Text id={id} className="login-form__link" onClick={onClick} {...spoken({ role: 'link' })}>
      {children}
    </Text>
  );
}
