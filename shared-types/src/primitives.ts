import { z } from 'zod';

/** Money in integer fen (1/100 yuan). Never a float, never yuan. */
export const Fen = z.number().int().min(0).max(100_000_000).brand<'Fen'>();
export type Fen = z.infer<typeof Fen>;

/** A count of membership uses. One `basic_clean` costs one. */
export const Uses = z.number().int().min(0).max(1_000_000).brand<'Uses'>();
export type Uses = z.infer<typeof Uses>;

/** Ids sort by time of making, are at most 32 characters of `[0-9a-z_]`, and start with the noun they name. */
export const Id = z.string().regex(/^[0-9a-z_]{1,32}$/);
export type Id = z.infer<typeof Id>;

/** A moment on the wire: ISO 8601 in UTC, ending in Z. */
export const Moment = z.iso.datetime();
export type Moment = z.infer<typeof Moment>;

/** A mainland mobile number: eleven digits, no country code. */
export const Phone = z.string().regex(/^1[3-9]\d{9}$/);
export type Phone = z.infer<typeof Phone>;

/** The key a phone makes before it posts, keeps, and sends again on every retry of the same wish. */
export const IdempotencyKey = z.string().regex(/^[\w.:-]{8,64}$/);
export type IdempotencyKey = z.infer<typeof IdempotencyKey>;

/** Lists are cut into pages; `cursor` is opaque and comes from `nextCursor` of the page before. */
export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(50).default(20),
  // An id or a number: MySQL does not compare its own columns with any other letters.
  cursor: Id.optional(),
});
export type PageQuery = z.infer<typeof PageQuery>;

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

export type Page<T> = { items: T[]; nextCursor: string | null };
