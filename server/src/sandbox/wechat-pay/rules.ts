import { z } from 'zod';
import { clock, days, minutes } from '../../lib/clock';
import { WechatPayFault } from './fault';

/** No character of four bytes: WeChat Pay takes no emoji. */
const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\u{10000}-\u{10ffff}]*$/u);
const fen = z.number().int().min(1).max(10_000_000_000);
const rfc3339 = z.iso.datetime({ offset: true });

const Goods = z.strictObject({
  merchant_goods_id: text(32),
  wechatpay_goods_id: text(32).optional(),
  goods_name: text(256).optional(),
  quantity: z.number().int().min(1),
  unit_price: z.number().int().min(0),
});

/** `POST /v3/pay/transactions/jsapi`, field by field: lengths as documented, nothing unknown, no null. */
const JsapiRequest = z.strictObject({
  appid: text(32),
  mchid: text(32),
  description: text(127),
  out_trade_no: z.string().regex(/^[0-9A-Za-z_\-|*]{6,32}$/),
  time_expire: rfc3339.optional(),
  attach: text(128).optional(),
  notify_url: text(255),
  goods_tag: text(32).optional(),
  support_fapiao: z.boolean().optional(),
  amount: z.strictObject({ total: fen, currency: z.literal('CNY').optional() }),
  payer: z.strictObject({ openid: text(128) }),
  detail: z
    .strictObject({
      cost_price: z.number().int().optional(),
      invoice_id: text(32).optional(),
      goods_detail: z.array(Goods).min(1).max(6_000).optional(),
    })
    .optional(),
  scene_info: z
    .strictObject({
      payer_client_ip: text(45),
      device_id: text(32).optional(),
      store_info: z
        .strictObject({
          id: text(32),
          name: text(256).optional(),
          area_code: text(32).optional(),
          address: text(512).optional(),
        })
        .optional(),
    })
    .optional(),
  settle_info: z.strictObject({ profit_sharing: z.boolean().optional() }).optional(),
});
export type JsapiRequest = z.infer<typeof JsapiRequest>;

const refundNo = z.string().regex(/^[0-9A-Za-z_\-|*@]{1,64}$/);

/** `POST /v3/refund/domestic/refunds`: the order by one of its two numbers. */
const RefundRequest = z.strictObject({
  transaction_id: text(32).optional(),
  out_trade_no: text(32).optional(),
  out_refund_no: refundNo,
  reason: text(80)
    .refine((reason) => Buffer.byteLength(reason) <= 80, 'longer than 80 bytes')
    .optional(),
  notify_url: text(256).optional(),
  funds_account: z.literal('AVAILABLE').optional(),
  amount: z.strictObject({ refund: fen, total: fen, currency: z.literal('CNY') }),
  goods_detail: z
    .array(
      Goods.pick({ merchant_goods_id: true, wechatpay_goods_id: true, goods_name: true, unit_price: true }).extend({
        refund_amount: fen,
        refund_quantity: z.number().int().min(1),
      }),
    )
    .optional(),
});
export type RefundRequest = z.infer<typeof RefundRequest>;

/** `GET /v3/bill/tradebill`. Of the bill's types this sandbox writes the one that holds everything. */
const BillRequest = z.strictObject({
  bill_date: z.iso.date(),
  bill_type: z.literal('ALL').default('ALL'),
  tar_type: z.literal('GZIP').optional(),
});
export type BillRequest = z.infer<typeof BillRequest>;

export const CloseRequest = z.strictObject({ mchid: text(32) });

/** The request as WeChat Pay reads it, or its `PARAM_ERROR` with the field that was at fault. */
export function parseRequest<T>(shape: z.ZodType<T>, value: unknown): T {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;

  const issue = parsed.error.issues[0];
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  throw paramError(`/${[...(issue?.path ?? []), ...unknown].join('/')}`, issue?.message ?? 'invalid');
}

export function parseJsapiRequest(value: unknown): JsapiRequest {
  const request = parseRequest(JsapiRequest, value);
  assertNotifyUrl(request.notify_url);
  if (request.time_expire !== undefined) assertTimeExpire(Date.parse(request.time_expire));
  return request;
}

export function parseRefundRequest(value: unknown): RefundRequest {
  const request = parseRequest(RefundRequest, value);
  if ((request.transaction_id ?? request.out_trade_no) === undefined) {
    throw paramError('/out_trade_no', 'transaction_id和out_trade_no必须二选一');
  }
  if (request.notify_url !== undefined) assertNotifyUrl(request.notify_url);
  return request;
}

/** Of the last three months, and of a day that is over. */
export function parseBillRequest(query: unknown): BillRequest {
  const request = parseRequest(BillRequest, query);
  const startsAt = Date.parse(`${request.bill_date}T00:00:00+08:00`);
  if (startsAt + days(1) > clock.now() || startsAt < clock.now() - days(92)) {
    throw new WechatPayFault(400, 'INVALID_REQUEST', '账单日期不在可下载的范围内，请检查bill_date');
  }
  return request;
}

/** A minute at least, whatever was asked; a week when nothing was. */
export function closingTime(request: JsapiRequest): number {
  const now = clock.now();
  return request.time_expire === undefined
    ? now + days(7)
    : Math.max(Date.parse(request.time_expire), now + minutes(1));
}

function assertTimeExpire(ms: number): void {
  if (ms <= clock.now()) throw paramError('/time_expire', '订单失效时间早于当前时间');
  if (ms > clock.now() + days(90)) throw paramError('/time_expire', '订单失效时间超过90天');
}

/** Public https without a query, as they ask; on loopback, where only a sandbox can be, http as well. */
function assertNotifyUrl(value: string): void {
  const url = URL.canParse(value) ? new URL(value) : null;
  const isLoopback = url !== null && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  const isAllowed = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback);
  if (!isAllowed || value.includes('?') || value.includes('#')) throw paramError('/notify_url', '回调地址格式不正确');
}

function paramError(field: string, issue: string): WechatPayFault {
  return new WechatPayFault(400, 'PARAM_ERROR', `参数错误：${field} ${issue}`, {
    field,
    value: '',
    issue,
    location: 'body',
  });
}
