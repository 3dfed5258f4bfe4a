import { randomInt } from 'node:crypto';
import { clock, hours } from '../lib/clock';
import { randomHex } from '../lib/ids';
import { WechatPayFault } from './wechat-pay-fault';
import { closingTime, type JsapiRequest } from './wechat-pay-rules';

export type SandboxOrder = {
  outTradeNo: string;
  prepayId: string;
  description: string;
  totalFen: number;
  openid: string;
  tradeState: 'NOTPAY' | 'SUCCESS' | 'CLOSED';
  transactionId: string | null;
  /** Epoch milliseconds, as all times here. */
  createdAt: number;
  paidAt: number | null;
  notifyUrl: string;
  timeExpire: number;
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
  /** The order in WeChat Pay's words, for answers and notifications. */
  transaction(order: SandboxOrder): Record<string, unknown>;
};

type Entry = { order: SandboxOrder; request: string; attach: string | undefined; prepaidAt: number; isPaying: boolean };

const entriesMax = 10_000;
const prepayIdLifeMs = hours(2);
const stateTexts = { NOTPAY: '订单未支付', SUCCESS: '支付成功', CLOSED: '订单已关闭' } as const;

/** The orders of one merchant as WeChat Pay keeps them. The oldest are forgotten past ten thousand. */
export function createOrderBook(merchant: { appid: string; mchid: string }): OrderBook {
  const entries = new Map<string, Entry>();

  function findEntry(outTradeNo: string): Entry | null {
    const entry = entries.get(outTradeNo) ?? null;
    const isOver = entry?.order.tradeState === 'NOTPAY' && !entry.isPaying && clock.now() >= entry.order.timeExpire;
    if (entry && isOver) entry.order = { ...entry.order, tradeState: 'CLOSED' };
    return entry;
  }

  function getEntry(outTradeNo: string): Entry {
    const entry = findEntry(outTradeNo);
    if (!entry) throw new WechatPayFault(404, 'ORDER_NOT_EXIST', '订单不存在');
    return entry;
  }

  function payable(outTradeNo: string): Entry {
    const entry = getEntry(outTradeNo);
    if (entry.order.tradeState === 'SUCCESS') throw new WechatPayFault(400, 'ORDER_PAID', '该订单已支付');
    if (entry.order.tradeState === 'CLOSED') throw new WechatPayFault(400, 'ORDER_CLOSED', '订单已关闭');
    return entry;
  }

  function findWhere(isIt: (order: SandboxOrder) => boolean): SandboxOrder | null {
    for (const [outTradeNo, entry] of entries) {
      if (isIt(entry.order)) return findEntry(outTradeNo)?.order ?? null;
    }
    return null;
  }

  return {
    place(request) {
      const earlier = findEntry(request.out_trade_no);
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
      };
      const { attach } = request;
      const entry = { order, request: JSON.stringify(request), attach, prepaidAt: clock.now(), isPaying: false };
      entries.set(order.outTradeNo, entry);
      const [oldest] = entries.keys();
      if (entries.size > entriesMax && oldest !== undefined) entries.delete(oldest);
      return order;
    },
    find: (outTradeNo) => findEntry(outTradeNo)?.order ?? null,
    findByPrepayId(prepayId) {
      const order = findWhere((candidate) => candidate.prepayId === prepayId);
      const prepaidAt = order ? (entries.get(order.outTradeNo)?.prepaidAt ?? 0) : 0;
      return clock.now() - prepaidAt < prepayIdLifeMs ? order : null;
    },
    findByTransactionId: (transactionId) => findWhere((order) => order.transactionId === transactionId),
    list: () => [...entries.keys()].reverse().map((outTradeNo) => getEntry(outTradeNo).order),
    close(outTradeNo) {
      const entry = getEntry(outTradeNo);
      if (entry.order.tradeState === 'SUCCESS') throw new WechatPayFault(400, 'ORDER_PAID', '该订单已支付');
      if (entry.isPaying) throw new WechatPayFault(429, 'FREQUENCY_LIMITED', '频率限制，请稍后重试');
      entry.order = { ...entry.order, tradeState: 'CLOSED' };
    },
    startPaying(outTradeNo) {
      const entry = payable(outTradeNo);
      entry.isPaying = true;
      return entry.order;
    },
    stopPaying(outTradeNo) {
      const entry = getEntry(outTradeNo);
      entry.isPaying = false;
      return entry.order;
    },
    pay(outTradeNo) {
      const entry = payable(outTradeNo);
      entry.order = paidNow(entry.order);
      entry.isPaying = false;
      return entry.order;
    },
    asIfPaid: (outTradeNo) => paidNow(getEntry(outTradeNo).order),
    transaction: (order) => describe(order, merchant, entries.get(order.outTradeNo)?.attach),
  };
}

function paidNow(order: SandboxOrder): SandboxOrder {
  return { ...order, tradeState: 'SUCCESS', transactionId: newTransactionId(), paidAt: clock.now() };
}

/** The same words get the same prepay id, or a new one once it has run out; other words are refused. */
function placeAgain(entry: Entry, request: JsapiRequest): SandboxOrder {
  if (entry.order.tradeState === 'SUCCESS') throw new WechatPayFault(403, 'OUT_TRADE_NO_USED', '商户订单号重复');
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
    success_time: `${new Date(order.paidAt + hours(8)).toISOString().slice(0, 19)}+08:00`,
    payer: { openid: order.openid },
    amount: { total: order.totalFen, payer_total: order.totalFen, currency: 'CNY', payer_currency: 'CNY' },
  };
}

function newPrepayId(): string {
  const moment = new Date(clock.now() + hours(8)).toISOString().replace(/\D/g, '').slice(0, 14);
  return `wx${moment}${randomHex(10)}`;
}

const newTransactionId = (): string => `4200${Array.from({ length: 24 }, () => randomInt(10)).join('')}`;
