import { randomInt } from 'node:crypto';
import { clock, hours } from '../../lib/clock';
import { randomHex } from '../../lib/ids';
import { WechatPayFault } from './fault';
import { closingTime, type JsapiRequest } from './rules';

export type SandboxOrder = {
  outTradeNo: string;
  prepayId: string;
  description: string;
  totalFen: number;
  openid: string;
  /** REFUND from the first refund on, whatever becomes of it. */
  tradeState: 'NOTPAY' | 'SUCCESS' | 'CLOSED' | 'REFUND';
  transactionId: string | null;
  /** Epoch milliseconds, as all times here. */
  createdAt: number;
  paidAt: number | null;
  notifyUrl: string;
  timeExpire: number;
  /** Sent back or on its way; what a closed refund did not send back is not in it. */
  refundedFen: number;
};

export type OrderBook = {
  place(request: JsapiRequest): SandboxOrder;
  /** As it stands now: an order whose time is up is closed. */
  find(outTradeNo: string): SandboxOrder | null;
  findByPrepayId(prepayId: string): SandboxOrder | null;
  findByTransactionId(transactionId: string): SandboxOrder | null;
  list(): SandboxOrder[];
  close(outTradeNo: string): void;
  /** The user has the password pad open: until `pay` or `stopPaying`, closing answers FREQUENCY_LIMITED, as it does in life. */
  startPaying(outTradeNo: string): SandboxOrder;
  stopPaying(outTradeNo: string): SandboxOrder;
  pay(outTradeNo: string): SandboxOrder;
  /** The order as it would be, had it been paid now: nothing is changed. */
  asIfPaid(outTradeNo: string): SandboxOrder;
  /** A refund of this order was taken up, or, with less than nothing, came to nothing. */
  addRefund(outTradeNo: string, fen: number): void;
  /** The order in WeChat Pay's words, for answers and notifications. */
  transaction(order: SandboxOrder): Record<string, unknown>;
};

type Entry = { order: SandboxOrder; request: string; attach: string | undefined; prepaidAt: number; isPaying: boolean };

const entriesMax = 10_000;
const prepayIdLifeMs = hours(2);
const stateTexts = { NOTPAY: '订单未支付', SUCCESS: '支付成功', CLOSED: '订单已关闭', REFUND: '转入退款' } as const;

type Shelf = {
  add(entry: Entry): void;
  find(outTradeNo: string): Entry | null;
  get(outTradeNo: string): Entry;
  /** An order that can still be paid, or WeChat Pay's word for why it cannot. */
  getPayable(outTradeNo: string): Entry;
  findWhere(isIt: (order: SandboxOrder) => boolean): Entry | null;
  /** Newest first. */
  all(): Entry[];
};

/** The orders by their number; whoever looks at one finds it closed when its time is up. The oldest are forgotten past ten thousand. */
function createShelf(): Shelf {
  const entries = new Map<string, Entry>();

  function find(outTradeNo: string): Entry | null {
    const entry = entries.get(outTradeNo) ?? null;
    const isOver = entry?.order.tradeState === 'NOTPAY' && !entry.isPaying && clock.now() >= entry.order.timeExpire;
    if (entry && isOver) entry.order = { ...entry.order, tradeState: 'CLOSED' };
    return entry;
  }

  function get(outTradeNo: string): Entry {
    const entry = find(outTradeNo);
    if (!entry) throw new WechatPayFault(404, 'ORDER_NOT_EXIST', '订单不存在');
    return entry;
  }

  return {
    find,
    get,
    add(entry) {
      entries.set(entry.order.outTradeNo, entry);
      const [oldest] = entries.keys();
      if (entries.size > entriesMax && oldest !== undefined) entries.delete(oldest);
    },
    getPayable(outTradeNo) {
      const entry = get(outTradeNo);
      if (isPaid(entry.order)) throw new WechatPayFault(400, 'ORDER_PAID', '该订单已支付');
      if (entry.order.tradeState === 'CLOSED') throw new WechatPayFault(400, 'ORDER_CLOSED', '订单已关闭');
      return entry;
    },
    findWhere(isIt) {
      for (const [outTradeNo, entry] of entries) {
        if (isIt(entry.order)) return find(outTradeNo);
      }
      return null;
    },
    all: () => [...entries.keys()].reverse().map(get),
  };
}

/** The orders of one merchant as WeChat Pay keeps them. */
export function createOrderBook(merchant: { appid: string; mchid: string }): OrderBook {
  const shelf = createShelf();

  return {
    place(request) {
      const earlier = shelf.find(request.out_trade_no);
      if (earlier) return placeAgain(earlier, request);

      const order: SandboxOrder = {
        outTradeNo: request.out_trade_no,
        prepayId: newPrepayId(),
        description: request.description,
        totalFen: request.amount.total,
        openid: request.payer.openid,
        tradeState: 'NOTPAY',
        transactionId: null,
        createdAt: clock.now(),
        paidAt: null,
        notifyUrl: request.notify_url,
        timeExpire: closingTime(request),
        refundedFen: 0,
      };
      const { attach } = request;
      shelf.add({ order, request: JSON.stringify(request), attach, prepaidAt: clock.now(), isPaying: false });
      return order;
    },
    find: (outTradeNo) => shelf.find(outTradeNo)?.order ?? null,
    findByPrepayId(prepayId) {
      const entry = shelf.findWhere((order) => order.prepayId === prepayId);
      return entry && clock.now() - entry.prepaidAt < prepayIdLifeMs ? entry.order : null;
    },
    findByTransactionId: (id) => shelf.findWhere((order) => order.transactionId === id)?.order ?? null,
    list: () => shelf.all().map((entry) => entry.order),
    close(outTradeNo) {
      const entry = shelf.get(outTradeNo);
      if (isPaid(entry.order)) throw new WechatPayFault(400, 'ORDER_PAID', '该订单已支付');
      if (entry.isPaying) throw new WechatPayFault(429, 'FREQUENCY_LIMITED', '频率限制，请稍后重试');
      entry.order = { ...entry.order, tradeState: 'CLOSED' };
    },
    startPaying(outTradeNo) {
      const entry = shelf.getPayable(outTradeNo);
      entry.isPaying = true;
      return entry.order;
    },
    stopPaying(outTradeNo) {
      const entry = shelf.get(outTradeNo);
      entry.isPaying = false;
      return entry.order;
    },
    pay(outTradeNo) {
      const entry = shelf.getPayable(outTradeNo);
      entry.order = paidNow(entry.order);
      entry.isPaying = false;
      return entry.order;
    },
    asIfPaid: (outTradeNo) => paidNow(shelf.get(outTradeNo).order),
    addRefund(outTradeNo, fen) {
      const entry = shelf.get(outTradeNo);
      entry.order = { ...entry.order, tradeState: 'REFUND', refundedFen: entry.order.refundedFen + fen };
    },
    transaction: (order) => describe(order, merchant, shelf.find(order.outTradeNo)?.attach),
  };
}

/** The money came, whether or not some of it went back. */
export const isPaid = (order: SandboxOrder): boolean => order.tradeState === 'SUCCESS' || order.tradeState === 'REFUND';

/** As WeChat Pay writes moments: whole seconds, +08:00. */
export const shanghaiTime = (ms: number): string => `${new Date(ms + hours(8)).toISOString().slice(0, 19)}+08:00`;

function paidNow(order: SandboxOrder): SandboxOrder {
  return { ...order, tradeState: 'SUCCESS', transactionId: newTransactionId(), paidAt: clock.now() };
}

/** The same words get the same prepay id, or a new one once it has run out; other words are refused. */
function placeAgain(entry: Entry, request: JsapiRequest): SandboxOrder {
  if (isPaid(entry.order)) throw new WechatPayFault(403, 'OUT_TRADE_NO_USED', '商户订单号重复');
  if (entry.order.tradeState === 'CLOSED') throw new WechatPayFault(400, 'ORDER_CLOSED', '订单已关闭');
  if (entry.request !== JSON.stringify(request)) {
    throw new WechatPayFault(400, 'INVALID_REQUEST', '请求重入时，参数与首次请求时不一致');
  }

  if (clock.now() - entry.prepaidAt >= prepayIdLifeMs) {
    entry.order = { ...entry.order, prepayId: newPrepayId() };
    entry.prepaidAt = clock.now();
  }
  return entry.order;
}

function describe(order: SandboxOrder, merchant: { appid: string; mchid: string }, attach: string | undefined) {
  const common = {
    appid: merchant.appid,
    mchid: merchant.mchid,
    out_trade_no: order.outTradeNo,
    trade_state: order.tradeState,
    trade_state_desc: stateTexts[order.tradeState],
    ...(attach === undefined ? {} : { attach }),
  };
  if (order.paidAt === null) return { ...common, amount: { total: order.totalFen, currency: 'CNY' }, payer: {} };

  return {
    ...common,
    transaction_id: order.transactionId,
    trade_type: 'JSAPI',
    bank_type: 'OTHERS',
    success_time: shanghaiTime(order.paidAt),
    payer: { openid: order.openid },
    amount: { total: order.totalFen, payer_total: order.totalFen, currency: 'CNY', payer_currency: 'CNY' },
  };
}

function newPrepayId(): string {
  const moment = new Date(clock.now() + hours(8)).toISOString().replace(/\D/g, '').slice(0, 14);
  return `wx${moment}${randomHex(10)}`;
}

const newTransactionId = (): string => `4200${randomDigits(24)}`;

export const randomDigits = (length: number): string => Array.from({ length }, () => randomInt(10)).join('');
