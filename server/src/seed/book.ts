import type { CauseType, EntryKind } from '@suyi/shared-types';
import { assert } from '../lib/assert';
import { genesisHash, graceMs, hashEntry, type EntryRow } from '../modules/quota/ledger';
import { days, minutes } from '../lib/clock';

/*
 * One seller's account in memory, moved by the rules of quota/ledger.ts: two and a half million entries, each in a transaction
 * of its own, would take an hour. `npm run verify:ledger` and a test hold the outcome against the same rules.
 */
export type Book = {
  readonly userId: string;
  remaining: number;
  held: number;
  expireAt: number | null;
  graceUntil: number | null;
  entryCount: number;
  headHash: string;
  updatedAt: number;
};

export const openBook = (userId: string, at: number): Book => ({
  userId,
  remaining: 0,
  held: 0,
  expireAt: null,
  graceUntil: null,
  entryCount: 0,
  headHash: genesisHash,
  updatedAt: at,
});

type Movement = { kind: EntryKind; uses: number; cause: { type: CauseType; id: string } };
type Writer = { newId: (prefix: 'qen', at: number) => string; write: (entry: EntryRow) => void };

const signs: Record<EntryKind, { remaining: number; held: number }> = {
  grant: { remaining: 1, held: 0 },
  hold: { remaining: -1, held: 1 },
  capture: { remaining: 0, held: -1 },
  release: { remaining: 1, held: -1 },
  expire: { remaining: -1, held: 0 },
  clawback: { remaining: -1, held: 0 },
};

/** Writes one entry on top of the book, after clearing what an end before `at` left over. */
export function move(book: Book, movement: Movement, at: number, writer: Writer): void {
  clearExpired(book, at, writer);
  const { kind, uses } = movement;
  const endsBefore = (book.expireAt ?? 0) <= at;
  if (kind === 'release' && endsBefore) {
    book.graceUntil = Math.max(book.graceUntil ?? 0, (book.expireAt ?? 0) + graceMs, at + days(1));
  }
  append(book, { ...movement, kind, uses }, at, writer);
}

/** The end of a membership, an order's or a refund's doing, takes effect with the entry that follows it. */
export function moveEnd(book: Book, expireAt: number, at: number, writer: Writer): void {
  clearExpired(book, at, writer);
  book.expireAt = expireAt;
}

/** What is left over after both ends goes, a minute later, as the sweep does it. */
export function clearExpired(book: Book, at: number, writer: Writer): void {
  const end = Math.max(book.expireAt ?? 0, book.graceUntil ?? 0);
  if (book.remaining === 0 || book.expireAt === null || end > at) return;
  const cause = { type: 'sweep' as const, id: `${book.userId}.${book.entryCount}` };
  book.graceUntil = null;
  append(book, { kind: 'expire', uses: book.remaining, cause }, Math.min(at, end + minutes(1)), writer);
}

function append(book: Book, { kind, uses, cause }: Movement, at: number, writer: Writer): void {
  const remaining = book.remaining + signs[kind].remaining * uses;
  const held = book.held + signs[kind].held * uses;
  assert(remaining >= 0 && held >= 0, 'no account goes below zero');
  const content = {
    id: writer.newId('qen', at),
    user_id: book.userId,
    position: book.entryCount + 1,
    kind,
    uses,
    cause_type: cause.type,
    cause_id: cause.id,
    remaining_after: remaining,
    held_after: held,
    expire_at: book.expireAt,
    grace_until: book.graceUntil,
    previous_hash: book.headHash,
    created_at: at,
  };
  const entry = { ...content, hash: hashEntry(content) };
  writer.write(entry);
  Object.assign(book, { remaining, held, entryCount: content.position, headHash: entry.hash, updatedAt: at });
}
