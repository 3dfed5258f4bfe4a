import { CauseType, Uses, type EntryKind, type QuotaEntryDto } from '@suyi/shared-types';
import { balanceWords, foldEntries, listEntryRows } from '../../src/features/statement/fold';
import { inDays } from './samples';

const entry = (kind: EntryKind, cause: string, remainingAfter: number, uses = 1): QuotaEntryDto => ({
  id: `${kind}-${cause}`,
  kind,
  uses: Uses.parse(uses),
  remainingAfter: Uses.parse(remainingAfter),
  heldAfter: Uses.parse(0),
  cause: { type: CauseType.parse(cause.split('_')[0]), id: cause },
  text: `${kind} ${uses}`,
  createdAt: inDays(0),
});

/** Newest first: two pictures made at once, one of them not a success, and a third on its way. */
const entries = [
  entry('hold', 'task_3', 98),
  entry('release', 'task_2', 99),
  entry('capture', 'task_1', 98),
  entry('hold', 'task_2', 98),
  entry('hold', 'task_1', 99),
  entry('grant', 'order_1', 100, 100),
];

it('shows one use as one row, though its entries lie apart', () => {
  const rows = foldEntries(entries);

  expect(rows.map(({ text, change }) => [text, change])).toEqual([
    ['制作中，预留 1 次', '−1'],
    ['预留的次数已退回', '未扣次数'],
    ['使用 1 次 · 已扣除', '−1'],
    ['grant 100', '+100'],
  ]);
  expect(rows.map(({ opens }) => opens)).toEqual([
    { page: 'result', query: { id: 'task_3' } },
    { page: 'result', query: { id: 'task_2' } },
    { page: 'result', query: { id: 'task_1' } },
    { page: 'orders', query: { order: 'order_1' } },
  ]);
  expect(rows.map(({ newest }) => newest.index)).toEqual([0, 1, 2, 5]);
});

it('knows a use whose hold is on a page not loaded yet', () => {
  const [row] = foldEntries([entry('capture', 'task_1', 98)]);

  expect(row).toMatchObject({ text: '使用 1 次 · 已扣除', change: '−1', hold: null });
});

it('tells what is left together with what is set aside', () => {
  expect(balanceWords(entry('capture', 'task_1', 88))).toBe('余 88 次');
  expect(balanceWords({ ...entry('hold', 'task_1', 88), heldAfter: Uses.parse(2) })).toBe('余 88 次，另预留 2 次');
});

it('gives every entry as it was written when asked for all', () => {
  expect(listEntryRows(entries).map(({ change }) => change)).toEqual(['−1', '+1', '已扣除', '−1', '−1', '+100']);
});

describe('a refund', () => {
  const refunded = [
    entry('grant', 'refund_1', 97, 97),
    entry('clawback', 'refund_1', 0, 97),
    entry('release', 'task_1', 97),
    entry('hold', 'task_1', 96),
    entry('grant', 'order_1', 97, 97),
  ];

  it('takes uses back, and gives them back when it did not work, each in a row of its own', () => {
    expect(foldEntries(refunded).map(({ text, change, tone }) => [text, change, tone])).toEqual([
      ['grant 97', '+97', 'gain'],
      ['clawback 97', '−97', 'loss'],
      ['预留的次数已退回', '未扣次数', 'still'],
      ['grant 97', '+97', 'gain'],
    ]);
    expect(listEntryRows(refunded).map(({ change }) => change)).toEqual(['+97', '−97', '+1', '−1', '+97']);
  });

  it('of a whole order takes uses and, later, days in one row', () => {
    const days = { ...entry('clawback', 'refund_2', 0, 0), id: 'days' };
    const rows = foldEntries([days, entry('clawback', 'refund_2', 0, 100)]);

    expect(rows).toMatchObject([{ text: 'clawback 100，会员到期时间提前', change: '−100', tone: 'loss' }]);
  });

  it('is named by its number, and opens the orders', () => {
    const [row] = foldEntries([entry('clawback', 'refund_1', 0, 97)]);

    expect(row).toMatchObject({ number: '退款单号 refund_1', opens: { page: 'orders' } });
  });

  it('that moves no uses is not written as a minus of nothing', () => {
    const [row] = foldEntries([entry('clawback', 'refund_1', 12, 0)]);

    expect(row).toMatchObject({ change: '次数不变', tone: 'still' });
  });
});
