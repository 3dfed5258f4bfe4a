import { X509Certificate } from 'node:crypto';
import { Router } from '@koa/router';
import { toMoment } from '../../lib/clock';
import { parseJson } from '../../vendors/http';
import type { BillDesk } from './bills';
import { WechatPayFault } from './fault';
import type { OrderBook, SandboxOrder } from './orders';
import { describeRefund } from './refund';
import type { RefundBook } from './refunds';
import { CloseRequest, parseBillRequest, parseJsapiRequest, parseRefundRequest, parseRequest } from './rules';
import { seal } from './signing';

/** What a request brings along once it is known to be the merchant's. */
export type Accepted = { body: Buffer };

type Desks = { orders: OrderBook; refunds: RefundBook; bills: BillDesk };
type Merchant = {
  appid: string;
  mchid: string;
  apiV3Key: string;
  platformCertificate?: { pem: string; serialNo: string };
};

/** The calls of API v3 that a direct merchant makes, each answered by the desk whose it is. */
export function wechatPayRoutes(desks: Desks, merchant: Merchant): Router<Accepted> {
  const routes = new Router<Accepted>({ prefix: '/v3' });
  addOrders(routes, desks, merchant);
  addRefunds(routes, desks);
  addBills(routes, desks);
  addCertificates(routes, merchant);
  return routes;
}

function addOrders(routes: Router<Accepted>, { orders }: Desks, merchant: Merchant): void {
  const assertMchid = (mchid: unknown): void => {
    if (mchid !== merchant.mchid) {
      throw new WechatPayFault(400, 'PARAM_ERROR', '参数错误：/mchid 与签名的商户号不一致');
    }
  };
  const describe = (order: SandboxOrder | null): Record<string, unknown> => {
    if (!order) throw new WechatPayFault(404, 'ORDER_NOT_EXIST', '订单不存在');
    return orders.transaction(order);
  };

  routes.post('/pay/transactions/jsapi', (ctx) => {
    const request = parseJsapiRequest(parseJson(ctx.state.body));
    if (request.mchid !== merchant.mchid) throw new WechatPayFault(400, 'MCH_NOT_EXISTS', '商户号不存在');
    if (request.appid !== merchant.appid) throw new WechatPayFault(400, 'APPID_MCHID_NOT_MATCH', 'appid和mchid不匹配');
    ctx.body = { prepay_id: orders.place(request).prepayId };
  });

  routes.get('/pay/transactions/out-trade-no/:outTradeNo', (ctx) => {
    assertMchid(ctx.query['mchid']);
    ctx.body = describe(orders.find(ctx.params['outTradeNo'] ?? ''));
  });

  routes.get('/pay/transactions/id/:transactionId', (ctx) => {
    assertMchid(ctx.query['mchid']);
    ctx.body = describe(orders.findByTransactionId(ctx.params['transactionId'] ?? ''));
  });

  routes.post('/pay/transactions/out-trade-no/:outTradeNo/close', (ctx) => {
    const { mchid } = parseRequest(CloseRequest, parseJson(ctx.state.body));
    assertMchid(mchid);
    orders.close(ctx.params['outTradeNo'] ?? '');
    ctx.status = 204;
  });
}

function addRefunds(routes: Router<Accepted>, { refunds }: Desks): void {
  routes.post('/refund/domestic/refunds', (ctx) => {
    ctx.body = describeRefund(refunds.take(parseRefundRequest(parseJson(ctx.state.body))));
  });

  routes.get('/refund/domestic/refunds/:outRefundNo', (ctx) => {
    const refund = refunds.find(ctx.params['outRefundNo'] ?? '');
    if (!refund) throw new WechatPayFault(404, 'RESOURCE_NOT_EXISTS', '退款单不存在');
    ctx.body = describeRefund(refund);
  });
}

function addBills(routes: Router<Accepted>, { bills }: Desks): void {
  routes.get('/bill/tradebill', (ctx) => {
    ctx.body = bills.announce(parseBillRequest({ ...ctx.query }));
  });

  routes.get('/billdownload/file', (ctx) => {
    const { token } = ctx.query;
    ctx.body = bills.file(typeof token === 'string' ? token : '');
    ctx.type = 'application/octet-stream';
  });
}

function addCertificates(routes: Router<Accepted>, merchant: Merchant): void {
  routes.get('/certificates', (ctx) => {
    const certificate = merchant.platformCertificate;
    if (!certificate) throw new WechatPayFault(404, 'RESOURCE_NOT_EXISTS', '无可用的平台证书，请使用微信支付公钥');
    const { validFrom, validTo } = new X509Certificate(certificate.pem);
    ctx.body = {
      data: [
        {
          serial_no: certificate.serialNo,
          effective_time: toMoment(Date.parse(validFrom)),
          expire_time: toMoment(Date.parse(validTo)),
          encrypt_certificate: seal(certificate.pem, merchant.apiV3Key, 'certificate'),
        },
      ],
    };
  });
}
