import { shanghaiTime } from './orders';
import type { SandboxRefund } from './refund';

/** What becomes one line of a bill: a payment, or a refund when it has one. */
export type BillEntry = {
  /** The merchant's number for it: the order's, or the refund's. */
  number: string;
  at: number;
  outTradeNo: string;
  transactionId: string;
  openid: string;
  description: string;
  fen: number;
  refund: SandboxRefund | null;
};

type Cells = Record<string, string>;

// Published with the bills' format: type ALL, its columns and its totals in their order.
const columns =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注';
const totals = '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额';

const feeRate = 0.006;
const refundWords = { PROCESSING: 'PROCESSING', SUCCESS: 'SUCCESS', ABNORMAL: 'CHANGE', CLOSED: 'FAIL' } as const;

/** The bill as it is packed: a byte order mark, lines ended as Windows does, and before each field a backtick for the sake of Excel. */
export function billText(
  entries: BillEntry[],
  merchant: { appid: string; mchid: string },
  spoiling: { hasWrongTotals: boolean },
): string {
  const lines = entries.map((entry) => lineOf({ ...commonCells(entry, merchant), ...amountCells(entry) }));
  const all = [columns, ...lines, totals, totalsLine(entries, spoiling.hasWrongTotals)];
  return `\uFEFF${all.map((line) => `${line}\r\n`).join('')}`;
}

function commonCells(entry: BillEntry, merchant: { appid: string; mchid: string }): Cells {
  return {
    交易时间: shanghaiTime(entry.at).slice(0, 19).replace('T', ' '),
    公众账号ID: merchant.appid,
    商户号: merchant.mchid,
    特约商户号: '0',
    微信订单号: entry.transactionId,
    商户订单号: entry.outTradeNo,
    用户标识: entry.openid,
    交易类型: 'JSAPI',
    付款银行: 'OTHERS',
    货币种类: 'CNY',
    代金券金额: '0.00',
    充值券退款金额: '0.00',
    商品名称: entry.description,
    费率: '0.60%',
  };
}

/** On a refund's line the order's own amount is nought. */
function amountCells({ fen, refund }: BillEntry): Cells {
  if (!refund) {
    return {
      交易状态: 'SUCCESS',
      应结订单金额: yuan(fen),
      订单金额: yuan(fen),
      微信退款单号: '0',
      商户退款单号: '0',
      退款金额: '0.00',
      申请退款金额: '0.00',
      手续费: feeText(feeOf(fen)),
    };
  }
  return {
    交易状态: 'REFUND',
    应结订单金额: '0.00',
    订单金额: '0.00',
    微信退款单号: refund.refundId,
    商户退款单号: refund.outRefundNo,
    退款金额: yuan(fen),
    申请退款金额: yuan(fen),
    退款类型: 'ORIGINAL',
    退款状态: refundWords[refund.status],
    手续费: feeText(-feeOf(fen)),
  };
}

function totalsLine(entries: BillEntry[], isWrong: boolean): string {
  const sum = (which: BillEntry[]): number => which.reduce((soFar, entry) => soFar + entry.fen, 0);
  const payments = entries.filter((entry) => !entry.refund);
  const refunds = entries.filter((entry) => entry.refund);
  const fees = [...payments.map((entry) => feeOf(entry.fen)), ...refunds.map((entry) => -feeOf(entry.fen))];
  const paid = yuan(sum(payments) + (isWrong ? 1 : 0));
  const refunded = yuan(sum(refunds));
  const fee = feeText(fees.reduce((soFar, one) => soFar + one, 0));
  return [String(entries.length), paid, refunded, '0.00', fee, paid, refunded].map((cell) => `\`${cell}`).join(',');
}

const lineOf = (cells: Cells): string =>
  columns
    .split(',')
    .map((column) => `\`${cells[column] ?? ''}`)
    .join(',');

const yuan = (fen: number): string => (fen / 100).toFixed(2);
const feeOf = (fen: number): number => Math.round(fen * feeRate);
const feeText = (fen: number): string => (fen / 100).toFixed(5);
