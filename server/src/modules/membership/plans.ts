import type { PaymentChannel } from '@suyi/shared-types';

export type Plan = {
  id: string;
  name: string;
  priceFen: number;
  uses: number;
  days: number;
  channels: PaymentChannel[];
};

/** What is on sale. An order copies the words and the price: changing them here changes no order that exists. */
export const plans: readonly Plan[] = [
  {
    id: 'monthly',
    name: '素衣会员 · 30 天 100 次',
    priceFen: 9_900,
    uses: 100,
    days: 30,
    channels: ['wechat_jsapi', 'wechat_virtual', 'alipay_wap'],
  },
];

export const findPlan = (planId: string): Plan | null => plans.find((plan) => plan.id === planId) ?? null;
