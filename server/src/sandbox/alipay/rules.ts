import { z } from 'zod';
import { clock, days } from '../../lib/clock';
import { businessFault } from './fault';
import { shanghaiMs } from './signing';

const text = (max: number) => z.string().min(1).max(max);
const outTradeNo = z.string().regex(/^\w{1,64}$/);
const yuan = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,2})?$/)
  .transform(fenOf)
  .refine((fen) => fen >= 1 && fen <= 10_000_000_000);

/** `alipay.trade.wap.pay`, as far as a merchant with one product meets it. */
export const PayRequest = z.strictObject({
  out_trade_no: outTradeNo,
  total_amount: yuan,
  subject: text(256).regex(/^[^/=&]*$/),
  product_code: z.literal('QUICK_WAP_WAY'),
  time_expire: z.string().transform(shanghaiMs).refine(isWithinBounds).optional(),
  quit_url: text(400).optional(),
  body: text(128).optional(),
  passback_params: text(512).optional(),
});
export type PayRequest = z.infer<typeof PayRequest>;

export const QueryRequest = z.strictObject({
  out_trade_no: outTradeNo,
  query_options: z.array(text(64)).max(20).optional(),
});

export const CloseRequest = z.strictObject({ out_trade_no: outTradeNo, operator_id: text(28).optional() });

export const RefundRequest = z.strictObject({
  out_trade_no: outTradeNo,
  refund_amount: yuan,
  out_request_no: text(64),
  refund_reason: text(256).optional(),
});
export type RefundRequest = z.infer<typeof RefundRequest>;

export const RefundQueryRequest = z.strictObject({
  out_trade_no: outTradeNo,
  out_request_no: text(64),
  query_options: z.array(text(64)).max(20).optional(),
});

/** `biz_content` as Alipay reads it, or its ACQ.INVALID_PARAMETER. */
export function parseContent<T>(shape: z.ZodType<T>, value: unknown): T {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw businessFault(
    'INVALID_PARAMETER',
    `参数无效：${issue?.path.join('.') || 'biz_content'} ${issue?.message ?? ''}`,
  );
}

/** Alipay takes `99`, `99.5` and `99.50` alike. */
function fenOf(amount: string): number {
  const [whole = '0', fraction = ''] = amount.split('.');
  return Number(whole + fraction.padEnd(2, '0'));
}

/** A payment page lives fifteen days at most. */
function isWithinBounds(ms: number): boolean {
  return ms > clock.now() && ms <= clock.now() + days(15);
}
