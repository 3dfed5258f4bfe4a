import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { clock, minutes, shanghaiDay } from '../../lib/clock';
import { randomHex } from '../../lib/ids';
import { billText, type BillEntry } from './bill-text';
import { WechatPayFault } from './fault';
import { randomDigits, type SandboxOrder } from './orders';
import type { SandboxRefund } from './refund';
import type { BillRequest } from './rules';

/**
 * How bills are spoilt while this holds. `leave_out` and `change_amount` name a line by its merchant's number, the order's or the
 * refund's, and the totals agree with the lie; so do they with `stranger`, a payment that nobody made. The others can be found out.
 */
export type BillSpoiling =
  | { kind: 'creating' | 'wrong_totals' | 'corrupt' }
  | { kind: 'leave_out'; number: string }
  | { kind: 'change_amount'; number: string; fen: number }
  | { kind: 'stranger'; day: string; outTradeNo: string; fen: number };

/** The switchboard's side of bills. */
export type Bills = {
  spoil(spoiling: BillSpoiling): void;
  spoilings(): readonly BillSpoiling[];
  clear(): void;
};

export type BillDesk = Bills & {
  /** The answer to the question for a bill: where its file lies for five minutes, and the digest of what is packed in it. */
  announce(request: BillRequest): Record<string, unknown>;
  file(token: string): Buffer;
};

type Books = { orders(): SandboxOrder[]; refunds(): SandboxRefund[] };

const fileLifeMs = minutes(5);
const filesMax = 100;

/** WeChat Pay's daily bills of one merchant, made of what its books hold at the moment of asking. */
export function createBillDesk(merchant: { appid: string; mchid: string }, books: Books): BillDesk {
  let spoilings: BillSpoiling[] = [];
  let files: { token: string; bytes: Buffer; madeAt: number }[] = [];
  const isSpoilt = (kind: BillSpoiling['kind']): boolean => spoilings.some((one) => one.kind === kind);

  return {
    announce({ bill_date: day, tar_type: packing }) {
      if (isSpoilt('creating')) throw new WechatPayFault(400, 'STATEMENT_CREATING', '账单生成中');
      const entries = spoilings.reduce((soFar, one) => spoilt(soFar, one, day), entriesOf(day, books));
      if (entries.length === 0) throw new WechatPayFault(400, 'NO_STATEMENT_EXIST', '请求的账单文件不存在');

      const text = billText(entries, merchant, { hasWrongTotals: isSpoilt('wrong_totals') });
      const sent = isSpoilt('corrupt') ? corrupted(text) : text;
      const file = { token: randomHex(32), bytes: packing ? gzipSync(sent) : Buffer.from(sent), madeAt: clock.now() };
      files = [file, ...files].slice(0, filesMax);
      return {
        hash_type: 'SHA1',
        hash_value: createHash('sha1').update(text).digest('hex'),
        download_url: `https://api.mch.weixin.qq.com/v3/billdownload/file?token=${file.token}${packing ? '&tartype=gzip' : ''}`,
      };
    },
    file(token) {
      const file = files.find((one) => one.token === token && clock.now() - one.madeAt < fileLifeMs);
      if (!file) throw new WechatPayFault(400, 'INVALID_REQUEST', '账单下载地址已失效，请重新申请账单');
      return file.bytes;
    },
    spoil(spoiling) {
      spoilings = [...spoilings, spoiling];
    },
    spoilings: () => spoilings,
    clear() {
      spoilings = [];
    },
  };
}

/** Payments stand in the bill of the day they were made on, refunds in that of the day they were taken up on, however they ended. */
function entriesOf(day: string, books: Books): BillEntry[] {
  const orders = books.orders();
  const payments = orders.flatMap((order): BillEntry[] =>
    order.paidAt === null
      ? []
      : [{ ...wordsOf(order), number: order.outTradeNo, at: order.paidAt, fen: order.totalFen, refund: null }],
  );
  const refunds = books.refunds().flatMap((refund): BillEntry[] => {
    const order = orders.find((one) => one.outTradeNo === refund.outTradeNo);
    const { outRefundNo: number, createdAt: at, refundFen: fen } = refund;
    return order ? [{ ...wordsOf(order), number, at, fen, refund }] : [];
  });
  return [...payments, ...refunds].filter((entry) => shanghaiDay(entry.at) === day).sort((a, b) => a.at - b.at);
}

function spoilt(entries: BillEntry[], spoiling: BillSpoiling, day: string): BillEntry[] {
  switch (spoiling.kind) {
    case 'leave_out':
      return entries.filter((entry) => entry.number !== spoiling.number);
    case 'change_amount':
      return entries.map((entry) => (entry.number === spoiling.number ? { ...entry, fen: spoiling.fen } : entry));
    case 'stranger':
      return spoiling.day === day ? [...entries, stranger(spoiling)] : entries;
    default:
      return entries;
  }
}

const stranger = ({ day, outTradeNo, fen }: { day: string; outTradeNo: string; fen: number }): BillEntry => ({
  number: outTradeNo,
  at: Date.parse(`${day}T23:59:59+08:00`),
  outTradeNo,
  transactionId: `4200${randomDigits(24)}`,
  openid: 'oStranger',
  description: '别家的商品,不是我们卖的',
  fen,
  refund: null,
});

const wordsOf = (order: SandboxOrder) => ({
  outTradeNo: order.outTradeNo,
  transactionId: order.transactionId ?? '',
  openid: order.openid,
  description: order.description,
});

/** The first amount is another one. */
const corrupted = (text: string): string => text.replace(/\d(?=\.\d\d)/, (digit) => (digit === '8' ? '7' : '8'));
