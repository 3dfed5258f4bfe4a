import { createHash } from 'node:crypto';
import { assert } from '../../lib/assert';
import { select } from '../sql';
import type { Transaction } from '../transaction';
import type { BackupTable, Row, Sum } from './file';

const pageRows = 1_000;

/**
 * Every row of a table in the order of its key, and their sum at the end: the same on both databases, however the rows came in.
 * Paged by the key, so that no page costs more than the first.
 */
export async function walkTable(
  { name, key, columns }: BackupTable,
  take: (row: Row) => Promise<void> | void,
  tx?: Transaction,
): Promise<Sum> {
  const hash = createHash('sha256');
  const place = columns.indexOf(key);
  const list = columns.map((column) => `\`${column}\``).join(', ');
  let rows = 0;
  for (let after: string | null = ''; after !== null;) {
    const page: Record<string, unknown>[] = await select(
      `SELECT ${list} FROM \`${name}\` WHERE \`${key}\` > :after ORDER BY \`${key}\` LIMIT :limit`,
      { after, limit: pageRows },
      tx,
    );
    for (const found of page) {
      const row = columns.map((column) => plain(found[column]));
      hash.update(`${JSON.stringify(row)}\n`);
      await take(row);
    }
    rows += page.length;
    after = page.length < pageRows ? null : String(page.at(-1)?.[columns[place] ?? key]);
  }
  return { rows, sha256: hash.digest('hex') };
}

/** Our columns hold texts and whole numbers; anything else would not come back as it went. */
function plain(value: unknown): string | number | null {
  if (value === null || typeof value === 'string') return value;
  assert(typeof value === 'number' && Number.isSafeInteger(value), 'a column holds a text, a whole number or nothing');
  return value;
}
