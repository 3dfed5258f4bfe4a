import { act, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { phone, resetPhone } from '../stand-ins/taro';
import { LoginForm } from '../../src/features/login/login-form';
import { codeIn, useLogin } from '../../src/features/login/use-login';
import { WechatLogin } from '../../src/features/login/wechat-login';
import { restoreSession, useSession } from '../../src/state/session';
import { problemBody, sampleSession } from './samples';

const entered = jest.fn();

function LoginPage() {
  const form = useLogin(entered);
  return (
    <>
      <LoginForm form={form} />
      <WechatLogin form={form} />
    </>
  );
}

beforeEach(() => {
  resetPhone();
  restoreSession();
  useSession.setState({ session: null });
  entered.mockClear();
});

const byId = (id: string) => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no #${id} on the page`);
  return found;
};
const tap = async (id: string) => act(async () => void fireEvent.click(byId(id)));
const type = (id: string, value: string) => fireEvent.change(byId(id), { target: { value } });

it.each([
  ['123456', '123456'],
  ['【素衣】验证码 654321，5 分钟内有效', '654321'],
  ['12 34 56', '123456'],
  ['手机 13800138000 的验证码是 908070', '908070'],
  ['12a3', '123'],
])('finds the code in 「%s」', (words, code) => {
  expect(codeIn(words)).toBe(code);
});

it('sends nothing personal before the seller agreed', async () => {
  render(<LoginPage />);
  type('login-phone', '13800138000');
  type('login-code', '123456');

  await tap('login-send');
  await tap('login-submit');
  await tap('login-wechat');
  await tap('login-wechat-only');

  expect(phone.sent).toHaveLength(0);
  expect(byId('login-consent-error').textContent).toContain('请先阅读并同意');
  expect(byId('login-wechat').getAttribute('data-open-type')).toBeNull();
});

it('says under the phone field what is wrong with it', async () => {
  render(<LoginPage />);
  type('login-phone', '1380013');

  await tap('login-submit');

  expect(byId('login-phone-error').textContent).toBe('请输入 11 位手机号。');
});

it('sends a code once, counts down, and lets the seller in', async () => {
  phone.answer = ({ url }) =>
    url.endsWith('/send-code')
      ? { statusCode: 200, data: { resendAfterSeconds: 12, expiresInSeconds: 300 } }
      : { statusCode: 200, data: sampleSession() };
  render(<LoginPage />);
  type('login-phone', '13800138000');
  await tap('login-consent');

  await tap('login-send');
  await tap('login-send');
  expect(phone.sent).toHaveLength(1);
  expect(phone.sent[0]?.header?.['X-Device-Id']).toMatch(/^\w{8,64}$/);
  expect(byId('login-send').textContent).toMatch(/^1[12] 秒后重发$/);

  type('login-code', '验证码 123456');
  await tap('login-submit');

  expect(JSON.parse(phone.sent[1]?.data ?? '')).toEqual({ phone: '13800138000', code: '123456', wxCode: 'wx-code' });
  expect(useSession.getState().session?.user.id).toBe('user_1');
  expect(entered).toHaveBeenCalledTimes(1);
});

it('puts a wrong code under the code field and stays', async () => {
  phone.answer = () => problemBody(400, 'code_wrong', '验证码不正确，请核对后重新输入。');
  render(<LoginPage />);
  type('login-phone', '13900139000');
  type('login-code', '000000');
  await tap('login-consent');

  await tap('login-submit');

  expect(byId('login-code-error').textContent).toBe('验证码不正确，请核对后重新输入。');
  expect(byId('login-code')).toHaveProperty('value', '');
  expect(entered).not.toHaveBeenCalled();
});

it('opens WeChat’s phone window only after consent, and enters without a number too', async () => {
  phone.answer = () => ({ statusCode: 200, data: sampleSession() });
  render(<LoginPage />);
  await waitFor(() => screen.getByText('微信手机号快捷登录'));
  await tap('login-consent');
  expect(byId('login-wechat').getAttribute('data-open-type')).toBe('getPhoneNumber');

  await tap('login-wechat-only');

  expect(JSON.parse(phone.sent[0]?.data ?? '')).toEqual({ wxCode: 'wx-code' });
  expect(entered).toHaveBeenCalledTimes(1);
});
