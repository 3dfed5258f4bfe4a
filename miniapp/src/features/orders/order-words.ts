import type { OrderDto } from '@suyi/shared-types';
import type { TagTone } from '../../ui/tag';
import { clockWords, momentWords, yuanWords } from '../../ui/wording';

export interface StatusWords {
  text: string;
  tone: TagTone;
}

/** An order's state in the seller's words. Some of a paid order's money may have been sent back. */
export function statusWords({ status, refundedFen }: OrderDto): StatusWords {
  switch (status) {
    case 'created':
    case 'awaiting':
      return { text: '待支付', tone: 'warning' };
    case 'paid':
      if (refundedFen > 0) return { text: `已退款 ¥${yuanWords(refundedFen)}`, tone: 'grey' };
      return { text: '已支付', tone: 'accent' };
    case 'refunding':
      return { text: '退款中', tone: 'warning' };
    case 'refunded':
      return { text: '已退款', tone: 'grey' };
    case 'closed':
      return { text: '已关闭', tone: 'grey' };
  }
}

/** An order in one line, where there is no room for more. */
export function lineWords(order: OrderDto): string {
  const price = `¥${yuanWords(order.priceFen)}`;
  if (order.status === 'paid' && order.refundedFen > 0) return `实付 ${price}，已退 ¥${yuanWords(order.refundedFen)}`;
  return `${price} ${statusWords(order).text}`;
}

export function isOpen({ status }: OrderDto): boolean {
  return status === 'created' || status === 'awaiting';
}

/** Whether its time to be paid is not over. */
export function isPayable(order: OrderDto, now = Date.now()): boolean {
  return isOpen(order) && Date.parse(order.payBefore) > now;
}

/** What there is to know beyond the state: until when to pay, or what becomes of the money. Null: nothing. */
export function noteWords(order: OrderDto, mayBePaid: boolean, now = Date.now()): string | null {
  if (isOpen(order)) {
    if (mayBePaid) return '正在确认支付结果，钱不会丢，确认后次数自动到账';
    if (isPayable(order, now)) return `请在 ${clockWords(order.payBefore)} 前支付，过时自动关闭`;
    return '支付时间已过，没有收到付款的话会自动关闭';
  }
  if (order.status === 'refunding') return '款项正在原路退回，到账时间以付款方式为准';
  if (order.status === 'refunded') return `¥${yuanWords(order.refundedFen)} 已原路退回`;
  if (order.status === 'paid' && order.refundedFen > 0) return '退款已原路退回，其余部分照常有效';
  return null;
}

/** What is said under the name: when and how it was paid, or, before that, what it would bring. */
export function detailWords(order: OrderDto, wayName: string | null): string {
  if (order.paidAt === null) return `${order.uses} 次制作，${order.days} 天有效`;
  const paid = `${momentWords(order.paidAt)} 付款`;
  return wayName ? `${paid} · ${wayName}` : paid;
}
