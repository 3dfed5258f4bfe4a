import { Phone, type SessionDto } from '@suyi/shared-types';
import { useEffect, useState } from 'react';
import * as authApi from '../../api/auth';
import { ApiProblem, toProblem } from '../../api/problem';
import { wechatDoor } from '../../platform/login';
import { deviceId } from '../../state/device';
import { openSession } from '../../state/session';

/** Until when each number has to wait for its next code. Outlives the page: leaving and coming back is no way round. */
const resendAt = new Map<string, number>();

interface Errors {
  phone?: string;
  code?: string;
  consent?: string;
  form?: string;
}

export interface LoginForm {
  phone: string;
  code: string;
  hasConsent: boolean;
  errors: Errors;
  waitSeconds: number;
  busyWith: 'code' | 'phone' | 'wechat' | null;
  setPhone: (value: string) => void;
  setCode: (value: string) => void;
  setConsent: (value: boolean) => void;
  /** False, and says so at the box, while the seller has not agreed. */
  requireConsent: () => boolean;
  sendCode: () => Promise<void>;
  /** Moves on with each wish to have the code's field typed into next. */
  codeFocusTurn: number;
  submit: () => Promise<void>;
  enterByWechat: (phoneCode?: string) => Promise<void>;
}

const consentWords = '请先阅读并同意《用户协议》和《隐私政策》。';

/** The two doors, by phone and by WeChat. Nothing personal is sent before the seller agreed. */
export function useLogin(onEntered: () => void): LoginForm {
  const [phone, setPhone] = useState('');
  const { code, setCode, codeFocusTurn, askForCode } = useCode();
  const [hasConsent, setHasConsent] = useState(false);
  const [errors, setErrors] = useState<Errors>({});
  const [busyWith, setBusyWith] = useState<LoginForm['busyWith']>(null);
  const [waitSeconds, wait] = useResendWait(phone);

  function requireConsent(): boolean {
    if (!hasConsent) setErrors({ consent: consentWords });
    return hasConsent;
  }

  async function busy(what: LoginForm['busyWith'], act: () => Promise<void>): Promise<void> {
    if (busyWith !== null) return;
    setBusyWith(what);
    setErrors({});
    try {
      await act();
    } catch (thrown) {
      setErrors(placeOf(toProblem(thrown)));
    } finally {
      setBusyWith(null);
    }
  }

  async function sendCode(): Promise<void> {
    if (!isPhone(phone)) return setErrors({ phone: '请输入 11 位手机号。' });
    if (waitSeconds > 0 || !requireConsent()) return;

    await busy('code', async () => {
      try {
        const { resendAfterSeconds } = await authApi.sendCode(phone, deviceId());
        wait(resendAfterSeconds);
        askForCode();
      } catch (thrown) {
        if (thrown instanceof ApiProblem && thrown.code === 'code_too_often') wait(thrown.retryAfterSeconds ?? 0);
        throw thrown;
      }
    });
  }

  async function submit(): Promise<void> {
    if (!isPhone(phone)) return setErrors({ phone: '请输入 11 位手机号。' });
    if (!/^\d{6}$/.test(code)) return setErrors({ code: '请输入短信里的 6 位数字。' });
    if (!requireConsent()) return;

    await busy('phone', async () => {
      const wxCode = (await wechatDoor.findCodeForPhoneLogin()) ?? undefined;
      try {
        enter(await authApi.loginByPhone({ phone, code, wxCode }));
      } catch (thrown) {
        if (thrown instanceof ApiProblem && thrown.code.startsWith('code_')) askForCode();
        throw thrown;
      }
    });
  }

  async function enterByWechat(phoneCode?: string): Promise<void> {
    if (!requireConsent()) return;
    await busy('wechat', async () => {
      enter(await authApi.loginByWechat({ wxCode: await wechatDoor.getCode(), phoneCode }));
    });
  }

  function enter(session: SessionDto): void {
    openSession(session);
    onEntered();
  }

  return {
    phone,
    code,
    hasConsent,
    errors,
    waitSeconds,
    busyWith,
    codeFocusTurn,
    setPhone: (value) => {
      setPhone(value.trim());
      setErrors({});
    },
    setCode: (value) => {
      setCode(codeIn(value));
      setErrors({});
    },
    setConsent: (value) => {
      setHasConsent(value);
      setErrors({});
    },
    requireConsent,
    sendCode,
    submit,
    enterByWechat,
  };
}

/** The code in what was typed or pasted: 「【素衣】验证码 123456，5 分钟内有效」 gives 123456. */
export function codeIn(words: string): string {
  const whole = /(?:^|\D)(\d{6})(?:\D|$)/.exec(words);
  return whole?.[1] ?? words.replace(/\D/g, '').slice(0, 6);
}

function isPhone(value: string): boolean {
  return Phone.safeParse(value).success;
}

/** Under the field it is about; what is about none stands above the button. */
function placeOf(problem: ApiProblem): Errors {
  if (problem.code === 'phone_invalid' || problem.code === 'sms_refused') return { phone: problem.message };
  if (problem.code.startsWith('code_') && problem.code !== 'code_daily_limit') return { code: problem.message };
  if (problem.code === 'code_daily_limit') return { phone: problem.message };
  return { form: problem.message };
}

/** The code as typed; asked for anew, an earlier one is of no use any more. */
function useCode() {
  const [code, setCode] = useState('');
  const [codeFocusTurn, setCodeFocusTurn] = useState(0);

  function askForCode(): void {
    setCode('');
    setCodeFocusTurn((turn) => turn + 1);
  }

  return { code, setCode, codeFocusTurn, askForCode };
}

/** Seconds until this number may have its next code, and the way to begin such a wait. */
function useResendWait(phone: string): [number, (seconds: number) => void] {
  const [waitSeconds, startWaiting] = useCountdown(resendAt.get(phone) ?? 0);

  function wait(seconds: number): void {
    const until = Date.now() + seconds * 1000;
    resendAt.set(phone, until);
    startWaiting(until);
  }

  return [waitSeconds, wait];
}

/** Seconds left until a moment, counted down; and the way to set a new one. */
function useCountdown(initialUntil: number): [number, (until: number) => void] {
  const [until, setUntil] = useState(initialUntil);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => setUntil(initialUntil), [initialUntil]);

  const seconds = Math.max(0, Math.ceil((until - now) / 1000));
  useEffect(() => {
    if (until <= Date.now()) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [until]);

  return [seconds, setUntil];
}
