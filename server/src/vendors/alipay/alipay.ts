import { z } from 'zod';
import { isRefusal, type Refusal } from '../../lib/errors';
import type {
  Notification,
  NotificationInput,
  OrderRef,
  PaymentProvider,
  PaymentView,
  StartInput,
} from '../payment/port';
import { shanghaiText, yuanOf } from './fields';
import { alipayGateway, unusable, type AlipayGateway } from './gateway';
import { readForm } from './notification';
import { queryRefund, refund } from './refunds';
import { factsOf, paymentView, Trade } from './trade';

export type AlipaySettings = {
  /** `https://openapi.alipay.com/gateway.do`. */
  gateway: string;
  appId: string;
  /** The account that the money goes to, `2088…`. */
  sellerId: string;
  /** The app's; PEM, or bare base64 as Alipay's tool writes it. Likewise the next. */
  privateKeyPem: string;
  /** Alipay's own, from the console; not the one of our app. */
  alipayPublicKeyPem: string;
  /** Without a query. */
  notifyUrl: string;
  /** Where the browser comes back to, which proves nothing: that page has to ask our server. */
  returnUrl: string;
  timeoutMs?: number;
};

const Closed = z.object({ out_trade_no: z.string() });

/** Alipay for browsers on phones (手机网站支付), by the npm package `alipay-sdk`; RSA2 with public keys. */
export function alipayWap(settings: AlipaySettings): PaymentProvider {
  const gateway = alipayGateway(settings);
  const payee = `${settings.appId}/${settings.sellerId}`;

  /** The gateway answers for our app alone, so whom the money went to is us. */
  async function query(order: OrderRef): Promise<PaymentView | null> {
    const trade = await ask(gateway, order);
    return trade && paymentView(factsOf(trade), payee);
  }

  return {
    channel: 'alipay_wap',
    payee,
    goodsOf: () => null,
    async start(input) {
      return { refused: false, handle: null, payment: { url: payPage(gateway, settings, input) } };
    },
    query,
    async close(order) {
      const answer = await gateway.call(Closed, 'alipay.trade.close', { out_trade_no: order.outTradeNo });
      if (isRefusal(answer)) return whyNotClosed(answer, () => query(order));
      if (answer.out_trade_no !== order.outTradeNo) throw unusable('answered a closing with another order');
      return 'closed';
    },
    refund: (input) => refund(gateway, input),
    queryRefund: (input) => queryRefund(gateway, input.order.outTradeNo, input.refundNo),
    readNotification: (input) => readNotification(gateway, settings, input, payee),
    bill: null,
    tellDelivered: null,
  };
}

/**
 * `time_expire` is always sent, because until the buyer has reached the cashier there is no trade that could be closed: this
 * address alone opens one, and only its own end stops that.
 */
function payPage(gateway: AlipayGateway, settings: AlipaySettings, input: StartInput): string {
  return gateway.pageUrl('alipay.trade.wap.pay', {
    notifyUrl: settings.notifyUrl,
    returnUrl: settings.returnUrl,
    bizContent: {
      out_trade_no: input.outTradeNo,
      total_amount: yuanOf(input.totalFen),
      subject: input.description.replace(/[/=&]/g, ' ').slice(0, 256), // They take no such character there.
      product_code: 'QUICK_WAP_WAY',
      time_expire: shanghaiText(input.expiresAt),
      // For a buyer who gives up: Alipay adds nothing to this one.
      quit_url: `${settings.returnUrl}?out_trade_no=${input.outTradeNo}`,
    },
  });
}

/** Null: the buyer has not reached the cashier yet, or never will. */
async function ask(gateway: AlipayGateway, order: OrderRef): Promise<z.infer<typeof Trade> | null> {
  const trade = await gateway.call(Trade, 'alipay.trade.query', { out_trade_no: order.outTradeNo });
  if (isRefusal(trade)) {
    if (trade.code === 'ACQ.TRADE_NOT_EXIST') return null;
    throw unusable(`refused a query: ${trade.code}`);
  }
  // The signature does not cover the question: a genuine answer about another order must not pass for this one's.
  if (trade.out_trade_no !== order.outTradeNo) throw unusable('answered a query with another order');
  return trade;
}

/** A trade that does not exist counts as closed: it can begin only by a page that runs out at the order's own end. */
async function whyNotClosed({ code }: Refusal, query: () => Promise<PaymentView | null>): Promise<'closed' | 'paid'> {
  if (code === 'ACQ.TRADE_NOT_EXIST') return 'closed';
  if (code !== 'ACQ.TRADE_STATUS_ERROR') throw unusable(`refused to close: ${code}`);

  const view = await query();
  if (view?.state === 'unpaid') throw unusable('neither closes an order nor says that it is closed');
  return view?.state === 'paid' || view?.state === 'refunded' ? 'paid' : 'closed';
}

/**
 * A notification says what was sent back in all, not what this refund came to, so that is asked. A refund that the answer does
 * not know yet is left out: the sum stands in the payment's view.
 */
async function readNotification(
  gateway: AlipayGateway,
  settings: AlipaySettings,
  input: NotificationInput,
  payee: string,
): Promise<Notification> {
  const { eventId, eventType, trade, refundNo } = readForm(input, gateway, settings);
  return {
    eventId,
    eventType,
    payment: trade && paymentView(trade, payee),
    refund: trade && refundNo !== null ? await queryRefund(gateway, trade.outTradeNo, refundNo) : null,
  };
}
