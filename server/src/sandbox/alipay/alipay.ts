import { createPrivateKey, type KeyObject } from 'node:crypto';
import Koa, { type Context } from 'koa';
import { parseJson } from '../../vendors/http';
import { clock } from '../../lib/clock';
import { AlipayFault } from './fault';
import { createAlipayNotifier, type AlipayNotifications } from './notifications';
import { renderAlipayRefusal } from './page';
import { CloseRequest, parseContent, PayRequest, QueryRequest, RefundQueryRequest, RefundRequest } from './rules';
import { assertGenuine, shanghaiText, signAnswer, signForm, type AnswerSpoiling, type Params } from './signing';
import {
  createTradeBook,
  describeTrade,
  refundedFenOf,
  yuanText,
  type RefundMode,
  type RefundOutcome,
  type SandboxTrade,
  type TradeBook,
} from './trades';
import { createFaults, type Faults } from '../faults';
import { readBody } from '../read-body';

export type AlipaySimulatorOptions = {
  appId: string;
  sellerId: string;
  /** The merchant's app's. */
  appPublicKeyPem: string;
  /** Alipay's own. */
  alipayPrivateKeyPem: string;
  /** Where the cashier stands: `/sandbox/alipay` of this address. */
  publicUrl: string;
  /** Speeds up the retries of notifications: 1 is Alipay's own pace. */
  ladderScale?: number;
};

export type AlipayAnswerPlan = { spoiling: AnswerSpoiling; times: number; method?: string };

export type AlipaySimulator = {
  app: Koa;
  /** A plan's path is `/gateway.do/` and the method: `alipay.trade.refund` alone meets refunds. */
  faults: Faults;
  /** Newest first. */
  trades(): SandboxTrade[];
  find(outTradeNo: string): SandboxTrade | null;
  findByTradeNo(tradeNo: string): SandboxTrade | null;
  /** The buyer pays. The trade is paid when this resolves; the notification is on its way. Rejects when it cannot be paid. */
  pay(outTradeNo: string): Promise<SandboxTrade>;
  /** Where the browser goes from the cashier: once paid to the merchant's page, with what Alipay says and signs. */
  wayBack(outTradeNo: string): string | null;
  /** The time for refunds is over. */
  finish(outTradeNo: string): SandboxTrade;
  /** How refunds go that the merchant asks for. */
  setRefundMode(mode: RefundMode): void;
  refundMode(): RefundMode;
  /** Somebody sends money back in Alipay's own console. */
  refundAtConsole(outTradeNo: string, refundFen: number): SandboxTrade;
  /** Makes a refund that waits since the mode was `later`; null when none does. */
  makeWaitingRefund(outTradeNo: string): SandboxTrade | null;
  notifications: AlipayNotifications;
  /** The next `times` answers go out spoilt; with `method`, those to requests whose method contains it. */
  spoilAnswers(plan: AlipayAnswerPlan): void;
  /** Every answer is honest again. */
  clearSpoiling(): void;
};

const bodyMax = 64 * 1024;
const gatewayPath = '/gateway.do';

/** Alipay's gateway as one merchant's app meets it: the API, and the page that a buyer's browser opens. */
export function createAlipaySimulator(options: AlipaySimulatorOptions): AlipaySimulator {
  const faults = createFaults();
  const book = createTradeBook();
  const privateKey = createPrivateKey(options.alipayPrivateKeyPem);
  let plans: AlipayAnswerPlan[] = [];
  let refundMode: RefundMode = 'now';

  const notifier = createAlipayNotifier({
    ...options,
    privateKey,
    ladderScale: options.ladderScale ?? 1,
    newsOf(outTradeNo) {
      const trade = book.get(outTradeNo);
      return { trade, refund: trade.refunds.filter((refund) => refund.state === 'succeeded').at(-1) ?? null };
    },
  });

  function tell({ trade, refund, moved }: RefundOutcome): SandboxTrade {
    if (moved) notifier.announce({ trade, refund });
    return trade;
  }

  function takeSpoiling(method: string): AnswerSpoiling | null {
    const plan = plans.find((candidate) => method.includes(candidate.method ?? ''));
    if (!plan) return null;
    plan.times -= 1;
    plans = plans.filter((candidate) => candidate.times > 0);
    return plan.spoiling;
  }

  const methods: Record<string, (content: unknown) => Params> = {
    ...questions(book),
    'alipay.trade.refund'(content) {
      const outcome = book.refund(parseContent(RefundRequest, content), refundMode);
      tell(outcome);
      return describeRefunded(outcome);
    },
  };

  const app = new Koa<{ params: Params }>();
  app.use(async (ctx, next) => {
    if (ctx.path !== gatewayPath) return;
    ctx.state.params = await paramsOf(ctx);
    // All calls share one path: with the method behind it, a fault can be planned for one of them.
    ctx.path = `${gatewayPath}/${ctx.state.params.method ?? ''}`;
    await next();
  });
  app.use(faults.middleware);
  app.use((ctx) => {
    const { params } = ctx.state;
    if (params.method === 'alipay.trade.wap.pay') openPage(ctx, params, book, options);
    else answer(ctx, params, { methods, privateKey, options, takeSpoiling });
  });

  return {
    app,
    faults,
    trades: () => book.list(),
    find: (outTradeNo) => book.find(outTradeNo),
    findByTradeNo: (tradeNo) => book.findByTradeNo(tradeNo),
    async pay(outTradeNo) {
      const trade = book.pay(outTradeNo);
      notifier.announce({ trade, refund: null });
      return trade;
    },
    wayBack: (outTradeNo) => wayBack(book.get(outTradeNo), options, privateKey),
    finish: (outTradeNo) => book.finish(outTradeNo),
    setRefundMode: (mode) => {
      refundMode = mode;
    },
    refundMode: () => refundMode,
    refundAtConsole: (outTradeNo, refundFen) => tell(book.refundAtConsole(outTradeNo, refundFen)),
    makeWaitingRefund(outTradeNo) {
      const outcome = book.makeWaiting(outTradeNo);
      return outcome && tell(outcome);
    },
    notifications: notifier,
    spoilAnswers(plan) {
      plans.push({ ...plan });
    },
    clearSpoiling() {
      plans = [];
    },
  };
}

/** The address and the form together, as Alipay reads them. */
async function paramsOf(ctx: Context): Promise<Params> {
  const body = await readBody(ctx.req, bodyMax);
  const form = new URLSearchParams(ctx.is('application/x-www-form-urlencoded') ? (body?.toString('utf8') ?? '') : '');
  return Object.fromEntries([...ctx.URL.searchParams, ...form]);
}

type Gateway = {
  methods: Record<string, (content: unknown) => Params>;
  privateKey: KeyObject;
  options: AlipaySimulatorOptions;
  takeSpoiling(method: string): AnswerSpoiling | null;
};

/** Every answer is a 200 and signed, a no as well. */
function answer(ctx: Context, params: Params, { methods, privateKey, options, takeSpoiling }: Gateway): void {
  const method = params.method ?? '';
  const act = Object.hasOwn(methods, method) ? methods[method] : undefined;
  const name = act ? `${method.replaceAll('.', '_')}_response` : 'error_response';
  let fields: Params;
  try {
    assertGenuine(params, options);
    if (!act) throw new AlipayFault('40002', 'isv.invalid-method', '不存在的方法名');
    fields = { code: '10000', msg: 'Success', ...act(parseJson(Buffer.from(params.biz_content ?? ''))) };
  } catch (error) {
    if (!(error instanceof AlipayFault)) throw error;
    const msg = error.code === '40004' ? 'Business Failed' : 'Invalid Arguments';
    fields = { code: error.code, msg, sub_code: error.subCode, sub_msg: error.message };
  }
  ctx.type = 'text/html;charset=utf-8'; // As they send it.
  ctx.body = signAnswer(name, fields, privateKey, takeSpoiling(method));
}

/** A buyer's browser opens the payment page: a good signature leads to the cashier, anything else to a page that says why not. */
function openPage(ctx: Context, params: Params, book: TradeBook, options: AlipaySimulatorOptions): void {
  try {
    assertGenuine(params, options);
    const request = parseContent(PayRequest, parseJson(Buffer.from(params.biz_content ?? '')));
    const trade = book.open(request, { notifyUrl: params.notify_url || null, returnUrl: params.return_url || null });
    ctx.redirect(`${options.publicUrl.replace(/\/+$/, '')}/sandbox/alipay?trade=${trade.tradeNo}`);
  } catch (error) {
    if (!(error instanceof AlipayFault)) throw error;
    ctx.status = 400;
    ctx.type = 'html';
    ctx.body = renderAlipayRefusal(error.subCode, error.message).text;
  }
}

/** What only looks, and the closing. */
function questions(book: TradeBook): Record<string, (content: unknown) => Params> {
  return {
    'alipay.trade.query': (content) => describeTrade(book.get(parseContent(QueryRequest, content).out_trade_no)),
    'alipay.trade.close'(content) {
      const trade = book.close(parseContent(CloseRequest, content).out_trade_no);
      return { out_trade_no: trade.outTradeNo, trade_no: trade.tradeNo };
    },
    'alipay.trade.fastpay.refund.query'(content) {
      const request = parseContent(RefundQueryRequest, content);
      const trade = book.get(request.out_trade_no);
      const refund = trade.refunds.find(({ outRequestNo }) => outRequestNo === request.out_request_no);
      if (refund?.state !== 'succeeded') return {}; // A success that says nothing is Alipay's "no such refund".
      return {
        ...(request.query_options?.includes('gmt_refund_pay') ? { gmt_refund_pay: shanghaiText(refund.at) } : {}),
        out_request_no: refund.outRequestNo,
        out_trade_no: trade.outTradeNo,
        refund_amount: yuanText(refund.refundFen),
        refund_status: 'REFUND_SUCCESS',
        total_amount: yuanText(trade.totalFen),
        trade_no: trade.tradeNo,
      };
    },
  };
}

/** `refund_fee` is the sum of all refunds of the trade. */
function describeRefunded({ trade, refund, moved }: RefundOutcome): Params {
  return {
    buyer_logon_id: 'sui***@sandbox.com',
    buyer_user_id: '2088000000000001',
    fund_change: moved ? 'Y' : 'N',
    gmt_refund_pay: shanghaiText(refund.at),
    out_trade_no: trade.outTradeNo,
    refund_fee: yuanText(refundedFenOf(trade)),
    send_back_fee: '0.00',
    trade_no: trade.tradeNo,
  };
}

/** A buyer who paid comes back with Alipay's signed word, one who gave up without. */
function wayBack(trade: SandboxTrade, options: AlipaySimulatorOptions, privateKey: KeyObject): string | null {
  if (trade.paidAt === null) return trade.quitUrl ?? trade.returnUrl;
  if (trade.returnUrl === null) return null;

  const fields = {
    charset: 'utf-8',
    out_trade_no: trade.outTradeNo,
    method: 'alipay.trade.wap.pay.return',
    total_amount: yuanText(trade.totalFen),
    trade_no: trade.tradeNo,
    auth_app_id: options.appId,
    version: '1.0',
    app_id: options.appId,
    seller_id: options.sellerId,
    timestamp: shanghaiText(clock.now()),
  };
  const address = new URL(trade.returnUrl);
  for (const [name, value] of Object.entries(signForm(fields, privateKey))) address.searchParams.set(name, value);
  return address.href;
}
