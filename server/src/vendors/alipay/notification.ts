import { z } from 'zod';
import { NotificationRejected, type NotificationInput } from '../payment/port';
import { ShanghaiMoment, YuanAsFen } from './fields';
import type { AlipayGateway } from './gateway';
import type { TradeFacts } from './trade';

const Common = z.object({
  notify_id: z.string().min(1).max(128),
  app_id: z.string(),
  seller_id: z.string().nullish(),
  charset: z.string().regex(/^utf-8$/i),
});

/** `refund_fee` is the sum of all refunds; `out_biz_no` is the number of the one that this notification tells of. */
const Notified = z.object({
  out_trade_no: z.string(),
  trade_no: z.string(),
  trade_status: z.string().min(1).max(40),
  total_amount: YuanAsFen,
  gmt_payment: ShanghaiMoment.nullish(),
  refund_fee: YuanAsFen.nullish(),
  out_biz_no: z.string().nullish(),
});

export type ReadForm = {
  eventId: string;
  eventType: string;
  /** Null: about something else than a payment. */
  trade: TradeFacts | null;
  refundNo: string | null;
};

/** The form that Alipay posts, believed only when its signature holds and it is about our app and our account. */
export function readForm(
  input: NotificationInput,
  gateway: AlipayGateway,
  us: { appId: string; sellerId: string },
): ReadForm {
  const pairs = [...new URLSearchParams(input.rawBody.toString('utf8'))];
  const fields = Object.fromEntries(pairs);
  // Of a field that comes twice one would be verified and the other might be read.
  if (Object.keys(fields).length !== pairs.length) throw new NotificationRejected('body');
  if (!gateway.isSigned(fields)) throw new NotificationRejected('signature');

  const said = Object.fromEntries(pairs.filter(([, value]) => value !== ''));
  const common = Common.safeParse(said);
  if (!common.success) throw new NotificationRejected('body');
  const { app_id: appId, seller_id: sellerId, notify_id: eventId } = common.data;
  if (appId !== us.appId || sellerId !== us.sellerId) throw new NotificationRejected('body');
  if (said.trade_status === undefined) {
    return { eventId, eventType: said.notify_type ?? 'unknown', trade: null, refundNo: null };
  }

  const notified = Notified.safeParse(said);
  if (!notified.success) throw new NotificationRejected('body');
  return {
    eventId,
    eventType: notified.data.trade_status,
    trade: factsOf(notified.data),
    refundNo: notified.data.refund_fee ? (notified.data.out_biz_no ?? null) : null,
  };
}

function factsOf(notified: z.infer<typeof Notified>): TradeFacts {
  return {
    outTradeNo: notified.out_trade_no,
    tradeNo: notified.trade_no,
    status: notified.trade_status,
    totalFen: notified.total_amount,
    currency: null,
    paidAt: notified.gmt_payment ?? null,
    refundedFen: notified.refund_fee ?? null,
  };
}
