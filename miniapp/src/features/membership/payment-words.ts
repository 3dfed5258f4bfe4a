import type { ConfirmedOrderDto, OrderDto } from '@suyi/shared-types';
import type { SeenResult } from '../../state/payment';
import type { IconName } from '../../ui/icon';
import { yuanWords } from '../../ui/wording';

export interface PaymentWords {
  icon: IconName;
  title: string;
  text: string;
}

/** What the seller reads of how a payment stands. That nothing was taken is said only where it is certain. */
export function paymentWords({ state, order }: SeenResult): PaymentWords {
  switch (state) {
    case 'paid':
      return { icon: 'check', title: '支付成功', text: paidWords(order) };
    case 'confirming':
      return {
        icon: 'clock',
        title: '正在确认支付结果',
        text: order.isCertain
          ? '支付结果还没有传到我们这里。钱不会丢：确认后次数自动到账，您可以先离开。'
          : '支付平台暂时没有回应。如果已经付款，钱不会丢：确认后次数自动到账，您可以先离开。',
      };
    case 'refunding':
      return {
        icon: 'refresh',
        title: '退款中',
        text: '款项正在原路退回，到账时间以付款方式为准。没有用的次数已收回，如果退款没有成功会还给您。',
      };
    case 'refunded':
      return {
        icon: 'receipt',
        title: '已退款',
        text: `¥${yuanWords(order.refundedFen)} 已原路退回，没有用的次数已收回。`,
      };
    case 'closed':
      return { icon: 'info', title: '订单已关闭', text: '这个订单没有支付，已自动关闭。没有扣款。' };
    case 'refused':
      return {
        icon: 'alert',
        title: '支付没有完成',
        text: '没有收到付款，请稍后再试。如果刚刚付过，请再查一次，钱不会丢。',
      };
    case 'blocked':
      return {
        icon: 'alert',
        title: '微信没有受理这次支付',
        text: '可能是账号或交易受到限制，没有收到付款。请联系客服，我们帮您查明原因。',
      };
    case 'ios_closed':
      return {
        icon: 'info',
        title: 'iPhone 和 iPad 上暂时不能购买',
        text: '这里的购买还没有开放，没有收到付款。已有的次数照常使用。',
      };
    case 'unpaid':
      return {
        icon: 'info',
        title: '未支付',
        text: '没有收到付款，可以重新支付。如果刚刚付过，请再查一次，钱不会丢。',
      };
  }
}

/** What is said after the seller asked by hand and nothing is known yet: that it was asked. */
export function askedWords({ isCertain }: ConfirmedOrderDto): string {
  if (isCertain) return '刚刚查过，支付结果还没有到，再等一会儿';
  return '刚刚查过，支付平台还没有回应，再等一会儿';
}

function paidWords(order: OrderDto): string {
  if (order.refundedFen > 0) return `已支付，其中 ¥${yuanWords(order.refundedFen)} 已原路退回。`;
  return `${order.uses} 次已到账，${order.days} 天内有效`;
}
