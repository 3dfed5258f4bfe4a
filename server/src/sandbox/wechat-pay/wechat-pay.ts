import { createPrivateKey, createPublicKey, verify } from 'node:crypto';
import Koa, { type Context, type Next } from 'koa';
import type { JsapiPayment } from '@suyi/shared-types';
import { randomHex } from '../../lib/ids';
import { createFaults, type Faults } from '../faults';
import { readBody } from '../read-body';
import { createBillDesk, type Bills } from './bills';
import { WechatPayFault } from './fault';
import { createNotifier, type Notifications, type Parcel, type Signer } from './notifications';
import { createOrderBook, isPaid, type OrderBook, type SandboxOrder } from './orders';
import { createRefundBook, type Refunds } from './refunds';
import { wechatPayRoutes, type Accepted } from './routes';
import { findAuthorizationFault, signForMerchant, type Spoiling } from './signing';

export type WechatPaySimulatorOptions = {
  appid: string;
  mchid: string;
  merchantSerialNo: string;
  merchantPublicKeyPem: string;
  /** 32 bytes. */
  apiV3Key: string;
  platformPrivateKeyPem: string;
  publicKeyId: string;
  /** A merchant of the older kind: answers are signed under this certificate's serial unless the request names the public key. */
  platformCertificate?: { pem: string; serialNo: string; privateKeyPem: string };
  /** Speeds up the retries of notifications: 1 is WeChat Pay's own pace. */
  ladderScale?: number;
};

export type PaymentCheck = { ok: true; order: SandboxOrder } | { ok: false; reason: string };

export type WechatPaySimulator = {
  app: Koa;
  faults: Faults;
  /** Newest first. */
  orders(): SandboxOrder[];
  find(outTradeNo: string): SandboxOrder | null;
  /** Null too when the prepay id is older than its two hours. */
  findByPrepayId(prepayId: string): SandboxOrder | null;
  /** What WeChat checks when a phone calls `wx.requestPayment`: the signature over appid, time, nonce and package, and the order behind it. */
  checkPaymentParams(params: JsapiPayment): PaymentCheck;
  /** The user pays. The order is paid when this resolves; the notification is on its way. Rejects when it cannot be paid. */
  pay(outTradeNo: string): Promise<SandboxOrder>;
  /** The password pad is open: closing the order is refused with FREQUENCY_LIMITED until `pay` or `abandon`. */
  startPaying(outTradeNo: string): SandboxOrder;
  /** The user leaves without paying. WeChat Pay tells nobody. */
  abandon(outTradeNo: string): SandboxOrder;
  notifications: Notifications;
  refunds: Refunds;
  bills: Bills;
  /**
   * Whose key signs answers and notifications, for the days when a merchant moves from one to the other. `as_asked`, as at the
   * start: the one that the request names, or else the certificate where there is one.
   */
  signWith(key: SigningKey): void;
  /** The next `times` answers go out spoilt; with `path`, those to requests whose path contains it. */
  spoilAnswers(plan: AnswerPlan): void;
};

export type SigningKey = 'as_asked' | 'certificate' | 'public_key';

export type AnswerPlan = { spoiling: Spoiling; times: number; path?: string };

const bodyMax = 64 * 1024;

/** WeChat Pay's API v3 as one direct merchant meets it. It believes nothing that the vendor would not believe. */
export function createWechatPaySimulator(options: WechatPaySimulatorOptions): WechatPaySimulator {
  const faults = createFaults();
  const book = createOrderBook(options);
  const signers = signersOf(options);
  const spoilings = createSpoilings();

  const notifier = createNotifier({
    apiV3Key: options.apiV3Key,
    signer: () => signers.pick(null),
    ladderScale: options.ladderScale ?? 1,
    paidParcel(outTradeNo) {
      const order = book.find(outTradeNo);
      if (!order || !isPaid(order)) throw new WechatPayFault(400, 'TRADE_ERROR', '订单未支付，没有通知可发');
      return parcelOf(order, book);
    },
    forgedParcel: (outTradeNo) => parcelOf(book.asIfPaid(outTradeNo), book),
  });
  const refunds = createRefundBook(options.mchid, book, notifier);
  const bills = createBillDesk(options, { orders: book.list, refunds: refunds.list });

  const app = new Koa<Accepted>();
  app.use(faults.middleware);
  app.use(async (ctx, next) => {
    const body = await answerOf(ctx, next);
    if (!body) return; // A bill's file: the one answer that WeChat Pay does not sign.
    const signed = signForMerchant(body, signers.pick(ctx.get('wechatpay-serial')), spoilings.take(ctx.path));
    ctx.set({ ...signed.headers, 'Request-ID': randomHex(16).toUpperCase() });
    if (ctx.status !== 204) ctx.body = signed.body;
    if (ctx.status !== 204) ctx.type = 'application/json';
  });
  app.use(async (ctx, next) => {
    ctx.state.body = await acceptRequest(ctx, options);
    await next();
  });
  app.use(wechatPayRoutes({ orders: book, refunds, bills }, options).routes());
  app.use(() => {
    throw new WechatPayFault(404, 'RESOURCE_NOT_EXISTS', '请求的资源不存在');
  });

  return {
    app,
    faults,
    orders: () => book.list(),
    find: (outTradeNo) => book.find(outTradeNo),
    findByPrepayId: (prepayId) => book.findByPrepayId(prepayId),
    checkPaymentParams: (params) => checkPaymentParams(params, book, options),
    async pay(outTradeNo) {
      const order = book.pay(outTradeNo);
      notifier.announce(parcelOf(order, book));
      return order;
    },
    startPaying: (outTradeNo) => book.startPaying(outTradeNo),
    abandon: (outTradeNo) => book.stopPaying(outTradeNo),
    notifications: {
      ...notifier,
      stop() {
        notifier.stop();
        refunds.stop();
      },
    },
    refunds,
    bills,
    signWith: signers.choose,
    spoilAnswers: spoilings.plan,
  };
}

/** A payment as WeChat Pay tells of it: in the state that it came in, whatever became of the order since. */
function parcelOf(order: SandboxOrder, book: OrderBook): Parcel {
  return {
    outTradeNo: order.outTradeNo,
    url: order.notifyUrl,
    eventType: 'TRANSACTION.SUCCESS',
    originalType: 'transaction',
    summary: '支付成功',
    resource: book.transaction({ ...order, tradeState: 'SUCCESS' }),
  };
}

function createSpoilings() {
  let plans: AnswerPlan[] = [];
  return {
    plan(plan: AnswerPlan): void {
      plans.push({ ...plan });
    },
    take(path: string): Spoiling | null {
      const plan = plans.find((candidate) => path.includes(candidate.path ?? ''));
      if (!plan) return null;
      plan.times -= 1;
      plans = plans.filter((candidate) => candidate.times > 0);
      return plan.spoiling;
    },
  };
}

/** WeChat Pay's two ways to sign: by the public key that merchants are given, and by the certificate that older ones fetch. */
function signersOf(options: WechatPaySimulatorOptions) {
  const { platformCertificate: certificate } = options;
  const byPublicKey = { serial: options.publicKeyId, privateKey: createPrivateKey(options.platformPrivateKeyPem) };
  const byCertificate = certificate
    ? { serial: certificate.serialNo, privateKey: createPrivateKey(certificate.privateKeyPem) }
    : byPublicKey;
  let chosen: SigningKey = 'as_asked';

  return {
    choose(key: SigningKey): void {
      chosen = key;
    },
    pick(named: string | null): Signer {
      if (chosen === 'public_key') return byPublicKey;
      return chosen === 'as_asked' && named === byPublicKey.serial ? byPublicKey : byCertificate;
    },
  };
}

/** What the routes say, as bytes to be signed, a fault in WeChat Pay's own form; null when it is a file. */
async function answerOf(ctx: Context, next: Next): Promise<Buffer | null> {
  try {
    await next();
  } catch (error) {
    if (!(error instanceof WechatPayFault)) throw error;
    ctx.status = error.status;
    ctx.body = { code: error.code, message: error.message, ...(error.detail ? { detail: error.detail } : {}) };
  }
  if (Buffer.isBuffer(ctx.body)) return null;
  return ctx.status === 204 ? Buffer.alloc(0) : Buffer.from(JSON.stringify(ctx.body));
}

/** The body of a request that is truly this merchant's, under a key of ours that exists. */
async function acceptRequest(ctx: Context, options: WechatPaySimulatorOptions): Promise<Buffer> {
  const body = await readBody(ctx.req, bodyMax);
  if (!body) throw new WechatPayFault(400, 'PARAM_ERROR', '请求体过大');
  if (!ctx.accepts('application/json')) throw new WechatPayFault(406, 'PARAM_ERROR', 'Accept头应为application/json');
  if (body.length > 0 && !ctx.is('application/json')) {
    throw new WechatPayFault(415, 'PARAM_ERROR', 'Content-Type应为application/json');
  }
  if (ctx.get('user-agent') === '') throw new WechatPayFault(403, 'NO_AUTH', '请求缺少User-Agent');

  const fault = findAuthorizationFault(
    { method: ctx.method, url: ctx.url, body, authorization: ctx.get('authorization') },
    { mchid: options.mchid, serialNo: options.merchantSerialNo, publicKeyPem: options.merchantPublicKeyPem },
  );
  if (fault) throw new WechatPayFault(401, 'SIGN_ERROR', fault);

  const named = ctx.get('wechatpay-serial');
  if (named !== '' && !isOurSerial(named, options)) {
    throw new WechatPayFault(400, 'PARAM_ERROR', '平台证书序列号Wechatpay-Serial错误');
  }
  return body;
}

function isOurSerial(named: string, options: WechatPaySimulatorOptions): boolean {
  return named === options.publicKeyId || named === options.platformCertificate?.serialNo;
}

function checkPaymentParams(params: JsapiPayment, book: OrderBook, options: WechatPaySimulatorOptions): PaymentCheck {
  const [, prepayId] = /^prepay_id=(.+)$/.exec(params.package) ?? [];
  if (!prepayId || !/^\d{10}$/.test(params.timeStamp) || !/^.{1,32}$/.test(params.nonceStr)) {
    return { ok: false, reason: '支付参数格式有误' };
  }

  const lines = [options.appid, params.timeStamp, params.nonceStr, params.package, ''].join('\n');
  const signature = Buffer.from(params.paySign, 'base64');
  const isSigned = verify('RSA-SHA256', Buffer.from(lines), createPublicKey(options.merchantPublicKeyPem), signature);
  if (!isSigned) return { ok: false, reason: '支付签名验证失败' };

  const order = book.findByPrepayId(prepayId);
  if (!order) return { ok: false, reason: '预支付标识不存在或已过期' };
  if (isPaid(order)) return { ok: false, reason: '订单已支付' };
  if (order.tradeState === 'CLOSED') return { ok: false, reason: '订单已关闭' };
  return { ok: true, order };
}
