import Taro from '@tarojs/taro';
import type { Cashier, PayOutcome } from './types';

export const cashier: Cashier = {
  isOpen: async () => true,
  pay: (payment) =>
    new Promise<PayOutcome>((resolve) => {
      void Taro.requestPayment({
        ...payment,
        success: () => resolve('success'),
        fail: (failure) => resolve(/cancel/i.test(failure.errMsg) ? 'cancelled' : 'failed'),
      });
    }),
};
