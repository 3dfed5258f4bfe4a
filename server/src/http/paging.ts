import type { Page } from '@suyi/shared-types';

/** Cuts a page out of `limit` rows and the one more that tells whether there is another page. */
export function cutPage<Row>(rows: Row[], limit: number, cursorOf: (row: Row) => string): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last ? cursorOf(last) : null };
}
