import type { CauseType, EntryKind, QuotaEntryDto, Uses } from '@suyi/shared-types';
import { toMoment } from '../../lib/clock';
import type { EntryRow } from './ledger';

const texts: Record<EntryKind, (uses: number, cause: CauseType) => string> = {
  grant: (uses, cause) => {
    if (cause === 'merge') return `账号合并，转入 ${uses} 次`;
    if (cause === 'refund') return uses > 0 ? `退款没有成功，退回 ${uses} 次` : '退款没有成功，会员到期时间恢复';
    return `开通或续费会员，增加 ${uses} 次`;
  },
  hold: (uses) => `开始制作，预留 ${uses} 次`,
  capture: (uses) => `制作完成，使用 ${uses} 次`,
  release: (uses) => `制作未成功或已取消，退回 ${uses} 次`,
  expire: (uses) => `会员到期，剩余 ${uses} 次失效`,
  clawback: (uses, cause) => {
    if (cause === 'merge') return `账号合并，转出 ${uses} 次`;
    return uses > 0 ? `退款，收回未用的 ${uses} 次` : '退款，会员到期时间提前';
  },
};

/** A refund that takes uses and days makes two entries; both are about the one refund. */
const causeIdOf = ({ cause_type: type, cause_id: id }: EntryRow): string =>
  type === 'refund' ? id.replace(/\.days$/, '') : id;

export function presentEntry(entry: EntryRow): QuotaEntryDto {
  return {
    id: entry.id,
    kind: entry.kind,
    uses: entry.uses as Uses,
    remainingAfter: entry.remaining_after as Uses,
    heldAfter: entry.held_after as Uses,
    cause: { type: entry.cause_type, id: causeIdOf(entry) },
    text: texts[entry.kind](entry.uses, entry.cause_type),
    createdAt: toMoment(entry.created_at),
  };
}
