import { z } from 'zod';
import { Id, Moment, Uses } from './primitives';

export const entryKinds = ['grant', 'hold', 'capture', 'release', 'expire', 'clawback'] as const;
export const EntryKind = z.enum(entryKinds);
export type EntryKind = z.infer<typeof EntryKind>;

export const causeTypes = ['order', 'task', 'sweep', 'merge', 'refund'] as const;
export const CauseType = z.enum(causeTypes);
export type CauseType = z.infer<typeof CauseType>;

export const QuotaEntryDto = z.object({
  id: Id,
  kind: EntryKind,
  uses: Uses,
  remainingAfter: Uses,
  heldAfter: Uses,
  cause: z.object({ type: CauseType, id: z.string() }),
  /** What the seller reads: 制作白底主图，预留 1 次. */
  text: z.string(),
  createdAt: Moment,
});
export type QuotaEntryDto = z.infer<typeof QuotaEntryDto>;
