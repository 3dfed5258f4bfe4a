import type { BillLine, RefundView } from '../payment/port';
import { unusable } from './answers';

/** One line of a bill. A merchant's number may serve several apps, so each line says whose it is. */
export type BillRow = {
  appid: string;
  /** The day of the payment, as `2026-11-22` in Asia/Shanghai. */
  day: string;
  line: BillLine;
};

/** Where each column stands, and what one line has in all of them. */
type Row = { columns: Map<string, number>; fields: string[] };

/** WeChat Pay adds these columns up under the names on the right. (Its fees are not ours to check.) */
const sums = [
  ['应结订单金额', '应结订单总金额'],
  ['退款金额', '退款总金额'],
  ['充值券退款金额', '充值券退款总金额'],
  ['订单金额', '订单总金额'],
  ['申请退款金额', '申请退款总金额'],
] as const;

const kinds = new Map<string, BillLine['kind']>([
  ['SUCCESS', 'payment'],
  ['REFUND', 'refund'],
  ['REVOKED', 'refund'],
]);

/**
 * As it stood when the bill was written; WeChat Pay does not correct it later. So nothing but success counts as an end: a refund
 * that had failed by then may have been sent back by hand since, and a word we do not know may become anything.
 */
const refundStates = new Map<string, RefundView['state']>([
  ['SUCCESS', 'succeeded'],
  ['FAIL', 'abnormal'],
  ['FAILED', 'abnormal'],
  ['CHANGE', 'abnormal'],
]);

/**
 * Reads a bill of type ALL: a header, lines whose fields begin with a backtick, then a header of totals and one line of them.
 * Columns go by their names; yuan become integer fen. Throws `VendorUnavailable` when the totals do not hold: lines are missing.
 */
export function parseBill(csv: string): BillRow[] {
  const texts = csv
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((text) => text.trim() !== '');
  const [totalsHeader, totalsLine] = texts.slice(-2);
  if (texts.length < 3 || !totalsHeader || !totalsLine) throw faulty('is too short for one');

  const columns = columnsOf(texts[0] ?? '');
  const rows = texts.slice(1, -2).map((text) => rowOf(columns, text));
  const totals = rowOf(columnsOf(totalsHeader), totalsLine);
  assertTotals(rows, totals);

  return rows.map((row) => ({
    appid: value(row, '公众账号ID'),
    day: value(row, '交易时间').slice(0, 10),
    line: lineOf(row),
  }));
}

/** On a refund's line WeChat Pay writes nought for the order's amount. */
function lineOf(row: Row): BillLine {
  const kind = kinds.get(value(row, '交易状态'));
  if (!kind) throw faulty('has a line that is neither a payment nor a refund');

  const common = {
    kind,
    outTradeNo: value(row, '商户订单号'),
    transactionId: value(row, '微信订单号'),
    totalFen: fen(row, '订单金额'),
  };
  if (kind === 'payment') return { ...common, refund: null };
  return {
    ...common,
    refund: {
      refundNo: value(row, '商户退款单号'),
      providerRefundId: value(row, '微信退款单号'),
      refundFen: fen(row, '申请退款金额'),
      state: refundStates.get(value(row, '退款状态')) ?? 'processing',
    },
  };
}

function assertTotals(rows: Row[], totals: Row): void {
  // They have been seen to write the count as `45.0`.
  if (fen(totals, '总交易单数') !== rows.length * 100) throw faulty('has another number of lines than it says');

  for (const [column, total] of sums) {
    const sum = rows.reduce((soFar, row) => soFar + fen(row, column), 0);
    if (sum !== fen(totals, total)) throw faulty(`does not add up: ${total}`);
  }
}

const columnsOf = (header: string): Map<string, number> =>
  new Map(header.split(',').map((name, index) => [name.replace(/^`/, '').trim(), index]));

/** A name of goods may hold a comma; what parts two fields is a comma and a backtick. */
function rowOf(columns: Map<string, number>, text: string): Row {
  if (!text.startsWith('`')) throw faulty('has a line that does not begin with a backtick');
  const fields = text.slice(1).split(',`');
  if (fields.length !== columns.size) throw faulty('has a line with another number of fields than its header');
  return { columns, fields };
}

function value({ columns, fields }: Row, column: string): string {
  const index = columns.get(column);
  if (index === undefined) throw faulty(`has no column ${column}`);
  return (fields[index] ?? '').trim();
}

/** `-12.3` yuan is -1230 fen; more than two decimals only where they are zeros. No float on the way. */
function fen(row: Row, column: string): number {
  const [, minus, whole, decimals = ''] = /^(-?)(\d{1,12})(?:\.(\d{1,10}))?$/.exec(value(row, column)) ?? [];
  if (whole === undefined || !/^\d{0,2}0*$/.test(decimals)) throw faulty(`has no amount under ${column}`);

  const amount = Number(whole) * 100 + Number(decimals.slice(0, 2).padEnd(2, '0'));
  return minus && amount > 0 ? -amount : amount;
}

const faulty = (reason: string): Error => unusable(`sent a bill that ${reason}`);
