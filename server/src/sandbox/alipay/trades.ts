import { randomInt } from 'node:crypto';
import { clock, days } from '../../lib/clock';
import { businessFault } from './fault';
import type { PayRequest, RefundRequest } from './rules';
import { shanghaiText, type Params } from './signing';

export type SandboxTradeRefund = {
  outRequestNo: string;
  refundFen: number;
  /** `waiting`: asked for, and neither made nor known to anybody who asks. */
  state: 'succeeded' | 'waiting';
  by: 'merchant' | 'console';
  at: number;
};

export type SandboxTrade = {
  outTradeNo: string;
  tradeNo: string;
  subject: string;
  totalFen: number;
  tradeStatus: 'WAIT_BUYER_PAY' | 'TRADE_SUCCESS' | 'TRADE_CLOSED' | 'TRADE_FINISHED';
  /** Epoch milliseconds, as all times here. */
  createdAt: number;
  paidAt: number | null;
  closedAt: number | null;
  timeExpire: number;
  notifyUrl: string | null;
  returnUrl: string | null;
  quitUrl: string | null;
  refunds: readonly SandboxTradeRefund[];
};

/** How refunds go that the merchant asks for: at once, only when it is asked again or a person lets it, or not for want of money. */
export type RefundMode = 'now' | 'later' | 'short';

/** What the asking changed: `moved` is Alipay's `fund_change`. */
export type RefundOutcome = { trade: SandboxTrade; refund: SandboxTradeRefund; moved: boolean };

export type TradeBook = {
  /** A buyer reached the cashier: from here on there is a trade. */
  open(request: PayRequest, addresses: { notifyUrl: string | null; returnUrl: string | null }): SandboxTrade;
  /** As it stands now: a trade whose time is up is closed. */
  find(outTradeNo: string): SandboxTrade | null;
  findByTradeNo(tradeNo: string): SandboxTrade | null;
  get(outTradeNo: string): SandboxTrade;
  /** Newest first. */
  list(): SandboxTrade[];
  close(outTradeNo: string): SandboxTrade;
  pay(outTradeNo: string): SandboxTrade;
  /** The time for refunds is over. */
  finish(outTradeNo: string): SandboxTrade;
  refund(request: RefundRequest, mode: RefundMode): RefundOutcome;
  refundAtConsole(outTradeNo: string, refundFen: number): RefundOutcome;
  /** Makes the refund that waits longest; null when none does. */
  makeWaiting(outTradeNo: string): RefundOutcome | null;
};

type Entry = { trade: SandboxTrade; request: string };
type Shelf = ReturnType<typeof createShelf>;

const entriesMax = 10_000;

/** The trades by the merchant's number. The oldest are forgotten past ten thousand. */
function createShelf() {
  const entries = new Map<string, Entry>();

  function find(outTradeNo: string): Entry | null {
    const entry = entries.get(outTradeNo) ?? null;
    if (entry?.trade.tradeStatus !== 'WAIT_BUYER_PAY' || clock.now() < entry.trade.timeExpire) return entry;
    entry.trade = { ...entry.trade, tradeStatus: 'TRADE_CLOSED', closedAt: entry.trade.timeExpire };
    return entry;
  }

  function get(outTradeNo: string): Entry {
    const entry = find(outTradeNo);
    if (!entry) throw businessFault('TRADE_NOT_EXIST', '交易不存在');
    return entry;
  }

  return {
    find,
    get,
    add(entry: Entry): void {
      entries.set(entry.trade.outTradeNo, entry);
      const [oldest] = entries.keys();
      if (entries.size > entriesMax && oldest !== undefined) entries.delete(oldest);
    },
    all: (): SandboxTrade[] => [...entries.keys()].reverse().map((outTradeNo) => get(outTradeNo).trade),
    /** Writes what changed, and answers the trade as it is then. */
    change(entry: Entry, changes: Partial<SandboxTrade>): SandboxTrade {
      entry.trade = { ...entry.trade, ...changes };
      return entry.trade;
    },
  };
}

/** The trades of one merchant as Alipay keeps them. */
export function createTradeBook(): TradeBook {
  const shelf = createShelf();

  return {
    open(request, addresses) {
      const earlier = shelf.find(request.out_trade_no);
      if (earlier) return openAgain(earlier, request);
      const trade = newTrade(request, addresses);
      shelf.add({ trade, request: wordsOf(request) });
      return trade;
    },
    find: (outTradeNo) => shelf.find(outTradeNo)?.trade ?? null,
    findByTradeNo: (tradeNo) => shelf.all().find((trade) => trade.tradeNo === tradeNo) ?? null,
    get: (outTradeNo) => shelf.get(outTradeNo).trade,
    list: () => shelf.all(),
    close(outTradeNo) {
      const entry = shelf.get(outTradeNo);
      assertStatus(entry.trade, 'WAIT_BUYER_PAY');
      return shelf.change(entry, { tradeStatus: 'TRADE_CLOSED', closedAt: clock.now() });
    },
    pay(outTradeNo) {
      const entry = shelf.get(outTradeNo);
      assertStatus(entry.trade, 'WAIT_BUYER_PAY');
      return shelf.change(entry, { tradeStatus: 'TRADE_SUCCESS', paidAt: clock.now() });
    },
    finish(outTradeNo) {
      const entry = shelf.get(outTradeNo);
      assertStatus(entry.trade, 'TRADE_SUCCESS');
      return shelf.change(entry, { tradeStatus: 'TRADE_FINISHED' });
    },
    refund: (request, mode) => refund(shelf, request, mode),
    refundAtConsole(outTradeNo, refundFen) {
      const entry = shelf.get(outTradeNo);
      assertRefundable(entry.trade, refundFen);
      return book(shelf, entry, { outRequestNo: `CONSOLE${digits(20)}`, refundFen, by: 'console' });
    },
    makeWaiting(outTradeNo) {
      const entry = shelf.get(outTradeNo);
      const waiting = entry.trade.refunds.find((refund) => refund.state === 'waiting');
      return waiting ? book(shelf, entry, waiting) : null;
    },
  };
}

function refund(shelf: Shelf, request: RefundRequest, mode: RefundMode): RefundOutcome {
  const entry = shelf.get(request.out_trade_no);
  const { out_request_no: outRequestNo, refund_amount: refundFen } = request;
  const earlier = entry.trade.refunds.find((refund) => refund.outRequestNo === outRequestNo);
  if (earlier && earlier.refundFen !== refundFen) throw businessFault('DISCORDANT_REPEAT_REQUEST', '不一致的请求');
  if (earlier?.state === 'succeeded') return { trade: entry.trade, refund: earlier, moved: false };

  assertRefundable(entry.trade, refundFen);
  if (mode === 'short') throw businessFault('SELLER_BALANCE_NOT_ENOUGH', '卖家余额不足');
  if (mode === 'now') return book(shelf, entry, { outRequestNo, refundFen, by: 'merchant' });

  const waiting = earlier ?? { outRequestNo, refundFen, by: 'merchant', state: 'waiting', at: clock.now() };
  const trade = earlier ? entry.trade : shelf.change(entry, { refunds: [...entry.trade.refunds, waiting] });
  return { trade, refund: waiting, moved: false };
}

/** The money goes back; the trade is closed once all of it has. */
function book(
  shelf: Shelf,
  entry: Entry,
  made: Pick<SandboxTradeRefund, 'outRequestNo' | 'refundFen' | 'by'>,
): RefundOutcome {
  const refund: SandboxTradeRefund = { ...made, state: 'succeeded', at: clock.now() };
  const others = entry.trade.refunds.filter(({ outRequestNo }) => outRequestNo !== made.outRequestNo);
  const refunds = [...others, refund];
  const isWhole = sumOf(refunds) === entry.trade.totalFen;
  const closing = isWhole ? ({ tradeStatus: 'TRADE_CLOSED', closedAt: clock.now() } as const) : {};
  return { trade: shelf.change(entry, { refunds, ...closing }), refund, moved: true };
}

/** What has been sent back so far. */
export const refundedFenOf = (trade: SandboxTrade): number => sumOf(trade.refunds);

const sumOf = (refunds: readonly SandboxTradeRefund[]): number =>
  refunds.reduce((sum, { state, refundFen }) => (state === 'succeeded' ? sum + refundFen : sum), 0);

function assertStatus(trade: SandboxTrade, status: SandboxTrade['tradeStatus']): void {
  if (trade.tradeStatus !== status) throw businessFault('TRADE_STATUS_ERROR', '交易状态不合法');
}

function assertRefundable(trade: SandboxTrade, refundFen: number): void {
  if (trade.tradeStatus === 'TRADE_FINISHED') throw businessFault('TRADE_HAS_FINISHED', '交易已完结');
  assertStatus(trade, 'TRADE_SUCCESS');
  if (refundFen > trade.totalFen - refundedFenOf(trade)) {
    throw businessFault('REFUND_AMT_NOT_EQUAL_TOTAL', '退款金额超限');
  }
}

function newTrade(
  request: PayRequest,
  addresses: { notifyUrl: string | null; returnUrl: string | null },
): SandboxTrade {
  return {
    outTradeNo: request.out_trade_no,
    tradeNo: `${shanghaiText(clock.now()).slice(0, 10).replaceAll('-', '')}22001${digits(15)}`,
    subject: request.subject,
    totalFen: request.total_amount,
    tradeStatus: 'WAIT_BUYER_PAY',
    createdAt: clock.now(),
    paidAt: null,
    closedAt: null,
    timeExpire: request.time_expire ?? clock.now() + days(15),
    ...addresses,
    quitUrl: request.quit_url ?? null,
    refunds: [],
  };
}

/** Another amount or another title under the same number is somebody's meddling. */
const wordsOf = (request: PayRequest): string => JSON.stringify([request.total_amount, request.subject]);

function openAgain(earlier: Entry, request: PayRequest): SandboxTrade {
  if (earlier.request !== wordsOf(request)) throw businessFault('CONTEXT_INCONSISTENT', '交易信息被篡改');
  return earlier.trade;
}

const digits = (length: number): string => Array.from({ length }, () => randomInt(10)).join('');

/** The trade as `alipay.trade.query` tells it: nothing in it shows that a part was sent back. */
export function describeTrade(trade: SandboxTrade): Params {
  return {
    buyer_logon_id: 'sui***@sandbox.com',
    buyer_pay_amount: '0.00',
    buyer_user_id: '2088000000000001',
    invoice_amount: '0.00',
    out_trade_no: trade.outTradeNo,
    point_amount: '0.00',
    receipt_amount: '0.00',
    ...(trade.paidAt === null ? {} : { send_pay_date: shanghaiText(trade.paidAt) }),
    total_amount: yuanText(trade.totalFen),
    trade_no: trade.tradeNo,
    trade_status: trade.tradeStatus,
  };
}

export const yuanText = (fen: number): string => `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`;
