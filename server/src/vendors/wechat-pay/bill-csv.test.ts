import { VendorUnavailable } from '../../lib/errors';
import { parseBill } from './bill-csv';

const header =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注';
const totalsHeader = '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额';

// Written as real bills are: on a refund's line the order's own amount is nought, and the totals count both kinds of line.
const payment =
  '`2026-11-21 22:43:59,`wx0123456789abcdef,`1900000001,`0,`,`4200002086,`ord_1,`openid,`JSAPI,`SUCCESS,`OTHERS,`CNY,`99.00,`0.00,`0,`0,`0.00,`0.00,`,`,`素衣会员,100 次,`,`0.59000,`0.60%,`99.00,`0.00,`';
const refund =
  '`2026-11-21 22:45:16,`wx0123456789abcdef,`1900000001,`0,`,`4200002086,`ord_1,`openid,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`50303108,`rfd_1,`40.05,`0.00,`ORIGINAL,`SUCCESS,`素衣会员,100 次,`,`-0.24000,`0.60%,`0.00,`40.05,`';
const totals = '`2,`99.00,`40.05,`0.00,`0.35000,`99.00,`40.05';

const billOf = (lines: string[], end = '\r\n'): string => lines.map((line) => line + end).join('');
const bill = billOf([header, payment, refund, totalsHeader, totals]);

it('reads payments and refunds by the names of their columns, in fen', () => {
  expect(parseBill(bill)).toEqual([
    {
      appid: 'wx0123456789abcdef',
      day: '2026-11-21',
      line: { kind: 'payment', outTradeNo: 'ord_1', transactionId: '4200002086', totalFen: 9_900, refund: null },
    },
    {
      appid: 'wx0123456789abcdef',
      day: '2026-11-21',
      line: {
        kind: 'refund',
        outTradeNo: 'ord_1',
        transactionId: '4200002086',
        totalFen: 0,
        refund: { refundNo: 'rfd_1', providerRefundId: '50303108', refundFen: 4_005, state: 'succeeded' },
      },
    },
  ]);
});

it.each<[string, string]>([
  ['a byte order mark', `\uFEFF${bill}`],
  ['plain line feeds and no last one', billOf([header, payment, refund, totalsHeader, totals], '\n').trimEnd()],
  ['an empty line before the totals', billOf([header, payment, refund, '', totalsHeader, totals])],
  ['backticks before the names as well', bill.replace(header, header.replace(/^|,/g, '$&`'))],
  ['a count with a decimal', bill.replace('`2,', '`2.0,')],
  ['spaces after the totals', bill.replace(totals, `${totals} `)],
])('reads a bill with %s', (_, text) => {
  expect(parseBill(text)).toEqual(parseBill(bill));
});

it('reads the columns in any order, and passes over one that it does not know', () => {
  const turn = (line: string, mark: string): string => {
    const fields = line.replace(/^`/, '').split(`,${mark}`);
    return mark + ['新的一列', ...fields.reverse()].join(`,${mark}`);
  };
  const turned = billOf([
    turn(header, ''),
    turn(payment, '`'),
    turn(refund, '`'),
    turn(totalsHeader, ''),
    turn(totals, '`'),
  ]);

  expect(parseBill(turned)).toEqual(parseBill(bill));
});

it.each([
  ['0', 0],
  ['0.0', 0],
  ['7', 700],
  ['0.1', 10],
  ['0.29', 29],
  ['1.15', 115],
  ['4503599.63', 450_359_963],
  ['12.30000', 1_230],
])('reads %s yuan as %i fen, with no float between', (yuan, fen) => {
  const text = bill.replaceAll('`99.00', `\`${yuan}`);

  expect(parseBill(text)[0]?.line.totalFen).toBe(fen);
});

it.each([
  ['SUCCESS', 'succeeded'],
  ['PROCESSING', 'processing'],
  ['FAIL', 'abnormal'],
  ['FAILED', 'abnormal'],
  ['CHANGE', 'abnormal'],
  ['待处理', 'processing'],
])('reads a refund that is %s as %s', (word, state) => {
  const text = bill.replace('`ORIGINAL,`SUCCESS', `\`ORIGINAL,\`${word}`);

  expect(parseBill(text)[1]?.line.refund?.state).toBe(state);
});

it('reads a bill without lines', () => {
  expect(parseBill(billOf([header, totalsHeader, '`0,`0.00,`0.00,`0.00,`0.00000,`0.00,`0.00']))).toEqual([]);
});

it.each<[string, string]>([
  ['a line that is missing', billOf([header, payment, totalsHeader, totals])],
  ['a line that is there twice', billOf([header, payment, payment, refund, totalsHeader, totals])],
  ['another amount of a payment', bill.replace('0.60%,`99.00', '0.60%,`98.00')],
  ['another amount to be settled', bill.replace('CNY,`99.00', 'CNY,`98.00')],
  ['another amount of a refund', bill.replace('0.00,`40.05,`\r\n', '0.00,`40.06,`\r\n')],
  ['no totals', billOf([header, payment, refund])],
  ['totals cut off', billOf([header, payment, refund, totalsHeader])],
  ['something after its totals', `${bill}${payment}\r\n`],
  ['a line with a field too many', bill.replace('`素衣会员', '`素衣,`会员')],
  ['a line without a backtick', bill.replace(payment, payment.slice(1))],
  ['a column that has another name', bill.replace('订单金额,申请退款金额,费率备注', '金额,申请退款金额,费率备注')],
  ['a state that is neither', bill.replace('`SUCCESS,`OTHERS', '`NOTPAY,`OTHERS')],
  ['an amount with a third decimal', bill.replaceAll('`99.00', '`99.001')],
  ['an amount in words', bill.replaceAll('`99.00', '`九十九')],
  ['nothing in it', ''],
])('refuses a bill with %s', (_, text) => {
  expect(() => parseBill(text)).toThrow(VendorUnavailable);
});
