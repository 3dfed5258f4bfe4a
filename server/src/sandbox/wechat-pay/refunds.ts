import { clock, days } from '../../lib/clock';
import { WechatPayFault } from './fault';
import type { Parcel } from './notifications';
import { isPaid, type OrderBook, type SandboxOrder } from './orders';
import { newRefund, refundParcel, type RefundEnd, type SandboxRefund } from './refund';
import type { RefundRequest } from './rules';

/** What becomes of refunds from now on. The answer that takes one up says PROCESSING, as it does in life, even where `afterMs` is 0. */
export type RefundOutcome = { kind: 'end'; as: RefundEnd; afterMs: number } | { kind: 'wait' };

/** The switchboard's side of refunds. */
export type Refunds = {
  /** Newest first. */
  list(): SandboxRefund[];
  find(outRefundNo: string): SandboxRefund | null;
  /** At the start every refund succeeds at once. */
  setOutcome(outcome: RefundOutcome): void;
  outcome(): RefundOutcome;
  /** Ends a refund that waits, or one that was ABNORMAL. */
  end(outRefundNo: string, as: RefundEnd): SandboxRefund;
  /** `short`: new refunds are answered NOT_ENOUGH. */
  setBalance(balance: 'enough' | 'short'): void;
  balance(): 'enough' | 'short';
  /** In life two refunds of one order lie a minute apart, or the second is answered FREQUENCY_LIMITED. At the start 0. */
  setSpacingMs(ms: number): void;
  spacingMs(): number;
  /** The merchant's staff refund at pay.weixin.qq.com: under a number that our shop never gave. */
  atConsole(outTradeNo: string, refundFen: number): SandboxRefund;
  /** Whether the shop is told of those; at the start it is not. */
  tellOfConsole(isTold: boolean): void;
  tellsOfConsole(): boolean;
  /** Tells of this refund's end now, once, whatever was sent before; answers the merchant's status. */
  resend(outRefundNo: string): Promise<number | null>;
  /** Every switch as at the start; what was refunded stays. */
  reset(): void;
};

export type RefundBook = Refunds & {
  /** Takes a refund up, or answers for the one of that number. */
  take(request: RefundRequest): SandboxRefund;
  /** Forgets every end that waits for its time. */
  stop(): void;
};

export type Post = {
  announce(parcel: Parcel): void;
  send(parcel: Parcel): Promise<number | null>;
};

type Switches = { outcome: RefundOutcome; balance: 'enough' | 'short'; spacingMs: number; isConsoleTold: boolean };

const refundsMax = 50;
const entriesMax = 10_000;
const start: Switches = {
  outcome: { kind: 'end', as: 'SUCCESS', afterMs: 0 },
  balance: 'enough',
  spacingMs: 0,
  isConsoleTold: false,
};

/** The refunds of one merchant as WeChat Pay keeps them. */
export function createRefundBook(mchid: string, book: OrderBook, post: Post): RefundBook {
  const shelf = createShelf(mchid, book, post);
  let switches = start;
  const change = (some: Partial<Switches>): void => {
    switches = { ...switches, ...some };
  };

  return {
    take(request) {
      const earlier = shelf.find(request.out_refund_no);
      if (earlier) return sameAgain(earlier, request);

      const order = refundable(findOrder(book, request), request.amount, shelf.all(), switches);
      const { out_refund_no: outRefundNo, amount, reason = null, notify_url: notifyUrl = null } = request;
      return shelf.begin({ ...newRefund(order, amount.refund), outRefundNo, reason, notifyUrl }, switches);
    },
    atConsole(outTradeNo, refundFen) {
      const found = book.find(outTradeNo);
      const order = refundable(found, { refund: refundFen, total: found?.totalFen ?? 0 }, shelf.all(), switches);
      const notifyUrl = switches.isConsoleTold ? order.notifyUrl : null;
      return shelf.begin({ ...newRefund(order, refundFen), atConsole: true, notifyUrl }, switches);
    },
    list: () => shelf.all().reverse(),
    find: shelf.find,
    end: shelf.end,
    async resend(outRefundNo) {
      const refund = shelf.get(outRefundNo);
      const url = refund.notifyUrl ?? book.find(refund.outTradeNo)?.notifyUrl ?? '';
      return post.send(refundParcel(refund, url, mchid));
    },
    setOutcome: (outcome) => change({ outcome }),
    outcome: () => switches.outcome,
    setBalance: (balance) => change({ balance }),
    balance: () => switches.balance,
    setSpacingMs: (spacingMs) => change({ spacingMs }),
    spacingMs: () => switches.spacingMs,
    tellOfConsole: (isConsoleTold) => change({ isConsoleTold }),
    tellsOfConsole: () => switches.isConsoleTold,
    reset: () => change(start),
    stop: shelf.stop,
  };
}

/** The refunds by their number, each running its course. The oldest are forgotten past ten thousand. */
function createShelf(mchid: string, book: OrderBook, post: Post) {
  const refunds = new Map<string, SandboxRefund>();
  const timers = new Set<NodeJS.Timeout>();

  function get(outRefundNo: string): SandboxRefund {
    const refund = refunds.get(outRefundNo);
    if (!refund) throw new WechatPayFault(404, 'RESOURCE_NOT_EXISTS', '退款单不存在');
    return refund;
  }

  function end(outRefundNo: string, as: RefundEnd): SandboxRefund {
    const before = get(outRefundNo);
    const isOpen = before.status === 'PROCESSING' || (before.status === 'ABNORMAL' && as !== 'ABNORMAL');
    if (!isOpen) throw invalid('退款已经结束');

    const refund = { ...before, status: as, succeededAt: as === 'SUCCESS' ? clock.now() : null };
    refunds.set(outRefundNo, refund);
    if (as === 'CLOSED') book.addRefund(refund.outTradeNo, -refund.refundFen);
    if (refund.notifyUrl !== null) post.announce(refundParcel(refund, refund.notifyUrl, mchid));
    return refund;
  }

  function endLater(outRefundNo: string, as: RefundEnd, afterMs: number): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      if (refunds.get(outRefundNo)?.status === 'PROCESSING') end(outRefundNo, as);
    }, afterMs);
    timers.add(timer.unref());
  }

  return {
    get,
    end,
    find: (outRefundNo: string) => refunds.get(outRefundNo) ?? null,
    all: () => [...refunds.values()],
    begin(refund: SandboxRefund, { outcome }: Switches): SandboxRefund {
      refunds.set(refund.outRefundNo, refund);
      const [oldest] = refunds.keys();
      if (refunds.size > entriesMax && oldest !== undefined) refunds.delete(oldest);
      book.addRefund(refund.outTradeNo, refund.refundFen);

      if (outcome.kind === 'end' && outcome.afterMs === 0) end(refund.outRefundNo, outcome.as);
      if (outcome.kind === 'end' && outcome.afterMs > 0) endLater(refund.outRefundNo, outcome.as, outcome.afterMs);
      return refund;
    },
    stop() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

function findOrder(book: OrderBook, request: RefundRequest): SandboxOrder | null {
  const { transaction_id: transactionId, out_trade_no: outTradeNo } = request;
  const order = transactionId === undefined ? null : book.findByTransactionId(transactionId);
  if (outTradeNo === undefined) return order;
  return transactionId === undefined || order?.outTradeNo === outTradeNo ? book.find(outTradeNo) : null;
}

/** One number is one refund, in the words of its first time. */
function sameAgain(earlier: SandboxRefund, request: RefundRequest): SandboxRefund {
  const isSame =
    (request.out_trade_no ?? earlier.outTradeNo) === earlier.outTradeNo &&
    (request.transaction_id ?? earlier.transactionId) === earlier.transactionId &&
    request.amount.total === earlier.totalFen &&
    request.amount.refund === earlier.refundFen;
  if (!isSame) throw invalid('订单金额或退款金额与之前请求不一致，请核实后再试');
  return earlier;
}

/** The order, when so much of it may be sent back now. */
function refundable(
  order: SandboxOrder | null,
  amount: { refund: number; total: number },
  refunds: SandboxRefund[],
  switches: Switches,
): SandboxOrder {
  if (!order || !isPaid(order)) throw new WechatPayFault(404, 'RESOURCE_NOT_EXISTS', '订单不存在');
  if (amount.total !== order.totalFen) throw invalid('订单金额与支付金额不一致，请核实后再试');
  if (amount.refund > order.totalFen - order.refundedFen) throw invalid('申请退款金额超过订单可退金额');
  if (clock.now() - (order.paidAt ?? 0) > days(365)) throw invalid('订单已经超过可退款的最大期限');

  const earlier = refunds.filter((refund) => refund.outTradeNo === order.outTradeNo);
  if (earlier.length >= refundsMax) throw new WechatPayFault(403, 'RULE_LIMIT', '部分退款次数超过限制');
  if (earlier.some((refund) => clock.now() - refund.createdAt < switches.spacingMs)) {
    throw new WechatPayFault(429, 'FREQUENCY_LIMITED', '频率限制，请稍后重试');
  }
  if (switches.balance === 'short') throw new WechatPayFault(403, 'NOT_ENOUGH', '基本账户余额不足，请充值后重新发起');
  return order;
}

const invalid = (message: string): WechatPayFault => new WechatPayFault(400, 'INVALID_REQUEST', message);
