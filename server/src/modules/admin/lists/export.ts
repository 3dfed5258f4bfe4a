import { Readable } from 'node:stream';
import { clock, shanghaiDay } from '../../../lib/clock';
import { byteOrderMark, headLine, rowLine, type Column } from '../csv';
import { readIds, type Listing } from './keyset';

/** Few enough to be gone from memory in a moment, enough that a million rows take two thousand questions. */
const batchSize = 500;

/**
 * The whole list as CSV, in its order: batches are read by key only as fast as the other side takes them, so that memory
 * stays flat however long the list and however slow the line. Rows made after the beginning are left out: an export of the
 * oldest first ends.
 */
export function csvOf<Row>(
  listing: Listing,
  columns: readonly Column<Row>[],
  read: (ids: readonly string[]) => Promise<Row[]>,
): Readable {
  const today = shanghaiDay(clock.now());
  const bounded = { ...listing, to: listing.to !== undefined && listing.to < today ? listing.to : today };
  async function* lines(): AsyncGenerator<string> {
    yield byteOrderMark + headLine(columns);
    for (let after: string | undefined; ;) {
      const { ids, hasNext } = await readIds(bounded, { after }, batchSize);
      const rows = await read(ids);
      if (rows.length > 0) yield rows.map((row) => rowLine(columns, row)).join('');
      after = ids.at(-1);
      if (!hasNext || after === undefined) return;
    }
  }
  return Readable.from(lines(), { highWaterMark: 1 });
}
