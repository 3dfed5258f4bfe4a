import { z } from 'zod';
import type { PaymentView } from '../payment/port';
import { ShanghaiMoment, YuanAsFen } from './fields';

/** `alipay.trade.query`. `send_pay_date` is there once the money came, and stays there when it was sent back. */
export const Trade = z.object({
  out_trade_no: z.string(),
  trade_no: z.string().nullish(),
  trade_status: z.string(),
  total_amount: YuanAsFen,
  trans_currency: z.string().nullish(),
  send_pay_date: ShanghaiMoment.nullish(),
});

/** What an answer and a notification both say of a trade, each under names of its own. */
export type TradeFacts = {
  outTradeNo: string;
  tradeNo: string | null;
  status: string;
  totalFen: number;
  currency: string | null;
  paidAt: number | null;
  /** Null: not said. */
  refundedFen: number | null;
};

export function factsOf(trade: z.infer<typeof Trade>): TradeFacts {
  const wasSentBack = trade.trade_status === 'TRADE_CLOSED' && Boolean(trade.send_pay_date);
  return {
    outTradeNo: trade.out_trade_no,
    tradeNo: trade.trade_no ?? null,
    status: trade.trade_status,
    totalFen: trade.total_amount,
    currency: trade.trans_currency ?? null,
    paidAt: trade.send_pay_date ?? null,
    // A part that was sent back does not show in this answer: the trade stays TRADE_SUCCESS.
    refundedFen: wasSentBack ? trade.total_amount : null,
  };
}

/** Their words, in ours. Alipay names buyers in a way of its own, so there is no payer. */
export function paymentView(facts: TradeFacts, payee: string): PaymentView {
  return {
    channel: 'alipay_wap',
    outTradeNo: facts.outTradeNo,
    state: stateOf(facts),
    transactionId: facts.tradeNo,
    payee,
    payer: null,
    goods: null,
    totalFen: facts.totalFen,
    currency: facts.currency ?? 'CNY',
    paidAt: facts.paidAt,
    refundedFen: facts.refundedFen,
  };
}

/** One word of theirs, TRADE_CLOSED, means both that nobody paid in time and that all was sent back. */
function stateOf({ status, paidAt, refundedFen }: TradeFacts): PaymentView['state'] {
  const isSentBack = (refundedFen ?? 0) > 0;
  if (status === 'TRADE_SUCCESS' || status === 'TRADE_FINISHED') return isSentBack ? 'refunded' : 'paid';
  if (status === 'TRADE_CLOSED') return isSentBack || paidAt !== null ? 'refunded' : 'closed';
  return 'unpaid';
}
