import { clock } from '../../lib/clock';
import type { Push } from '../wechat/push';
import { digits, wxpayNumber, type VirtualOrder, type VirtualRefund } from './orders';

const inSeconds = (ms: number | null): number => Math.floor((ms ?? clock.now()) / 1_000);

/** The buyer has paid, and the goods are due. */
export function deliveryPush(order: VirtualOrder): Push {
  const info = {
    MchOrderNo: order.wxOrderId,
    TransactionId: order.transactionId ?? wxpayNumber(),
    PaidTime: inSeconds(order.paidAt),
  };
  return {
    event: 'xpay_goods_deliver_notify',
    subject: order.outTradeNo,
    body: {
      OpenId: order.openid,
      OutTradeNo: order.outTradeNo,
      Env: order.env,
      ...(order.platform === 'ios' ? {} : { WeChatPayInfo: info }),
      GoodsInfo: {
        ProductId: order.productId,
        Quantity: order.quantity,
        OrigPrice: order.priceFen,
        ActualPrice: order.totalFen,
        Attach: order.attach,
      },
    },
  };
}

/** A refund has ended, one way or the other. `isNumbered`: it has a number that a merchant could know. */
export function refundPush(refund: VirtualRefund, order: VirtualOrder, isNumbered: boolean): Push {
  const isDone = refund.state === 'done';
  return {
    event: 'xpay_refund_notify',
    subject: order.outTradeNo,
    body: {
      OpenId: order.openid,
      WxRefundId: refund.wxRefundId,
      MchRefundId: isNumbered ? refund.refundNo : '',
      WxOrderId: order.wxOrderId,
      MchOrderId: order.outTradeNo,
      RefundFee: refund.refundFen,
      RetCode: isDone ? 0 : 1,
      RetMsg: isDone ? 'success' : '商户余额不足',
      RefundStartTimestamp: inSeconds(refund.createdAt),
      RefundSuccTimestamp: isDone ? inSeconds(refund.endedAt) : 0,
      WxpayRefundTransactionId: order.platform === 'ios' ? '' : `5030${digits(24)}`,
    },
  };
}

/** Apple asks what the merchant thinks of a refund. Numbers go as text here, as they do in life. */
export function inquiryPush(order: VirtualOrder): Push {
  return {
    event: 'xpay_subscribe_ios_refund_query_notify',
    subject: order.outTradeNo,
    body: {
      refund_time: String(inSeconds(null)),
      order_time: String(inSeconds(order.paidAt)),
      channel_bill: order.wxOrderId,
      bundleid: 'com.tencent.xin',
      product_id: order.productId,
      p_count: String(order.quantity),
      refund_request_reason: 'UNINTENDED_PURCHASE',
      provide_status: order.deliveredAt === null ? '0' : '1',
      pay_order_id: order.outTradeNo,
    },
  };
}
