import type { QuotaEntryDto } from '@suyi/shared-types';

/** An entry with its place in the whole list, newest first. */
export interface Numbered {
  entry: QuotaEntryDto;
  index: number;
}

export interface Row {
  /** The newest of its entries. */
  newest: Numbered;
  /** The entry that took the uses; null where none did, or where it is further down than was loaded. */
  hold: Numbered | null;
  /** What the row is about, to be opened; null where there is nothing to open. */
  opens: { page: 'result' | 'orders'; query: Record<string, string> } | null;
  /** What to name to customer service; null where it is read on what the row opens. */
  number: string | null;
  text: string;
  change: string;
  tone: 'gain' | 'loss' | 'still';
}

/**
 * One row a task: its hold and what became of it are one use, and as two rows they read as two. One row a refund. Everything
 * else stands for itself. Rows keep the order of their newest entry; what was left in between is no sum of such rows, and
 * is told of the single entries only.
 */
export function foldEntries(entries: QuotaEntryDto[]): Row[] {
  const groups = new Map<string, Numbered[]>();
  entries.forEach((entry, index) => {
    const key = keyOf(entry);
    groups.set(key, [...(groups.get(key) ?? []), { entry, index }]);
  });
  return [...groups.values()].flatMap((group) => rowOf(group) ?? []);
}

/** A refund takes its uses in one entry and its days in another, hours apart. */
function keyOf({ cause, id, kind }: QuotaEntryDto): string {
  if (cause.type === 'task') return cause.id;
  return cause.type === 'refund' ? `${cause.id} ${kind}` : id;
}

/** What is there after an entry, and what of it is set aside: a hold takes from the one and adds to the other. */
export function balanceWords({ remainingAfter, heldAfter }: QuotaEntryDto): string {
  return `余 ${remainingAfter} 次${heldAfter > 0 ? `，另预留 ${heldAfter} 次` : ''}`;
}

/** Each entry as it was written. */
export function listEntryRows(entries: QuotaEntryDto[]): Row[] {
  return entries.map((entry, index) => entryRow({ entry, index }));
}

function refundRow(group: Numbered[], newest: Numbered): Row {
  const uses = group.find(({ entry }) => entry.uses > 0);
  if (!uses || group.length === 1) return entryRow(newest);
  return { ...entryRow(uses), newest, text: `${uses.entry.text}，会员到期时间提前` };
}

function rowOf(group: Numbered[]): Row | null {
  const [newest] = group;
  if (newest === undefined) return null;
  if (newest.entry.cause.type === 'refund') return refundRow(group, newest);
  if (newest.entry.cause.type !== 'task') return entryRow(newest);

  const find = (kind: QuotaEntryDto['kind']) => group.find(({ entry }) => entry.kind === kind) ?? null;
  const [capture, release, hold] = [find('capture'), find('release'), find('hold')];
  const base = { newest, hold, ...subjectOf(newest.entry) };
  if (capture) {
    const back = release ? `，退回 ${release.entry.uses} 次` : '';
    const { uses } = capture.entry;
    return { ...base, text: `使用 ${uses} 次 · 已扣除${back}`, change: `−${uses}`, tone: 'loss' };
  }
  if (release) return { ...base, text: '预留的次数已退回', change: '未扣次数', tone: 'still' };
  if (hold) {
    const { uses } = hold.entry;
    return { ...base, text: `制作中，预留 ${uses} 次`, change: `−${uses}`, tone: 'loss' };
  }
  return entryRow(newest);
}

/** What the entry does to the uses that can be spent: a capture settles what was set aside and changes nothing. */
const signs: Record<Exclude<QuotaEntryDto['kind'], 'capture'>, '+' | '−'> = {
  grant: '+',
  release: '+',
  hold: '−',
  expire: '−',
  clawback: '−',
};

function entryRow(numbered: Numbered): Row {
  const { kind, uses, text } = numbered.entry;
  const base = { newest: numbered, hold: null, ...subjectOf(numbered.entry), text };
  // A refund or a merge may move the membership's end alone.
  if (uses === 0) return { ...base, change: '次数不变', tone: 'still' };
  if (kind === 'capture') return { ...base, change: '已扣除', tone: 'still' };

  const sign = signs[kind];
  return { ...base, change: `${sign}${uses}`, tone: sign === '+' ? 'gain' : 'loss' };
}

/** A refund is about an order too, but its cause names the refund: the list of orders shows which one it was. */
function subjectOf({ cause }: QuotaEntryDto): Pick<Row, 'opens' | 'number'> {
  switch (cause.type) {
    case 'task':
      return { opens: { page: 'result', query: { id: cause.id } }, number: null };
    case 'order':
      return { opens: { page: 'orders', query: { order: cause.id } }, number: `订单号 ${cause.id}` };
    case 'refund':
      return { opens: { page: 'orders', query: {} }, number: `退款单号 ${cause.id}` };
    default:
      return { opens: null, number: null };
  }
}
