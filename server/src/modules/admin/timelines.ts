import type { DiscrepancyRow, EventRow, OrderRow, RefundRow } from './lists/one-order';
import type { EntryRow } from './lists/one-user';
import type { TimelineItem } from './pages/pieces';
import { entryKindWords, errorWord, refundStatusWords } from './pages/words';
import type { Task } from '../tasks/service';
import { channelWords, taskStatusWords, yuan } from './words';

/* What happened to one order or one task, out of everything that was written down about it. */

export function orderTimeline(found: {
  order: OrderRow;
  refunds: readonly RefundRow[];
  entries: readonly EntryRow[];
  discrepancies: readonly DiscrepancyRow[];
  events: readonly EventRow[];
}): TimelineItem[] {
  const { order, refunds, entries, discrepancies, events } = found;
  return [
    {
      at: order.createdAt,
      words: '下单',
      detail: `${order.planName}，${yuan(order.priceFen)}，${channelWords[order.channel]}`,
    },
    ...(order.paidAt === null
      ? []
      : [{ at: order.paidAt, words: '付款', kind: 'paid', detail: order.transactionId ?? '' }]),
    ...(order.status === 'closed' ? [{ at: order.updatedAt, words: '关闭', kind: 'closed', detail: '没有付款' }] : []),
    ...events.map(({ receivedAt, eventType, outcome }) => {
      return { at: receivedAt, words: '支付方通知', detail: `${eventType}，结果：${outcome ?? '还没有处理完'}` };
    }),
    ...refunds.flatMap(refundItems),
    ...entries.map(entryItem),
    ...discrepancies.flatMap(({ foundAt, kind, detail, settledAt, settledBy }) => [
      { at: foundAt, words: '对账异常', kind: 'danger', detail: `${kind}：${detail}` },
      ...(settledAt === null ? [] : [{ at: settledAt, words: '异常已处理', kind: 'ok', detail: settledBy ?? '' }]),
    ]),
  ];
}

function refundItems(refund: RefundRow): TimelineItem[] {
  const { status, refundFen, requestedBy, reason, createdAt, succeededAt } = refund;
  const asked = {
    at: createdAt,
    words: '退款申请',
    kind: 'requested',
    detail: `${yuan(refundFen)}，${requestedBy}：${reason}`,
  };
  const now = `退款${refundStatusWords[status] ?? status}`;
  return succeededAt === null
    ? [{ ...asked, detail: `${asked.detail}（${now}）` }]
    : [asked, { at: succeededAt, words: now, kind: 'refunded', detail: yuan(refundFen) }];
}

function entryItem({ createdAt, kind, uses, remainingAfter, heldAfter, causeType }: EntryRow): TimelineItem {
  const moved = uses === 0 ? '会员到期时间变动' : `${entryKindWords[kind]} ${uses} 次`;
  const why = causeType === 'merge' ? '（账号合并）' : '';
  return { at: createdAt, words: '账本', kind, detail: `${moved}${why}，余 ${remainingAfter}，预留 ${heldAfter}` };
}

export function taskTimeline({ task, entries }: { task: Task; entries: readonly EntryRow[] }): TimelineItem[] {
  const { errorCode, vendorJobId } = task;
  const ending = errorCode === null ? '' : errorWord(errorCode);
  return [
    { at: task.createdAt, words: '创建', kind: 'queued' },
    ...step(task.vendorAskedAt, '向合作方下单', vendorJobId ?? '没有得到任务号'),
    ...step(task.submittedAt, '合作方受理', vendorJobId ?? ''),
    ...step(task.hintedAt, '合作方通知有进展'),
    ...step(task.finishedAt, taskStatusWords[task.status], ending, task.status),
    ...step(task.hiddenAt, '从卖家的历史中移除'),
    ...step(task.tellAt, '待发微信通知'),
    ...entries.map(entryItem),
  ];
}

function step(at: number | null, words: string, detail?: string, kind?: string): TimelineItem[] {
  return at === null ? [] : [{ at, words, detail, kind }];
}
