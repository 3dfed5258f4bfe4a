import type { PaymentChannel } from '@suyi/shared-types';
import type { Cashier } from './types';

/** The browser around the page, as far as paying asks for it. */
export interface Surroundings {
  userAgent: string;
  leaveFor: (address: string) => void;
}

const names: Record<PaymentChannel, string> = {
  wechat_jsapi: '微信支付',
  wechat_virtual: '微信小程序',
  alipay_wap: '支付宝',
};

/** A browser cannot pay by WeChat: only the sandbox's cashier stands there for it. Each cashier leads back to a page anew. */
export function openCashier({ userAgent, leaveFor }: Surroundings): Cashier {
  // WeChat's own browser does not open Alipay's pages.
  const isInWechat = /MicroMessenger/i.test(userAgent);

  return {
    async findWays(probe) {
      const ways: PaymentChannel[] = isInWechat ? [] : ['alipay_wap'];
      return (await probe()) ? [...ways, 'wechat_jsapi'] : ways;
    },
    whyClosed(offered) {
      if (offered.some((channel) => channel !== 'alipay_wap')) {
        return '请在微信小程序内购买。网页版不能支付，购买后在这里同样可用。';
      }
      if (offered.length > 0) return '微信里打不开支付宝，请用手机浏览器打开这个网页购买。';
      return '购买暂未开放，请稍后再来。已有的次数不受影响。';
    },
    nameOf: (channel) => names[channel],
    async pay(payable, returnPath) {
      if (payable.channel === 'wechat_virtual') return 'failed';
      leaveFor(payable.channel === 'alipay_wap' ? payable.payment.url : sandboxCashier(payable.payment, returnPath));
      return 'left';
    },
  };
}

function sandboxCashier(payment: { package: string }, returnPath: string): string {
  const prepayId = payment.package.replace(/^prepay_id=/, '');
  return `/sandbox/cashier?prepay_id=${encodeURIComponent(prepayId)}&return=${encodeURIComponent(`/#${returnPath}`)}`;
}

export const cashier: Cashier = openCashier({
  userAgent: navigator.userAgent,
  leaveFor(address) {
    // Who comes back by the browser's back button gets the page as it was left: load it, so that it asks how things stand.
    window.addEventListener('pageshow', (event) => event.persisted && window.location.reload(), { once: true });
    window.location.assign(address);
  },
});
