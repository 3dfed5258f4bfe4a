import { z } from 'zod';
import type { PaymentView } from '../payment/port';

/** A payment as WeChat Pay writes it, in answers and inside notifications alike. An unpaid order has an empty payer. */
export const Transaction = z.object({
  out_trade_no: z.string(),
  trade_state: z.string(),
  mchid: z.string(),
  appid: z.string().nullish(),
  transaction_id: z.string().nullish(),
  success_time: z.iso.datetime({ offset: true }).nullish(),
  payer: z.object({ openid: z.string().nullish() }).nullish(),
  amount: z.object({ total: z.number().int().nonnegative().nullish(), currency: z.string().nullish() }).nullish(),
});
export type Transaction = z.infer<typeof Transaction>;

/** REFUND says only that a refund was begun: the money did come. Every other word (NOTPAY, USERPAYING, PAYERROR) is unpaid. */
const states = new Map<string, PaymentView['state']>([
  ['SUCCESS', 'paid'],
  ['REFUND', 'refunded'],
  ['CLOSED', 'closed'],
  ['REVOKED', 'closed'],
]);

/** Whom a payment went to, as one word. */
export const payeeOf = (app: { appid: string; mchid: string }): string => `${app.appid}/${app.mchid}`;

/** Their words, in ours. */
export function paymentView(transaction: Transaction): PaymentView {
  return {
    channel: 'wechat_jsapi',
    outTradeNo: transaction.out_trade_no,
    state: states.get(transaction.trade_state) ?? 'unpaid',
    transactionId: transaction.transaction_id || null,
    payee: payeeOf({ appid: transaction.appid ?? '', mchid: transaction.mchid }),
    payer: transaction.payer?.openid || null,
    goods: null,
    totalFen: transaction.amount?.total ?? null,
    currency: transaction.amount?.currency || null,
    paidAt: transaction.success_time ? Date.parse(transaction.success_time) : null,
    refundedFen: null, // They say that there are refunds, and not how much.
  };
}
