import Taro from '@tarojs/taro';
import type { JsapiPayment, VirtualPayment } from '@suyi/shared-types';
import type { Cashier, PayOutcome } from './types';

interface VirtualFailure {
  errMsg?: string;
  errCode?: number;
}

/** Taro has no type for it; it answers by callbacks only, never by a promise, and old WeChats do not have it. */
declare const wx: {
  requestVirtualPayment?: (
    wish: VirtualPayment & { success: () => void; fail: (failure: VirtualFailure) => void },
  ) => void;
};

/** WeChat's numbers for what went wrong with a virtual payment, as far as they are more than "it did not work". */
const outcomes: Record<number, PayOutcome> = {
  [-2]: 'cancelled',
  [-4]: 'blocked',
  [-5]: 'unknown',
  [-15002]: 'number_used',
  [-15007]: 'session_expired',
  [-15012]: 'number_used',
  [-15017]: 'blocked',
  [-15019]: 'blocked',
  [-15021]: 'blocked',
};

export const cashier: Cashier = {
  findWays: async () =>
    typeof wx.requestVirtualPayment === 'function' ? ['wechat_virtual', 'wechat_jsapi'] : ['wechat_jsapi'],
  whyClosed: (offered) =>
    offered.includes('wechat_virtual')
      ? '当前微信版本较旧，还不能支付。请把微信更新到最新版本后再试，已有的次数不受影响。'
      : '购买暂未开放，请稍后再来。已有的次数不受影响。',
  // WeChat forbids to name other ways of paying, and has only its own.
  nameOf: () => null,
  async pay(payable) {
    if (payable.channel === 'wechat_virtual') return payVirtually(payable.payment);
    if (payable.channel === 'wechat_jsapi') return payByJsapi(payable.payment);
    return 'failed';
  },
};

function payByJsapi(payment: JsapiPayment): Promise<PayOutcome> {
  return new Promise((resolve) => {
    void Taro.requestPayment({
      ...payment,
      success: () => resolve('success'),
      fail: (failure) => resolve(/cancel/i.test(failure.errMsg) ? 'cancelled' : 'failed'),
    });
  });
}

/** `signData` is handed on as the text it came as: written anew, its signatures would no longer fit. */
function payVirtually({ mode, signData, paySig, signature }: VirtualPayment): Promise<PayOutcome> {
  return new Promise((resolve) => {
    if (!wx.requestVirtualPayment) return resolve('failed');
    wx.requestVirtualPayment({
      mode,
      signData,
      paySig,
      signature,
      success: () => resolve('success'),
      fail: (failure) => resolve(outcomeOf(failure)),
    });
  });
}

function outcomeOf({ errCode = 0, errMsg = '' }: VirtualFailure): PayOutcome {
  const known = outcomes[errCode];
  if (known) return known;
  if (/\bios\b/i.test(errMsg)) return 'ios_closed';
  return /cancel/i.test(errMsg) ? 'cancelled' : 'failed';
}
