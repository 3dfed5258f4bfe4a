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
  /** The task to open; null where the row is about none. */
  taskId: string | null;
  text: string;
  change: string;
  tone: 'gain' | 'loss' | 'still';
}

/**
 * One row a task: its hold and what became of it are one use, and as two rows they read as two. Everything else stands
 * for itself. Rows keep the order of their newest entry.
 */
export function foldEntries(entries: QuotaEntryDto[]): Row[] {
  const groups = new Map<string, Numbered[]>();
  entries.forEach((entry, index) => {
    const key = entry.cause.type === 'task' ? entry.cause.id : entry.id;
    groups.set(key, [...(groups.get(key) ?? []), { entry, index }]);
  });
  return [...groups.values()].flatMap((group) => rowOf(group) ?? []);
}

/** Each entry as it was written. */
export function listEntryRows(entries: QuotaEntryDto[]): Row[] {
  return entries.map((entry, index) => entryRow({ entry, index }));
}

function rowOf(group: Numbered[]): Row | null {
  const [newest] = group;
  if (newest === undefined) return null;
  if (newest.entry.cause.type !== 'task') return entryRow(newest);

  const find = (kind: QuotaEntryDto['kind']) => group.find(({ entry }) => entry.kind === kind) ?? null;
  const [capture, release, hold] = [find('capture'), find('release'), find('hold')];
  const base = { newest, hold, taskId: newest.entry.cause.id };
  if (capture) {
    const back = release ? `，退回 ${release.entry.uses} 次` : '';
    const { uses } = capture.entry;
    return { ...base, text: `使用 ${uses} 次 · 已扣除${back}`, change: `−${uses}`, tone: 'loss' };
  }
  if (release) return { ...base, text: '未成功，已退回', change: '未扣次数', tone: 'still' };
  if (hold) {
    const { uses } = hold.entry;
    return { ...base, text: `制作中，预留 ${uses} 次`, change: `−${uses}`, tone: 'loss' };
  }
  return entryRow(newest);
}

/** What the entry does to the uses that can be spent: a capture settles what was set aside and changes nothing. */
const signs: Record<QuotaEntryDto['kind'], '+' | '−' | ''> = {
  grant: '+',
  release: '+',
  hold: '−',
  expire: '−',
  clawback: '−',
  capture: '',
};

function entryRow(numbered: Numbered): Row {
  const { kind, uses, text, cause } = numbered.entry;
  const sign = signs[kind];
  return {
    newest: numbered,
    hold: null,
    taskId: cause.type === 'task' ? cause.id : null,
    text,
    change: kind === 'capture' ? '已扣除' : `${sign}${uses}`,
    tone: sign === '+' ? 'gain' : sign === '−' ? 'loss' : 'still',
  };
}
