import { z } from 'zod';
import { clock } from '../../lib/clock';
import { parseJson } from '../../vendors/http';
import { status, type VirtualBook, type VirtualOrder, type VirtualRefund } from './orders';
import { hmac, type VirtualMerchant } from './rules';

type Reply = Record<string, unknown>;

export type VirtualApi = {
  /** Answers one call of the server: its path, its `pay_sig`, and its body as it came. */
  answer(call: { path: string; paySig: string | undefined; body: Buffer }): Reply;
};

const Numbers = { order_id: z.string().optional(), wx_order_id: z.string().optional() };
const env = z.union([z.literal(0), z.literal(1)]);
const QueryOrder = z.object({ openid: z.string().min(1), env, ...Numbers });
const ProvideGoods = z.object({ env, ...Numbers });
const RefundOrder = z.object({
  openid: z.string().min(1),
  env,
  ...Numbers,
  refund_order_id: z.string().regex(/^[0-9A-Za-z_-]{8,32}$/),
  left_fee: z.number().int(),
  refund_fee: z.number().int().positive(),
  biz_meta: z.string().max(1_024),
  refund_reason: z.enum(['0', '1', '2', '3', '4', '5']),
  req_from: z.enum(['1', '2', '3']),
});

const no = (errcode: number, errmsg: string): Reply => ({ errcode, errmsg });
const yes = { errcode: 0, errmsg: 'ok' };
const wrongOpenid = no(268490001, 'openid错误');
const wrongField = (field: string): Reply => no(268490002, `请求参数字段错误: ${field}`);
const wrongSignature = no(268490003, '签名错误');

/** The calls that a server makes, checked as WeChat checks them. */
export function createVirtualApi(input: {
  merchant: VirtualMerchant | null;
  book: VirtualBook;
  /** A refund was taken and has to be seen through. */
  onRefund(refund: VirtualRefund): void;
}): VirtualApi {
  const { merchant, book } = input;
  const answers = new Map<string, (body: unknown, merchant: VirtualMerchant) => Reply>([
    ['/xpay/query_order', (body, { env: ours }) => queryOrder(body, book, ours)],
    ['/xpay/notify_provide_goods', (body, { env: ours }) => provideGoods(body, book, ours)],
    ['/xpay/refund_order', (body, { env: ours }) => refundOrder(body, book, ours, input.onRefund)],
  ]);

  return {
    answer({ path, paySig, body }) {
      const answer = answers.get(path);
      if (!answer) return no(40066, 'invalid url');
      if (!merchant) return no(268490021, '账户未完成进件');

      // The page of notify_provide_goods lists no signature, and an older one shows it: both are let in.
      const isOptional = path === '/xpay/notify_provide_goods' && paySig === undefined;
      const isSigned = isOptional || paySig === hmac(merchant.appKey, `${path}&${body.toString('utf8')}`);
      return isSigned ? answer(parseJson(body), merchant) : wrongSignature;
    },
  };
}

function queryOrder(body: unknown, book: VirtualBook, ourEnv: 0 | 1): Reply {
  const asked = QueryOrder.safeParse(body);
  if (!asked.success || asked.data.env !== ourEnv) return wrongField('env');
  const payment = book.findByNumber(asked.data);
  const refund = payment ? null : book.findRefund(asked.data);
  const order = payment ?? (refund && book.find(refund.outTradeNo));
  if (!order) return yes;
  if (order.openid !== asked.data.openid) return wrongOpenid;
  return { ...yes, order: refund ? describeRefund(refund, order) : describeOrder(order) };
}

function provideGoods(body: unknown, book: VirtualBook, ourEnv: 0 | 1): Reply {
  const asked = ProvideGoods.safeParse(body);
  const order = asked.success && asked.data.env === ourEnv ? book.findByNumber(asked.data) : null;
  if (!order) return wrongField('order_id');
  if (order.status === status.delivered) return no(268490004, '重复操作');
  if (order.status !== status.paid) return wrongField('status');
  deliver(book, order.outTradeNo);
  return yes;
}

/** The merchant has the goods out: by a push that was accepted, or by the call for it. */
export function deliver(book: VirtualBook, outTradeNo: string): void {
  const order = book.find(outTradeNo);
  if (order?.status !== status.paid) return;
  book.change(outTradeNo, { status: status.delivered, deliveredAt: clock.now() });
}

function refundOrder(
  body: unknown,
  book: VirtualBook,
  ourEnv: 0 | 1,
  onRefund: (refund: VirtualRefund) => void,
): Reply {
  const asked = RefundOrder.safeParse(body);
  if (!asked.success) return wrongField(asked.error.issues[0]?.path.join('.') ?? 'body');
  if (asked.data.env !== ourEnv) return wrongField('env');
  const order = book.findByNumber(asked.data);
  if (!order) return wrongField('order_id');
  if (order.openid !== asked.data.openid) return wrongOpenid;

  const known = book.findRefund({ order_id: asked.data.refund_order_id });
  if (known && known.state !== 'running') return no(268490004, '重复操作');
  const isRunning = book.refundsOf(order.outTradeNo).some((refund) => refund.state === 'running');
  if (isRunning) return no(268490014, '退款操作进行中，稍后可以使用相同参数重试');
  if (order.platform === 'ios' || order.paidAt === null) return wrongField('order_id');
  if (asked.data.left_fee !== order.leftFen) return no(268490016, '退款的left_fee字段与实际不符');
  if (asked.data.refund_fee > order.leftFen) return wrongField('refund_fee');

  const refund = book.addRefund({
    refundNo: asked.data.refund_order_id,
    outTradeNo: order.outTradeNo,
    refundFen: asked.data.refund_fee,
    meta: asked.data.biz_meta,
  });
  onRefund(refund);
  return {
    ...yes,
    refund_order_id: refund.refundNo,
    refund_wx_order_id: refund.wxRefundId,
    pay_order_id: order.outTradeNo,
    pay_wx_order_id: order.wxOrderId,
  };
}

const inSeconds = (ms: number | null): number => (ms === null ? 0 : Math.floor(ms / 1_000));

function describeOrder(order: VirtualOrder): Reply {
  return {
    order_id: order.outTradeNo,
    create_time: inSeconds(order.createdAt),
    update_time: inSeconds(order.deliveredAt ?? order.paidAt ?? order.createdAt),
    status: order.status,
    biz_type: 0,
    order_fee: order.totalFen,
    paid_fee: order.paidAt === null ? 0 : order.totalFen,
    order_type: order.platform === 'ios' ? 7 : 0,
    refund_fee: 0,
    paid_time: inSeconds(order.paidAt),
    provide_time: inSeconds(order.deliveredAt),
    biz_meta: order.attach,
    env_type: order.env + 1,
    left_fee: order.paidAt === null ? 0 : order.leftFen,
    wx_order_id: order.wxOrderId,
    wxpay_order_id: order.transactionId ?? '',
    sett_state: 0,
  };
}

const refundStatuses = { running: status.created, done: status.refundDone, failed: status.refundFailed } as const;

function describeRefund(refund: VirtualRefund, order: VirtualOrder): Reply {
  return {
    order_id: refund.refundNo,
    create_time: inSeconds(refund.createdAt),
    update_time: inSeconds(refund.endedAt ?? refund.createdAt),
    status: refundStatuses[refund.state],
    biz_type: 0,
    order_fee: order.totalFen,
    paid_fee: 0,
    order_type: order.platform === 'ios' ? 8 : 1,
    refund_fee: refund.refundFen,
    paid_time: refund.state === 'done' ? inSeconds(refund.endedAt) : 0,
    biz_meta: refund.meta,
    env_type: order.env + 1,
    left_fee: 0,
    wx_order_id: refund.wxRefundId,
    wxpay_order_id: order.transactionId ?? '',
  };
}
