import { createPrivateKey, createPublicKey, verify, X509Certificate } from 'node:crypto';
import { Router } from '@koa/router';
import Koa, { type Context, type Next } from 'koa';
import type { JsapiPayment } from '@suyi/shared-types';
import { randomHex } from '../lib/ids';
import { toMoment } from '../lib/clock';
import { parseJson } from '../vendors/http';
import { createFaults, type Faults } from './faults';
import { readBody } from './read-body';
import { WechatPayFault } from './wechat-pay-fault';
import { createNotifier, type Notifications, type Parcel } from './wechat-pay-notifications';
import { createOrderBook, type OrderBook, type SandboxOrder } from './wechat-pay-orders';
import { CloseRequest, parseJsapiRequest, parseRequest } from './wechat-pay-rules';
import { findAuthorizationFault, seal, signForMerchant, type Spoiling } from './wechat-pay-signing';

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
  platformCertificate?: { pem: string; serialNo: string };
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
  /** The next `times` answers go out spoilt; with `path`, those to requests whose path contains it. */
  spoilAnswers(plan: AnswerPlan): void;
};

export type AnswerPlan = { spoiling: Spoiling; times: number; path?: string };

type State = { body: Buffer };

const bodyMax = 64 * 1024;

/** WeChat Pay's API v3 as one direct merchant meets it. It believes nothing that the vendor would not believe. */
export function createWechatPaySimulator(options: WechatPaySimulatorOptions): WechatPaySimulator {
  const faults = createFaults();
  const book = createOrderBook(options);
  const privateKey = createPrivateKey(options.platformPrivateKeyPem);
  const defaultSerial = options.platformCertificate?.serialNo ?? options.publicKeyId;
  let plans: AnswerPlan[] = [];

  function takeSpoiling(path: string): Spoiling | null {
    const plan = plans.find((candidate) => path.includes(candidate.path ?? ''));
    if (!plan) return null;
    plan.times -= 1;
    plans = plans.filter((candidate) => candidate.times > 0);
    return plan.spoiling;
  }

  const parcelOf = (order: SandboxOrder): Parcel => ({
    outTradeNo: order.outTradeNo,
    url: order.notifyUrl,
    transaction: book.transaction(order),
  });
  const notifier = createNotifier({
    apiV3Key: options.apiV3Key,
    signer: { serial: defaultSerial, privateKey },
    ladderScale: options.ladderScale ?? 1,
    paidParcel(outTradeNo) {
      const order = book.find(outTradeNo);
      if (order?.tradeState !== 'SUCCESS') throw new WechatPayFault(400, 'TRADE_ERROR', '订单未支付，没有通知可发');
      return parcelOf(order);
    },
    forgedParcel: (outTradeNo) => parcelOf(book.asIfPaid(outTradeNo)),
  });

  const app = new Koa<State>();
  app.use(faults.middleware);
  app.use(async (ctx, next) => {
    const body = await answerOf(ctx, next);
    const named = ctx.get('wechatpay-serial');
    const serial = isOurSerial(named, options) ? named : defaultSerial;
    const signed = signForMerchant(body, { serial, privateKey }, takeSpoiling(ctx.path));
    ctx.set({ ...signed.headers, 'Request-ID': randomHex(16).toUpperCase() });
    if (ctx.status !== 204) ctx.body = signed.body;
    if (ctx.status !== 204) ctx.type = 'application/json';
  });
  app.use(async (ctx, next) => {
    ctx.state.body = await acceptRequest(ctx, options);
    await next();
  });
  app.use(routesOf(book, options).routes());
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
      notifier.announce(parcelOf(order));
      return order;
    },
    startPaying: (outTradeNo) => book.startPaying(outTradeNo),
    abandon: (outTradeNo) => book.stopPaying(outTradeNo),
    notifications: notifier,
    spoilAnswers(plan) {
      plans.push({ ...plan });
    },
  };
}

/** What the routes say, as bytes to be signed; a fault in WeChat Pay's own form. */
async function answerOf(ctx: Context, next: Next): Promise<Buffer> {
  try {
    await next();
  } catch (error) {
    if (!(error instanceof WechatPayFault)) throw error;
    ctx.status = error.status;
    ctx.body = { code: error.code, message: error.message, ...(error.detail ? { detail: error.detail } : {}) };
  }
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

function routesOf(book: OrderBook, options: WechatPaySimulatorOptions): Router<State> {
  const routes = new Router<State>({ prefix: '/v3' });

  routes.post('/pay/transactions/jsapi', (ctx) => {
    const request = parseJsapiRequest(parseJson(ctx.state.body));
    if (request.mchid !== options.mchid) throw new WechatPayFault(400, 'MCH_NOT_EXISTS', '商户号不存在');
    if (request.appid !== options.appid) throw new WechatPayFault(400, 'APPID_MCHID_NOT_MATCH', 'appid和mchid不匹配');
    ctx.body = { prepay_id: book.place(request).prepayId };
  });

  routes.get('/pay/transactions/out-trade-no/:outTradeNo', (ctx) => {
    assertMchid(ctx.query['mchid'], options);
    ctx.body = describe(book, book.find(ctx.params['outTradeNo'] ?? ''));
  });

  routes.get('/pay/transactions/id/:transactionId', (ctx) => {
    assertMchid(ctx.query['mchid'], options);
    ctx.body = describe(book, book.findByTransactionId(ctx.params['transactionId'] ?? ''));
  });

  routes.post('/pay/transactions/out-trade-no/:outTradeNo/close', (ctx) => {
    const { mchid } = parseRequest(CloseRequest, parseJson(ctx.state.body));
    assertMchid(mchid, options);
    book.close(ctx.params['outTradeNo'] ?? '');
    ctx.status = 204;
  });

  routes.get('/certificates', (ctx) => {
    const certificate = options.platformCertificate;
    if (!certificate) throw new WechatPayFault(404, 'RESOURCE_NOT_EXISTS', '无可用的平台证书，请使用微信支付公钥');
    const { validFrom, validTo } = new X509Certificate(certificate.pem);
    ctx.body = {
      data: [
        {
          serial_no: certificate.serialNo,
          effective_time: toMoment(Date.parse(validFrom)),
          expire_time: toMoment(Date.parse(validTo)),
          encrypt_certificate: seal(certificate.pem, options.apiV3Key, 'certificate'),
        },
      ],
    };
  });

  return routes;
}

function assertMchid(mchid: unknown, options: WechatPaySimulatorOptions): void {
  if (mchid !== options.mchid) throw new WechatPayFault(400, 'PARAM_ERROR', '参数错误：/mchid 与签名的商户号不一致');
}

function describe(book: OrderBook, order: SandboxOrder | null): Record<string, unknown> {
  if (!order) throw new WechatPayFault(404, 'ORDER_NOT_EXIST', '订单不存在');
  return book.transaction(order);
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
  if (order.tradeState === 'SUCCESS') return { ok: false, reason: '订单已支付' };
  if (order.tradeState === 'CLOSED') return { ok: false, reason: '订单已关闭' };
  return { ok: true, order };
}
