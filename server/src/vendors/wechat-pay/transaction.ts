import { z } from 'zod';
import type { PaymentView } from './port';

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

/** Their words, in ours. */
export function paymentView(transaction: Transaction): PaymentView {
  return {
    outTradeNo: transaction.out_trade_no,
    tradeState: transaction.trade_state,
    transactionId: transaction.transaction_id || null,
    appid: transaction.appid || null,
    mchid: transaction.mchid,
    openid: transaction.payer?.openid || null,
    totalFen: transaction.amount?.total ?? null,
    currency: transaction.amount?.currency || null,
    paidAt: transaction.success_time ? Date.parse(transaction.success_time) : null,
  };
}
