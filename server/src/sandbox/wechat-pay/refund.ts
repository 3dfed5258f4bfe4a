import { clock } from '../../lib/clock';
import { WechatPayFault } from './fault';
import type { Parcel } from './notifications';
import { randomDigits, shanghaiTime, type SandboxOrder } from './orders';

/** CLOSED: it came to nothing. ABNORMAL: the buyer's card takes no money, and the merchant has to act at the console. */
export type RefundEnd = 'SUCCESS' | 'ABNORMAL' | 'CLOSED';

export type SandboxRefund = {
  outRefundNo: string;
  refundId: string;
  outTradeNo: string;
  transactionId: string;
  totalFen: number;
  refundFen: number;
  status: 'PROCESSING' | RefundEnd;
  reason: string | null;
  /** Null: nobody is told how it ends. */
  notifyUrl: string | null;
  atConsole: boolean;
  /** Epoch milliseconds, as all times here. */
  createdAt: number;
  succeededAt: number | null;
};

const receivedBy = '支付用户零钱';
const summaries = { SUCCESS: '退款成功', ABNORMAL: '退款异常', CLOSED: '退款关闭' } as const;

/** A refund of this order that nobody has looked at yet, under a number as the console gives them. */
export function newRefund(order: SandboxOrder, refundFen: number): SandboxRefund {
  return {
    outRefundNo: randomDigits(28),
    refundId: `5030${randomDigits(25)}`,
    outTradeNo: order.outTradeNo,
    transactionId: order.transactionId ?? '',
    totalFen: order.totalFen,
    refundFen,
    status: 'PROCESSING',
    reason: null,
    notifyUrl: null,
    atConsole: false,
    createdAt: clock.now(),
    succeededAt: null,
  };
}

/** The refund as WeChat Pay answers it. */
export function describeRefund(refund: SandboxRefund): Record<string, unknown> {
  return {
    ...numbersOf(refund),
    channel: 'ORIGINAL',
    user_received_account: receivedBy,
    create_time: shanghaiTime(refund.createdAt),
    status: refund.status,
    funds_account: 'UNSETTLED',
    amount: {
      ...amountsOf(refund),
      from: [],
      settlement_refund: refund.refundFen,
      settlement_total: refund.totalFen,
      discount_refund: 0,
      currency: 'CNY',
    },
    promotion_detail: [],
  };
}

/** The refund as WeChat Pay tells of its end. */
export function refundParcel(refund: SandboxRefund, url: string, mchid: string): Parcel {
  if (refund.status === 'PROCESSING') {
    throw new WechatPayFault(400, 'INVALID_REQUEST', '退款还没有结束，没有通知可发');
  }
  return {
    outTradeNo: refund.outTradeNo,
    url,
    eventType: `REFUND.${refund.status}`,
    originalType: 'refund',
    summary: summaries[refund.status],
    resource: {
      mchid,
      ...numbersOf(refund),
      refund_status: refund.status,
      amount: amountsOf(refund),
      user_received_account: receivedBy,
    },
  };
}

const numbersOf = (refund: SandboxRefund) => ({
  out_trade_no: refund.outTradeNo,
  transaction_id: refund.transactionId,
  out_refund_no: refund.outRefundNo,
  refund_id: refund.refundId,
  ...(refund.succeededAt === null ? {} : { success_time: shanghaiTime(refund.succeededAt) }),
});

const amountsOf = (refund: SandboxRefund) => ({
  total: refund.totalFen,
  refund: refund.refundFen,
  payer_total: refund.totalFen,
  payer_refund: refund.refundFen,
});
