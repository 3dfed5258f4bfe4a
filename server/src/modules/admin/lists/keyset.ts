import type { AdminSort } from '@suyi/shared-types';
import { database, dialectOf } from '../../../db/database';
import { select, type SqlValues } from '../../../db/sql';
import { days } from '../../../lib/clock';
import { idFloor } from '../../../lib/ids';

/*
 * How the admin site walks a table of a million rows: always along an index whose last column is the id, and a page is what
 * follows or precedes an id. Ids sort by time, so a range of days is a range of ids. The index is named in the statement:
 * left to itself MariaDB 10.11 took (type, status, wake_at) for `type = … AND status = … ORDER BY id LIMIT 51` and sorted
 * 200,000 rows, and SQLite without statistics prefers any equality to the primary key.
 *
 * A filter that no such index begins with is answered by several arms, one for each value of the column that is missing
 * (of type alone: type and each status); every arm is cut to a page, and the arms are merged. What no arm carries is
 * checked row by row on the way.
 */

export type Arm = {
  /** The index it walks: its columns, or the primary key. Its last column is the id. */
  index: readonly string[] | 'primary';
  /** What its rows equal: at least the leading columns of the index. */
  equal: Record<string, string>;
};

/** What a list shows: the arms that find it, and what else has to hold of each row. No arm: nothing can be found. */
export type Listing = {
  table: 'users' | 'orders' | 'tasks' | 'refunds' | 'payment_discrepancies';
  /** The noun that its ids begin with. */
  prefix: string;
  arms: readonly Arm[];
  also: Record<string, string | undefined>;
  from?: string | undefined;
  to?: string | undefined;
  sort: AdminSort;
};

/** Where a page begins: behind `after`, or before `before`; at the top with neither. */
export type Place = { after?: string | undefined; before?: string | undefined };

export type IdPage = { ids: string[]; hasNext: boolean; hasPrevious: boolean };

/** The ids of one page, in the order of the list. */
export async function readIds(listing: Listing, place: Place, limit: number): Promise<IdPage> {
  const isBackwards = place.after === undefined && place.before !== undefined;
  const isDescending = (listing.sort === 'newest') !== isBackwards;
  const cursor = isBackwards ? place.before : place.after;

  const query = idsSql(listing, { isDescending, cursor, limit: limit + 1 });
  const rows = query ? await select<{ id: string }>(query.sql, query.values) : [];
  const ids = rows.slice(0, limit).map(({ id }) => id);
  const hasMore = rows.length > limit;

  if (isBackwards) return { ids: ids.reverse(), hasNext: true, hasPrevious: hasMore };
  return { ids, hasNext: hasMore, hasPrevious: place.after !== undefined };
}

/** Counting stops here: it costs a walk over the rows, and nobody needs to know a million to the one. */
export const countMax = 1_000;

/** How many rows the whole list has, counted up to one more than `countMax`. */
export async function countUpTo(listing: Listing): Promise<number> {
  const query = idsSql(listing, { isDescending: true, cursor: undefined, limit: countMax + 1 });
  if (!query) return 0;
  const [row] = await select<{ count: number }>(`SELECT COUNT(*) AS count FROM (${query.sql}) counted`, query.values);
  return Number(row?.count ?? 0);
}

type Walk = { isDescending: boolean; cursor: string | undefined; limit: number };

/** The statement that finds the ids; null when nothing can be found. Exported for the test that asks how it is run. */
export function idsSql(
  listing: Listing,
  { isDescending, cursor, limit }: Walk,
): { sql: string; values: SqlValues } | null {
  const values: Record<string, string | number> = { limit };
  const bounds: string[] = [];
  const bound = (name: string, comparison: string, value: string): void => {
    values[name] = value;
    bounds.push(`id ${comparison} :${name}`);
  };
  if (listing.from !== undefined) bound('from', '>=', idFloor(listing.prefix, startOfDay(listing.from)));
  if (listing.to !== undefined) bound('to', '<', idFloor(listing.prefix, startOfDay(listing.to) + days(1)));
  if (cursor !== undefined) bound('cursor', isDescending ? '<' : '>', cursor);

  const order = `ORDER BY id ${isDescending ? 'DESC' : 'ASC'} LIMIT :limit`;
  const arms = listing.arms.map((arm, at) => {
    const equals = Object.entries({ ...listing.also, ...arm.equal }).flatMap(([column, value]) => {
      if (value === undefined) return [];
      values[`arm${at}_${column}`] = value;
      return [`${column} = :arm${at}_${column}`];
    });
    const where = [...equals, ...bounds];
    const condition = where.length > 0 ? ` WHERE ${where.join(' AND ')}` : '';
    return `SELECT id FROM ${listing.table}${along(listing.table, arm.index)}${condition} ${order}`;
  });

  const [only] = arms;
  if (only === undefined) return null;
  if (arms.length === 1) return { sql: only, values };
  return { sql: `${arms.map((arm, at) => `SELECT id FROM (${arm}) arm${at}`).join(' UNION ALL ')} ${order}`, values };
}

/** The words that name an index, which the two databases spell differently. */
function along(table: string, index: Arm['index']): string {
  const isMysql = dialectOf(database.current) === 'mysql';
  if (index === 'primary') return isMysql ? ' FORCE INDEX (PRIMARY)' : ` INDEXED BY sqlite_autoindex_${table}_1`;
  const name = [table, ...index].join('_');
  return isMysql ? ` FORCE INDEX (${name})` : ` INDEXED BY ${name}`;
}

/** Epoch milliseconds of the first moment of a day in Asia/Shanghai, given as `2026-11-22`. */
const startOfDay = (day: string): number => Date.parse(`${day}T00:00:00.000+08:00`);

/** Rows in the order of these ids; an id whose row has gone meanwhile is left out. */
export function inOrderOf<Row extends { id: string }>(ids: readonly string[], rows: readonly Row[]): Row[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id)).filter((row): row is Row => row !== undefined);
}
