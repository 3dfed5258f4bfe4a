import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';

/*
 * A backup is one gzip file of JSON lines: a header; for each table `{begin}`, a line per row and `{end}` with how many rows
 * there were and their SHA-256; last `{complete}` with the SHA-256 of all that stands before it. A file that was cut off or
 * changed says so before a row of it is used.
 */

const Name = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/);

export const BackupTable = z.strictObject({ name: Name, key: Name, columns: z.array(Name).min(1) });
export type BackupTable = z.infer<typeof BackupTable>;

const Header = z.strictObject({
  suyi: z.literal('backup'),
  version: z.literal(1),
  madeAt: z.iso.datetime(),
  migrations: z.array(z.string().max(64)),
  tables: z.array(BackupTable),
});
export type BackupHeader = z.infer<typeof Header>;

const Sum = z.strictObject({ rows: z.number().int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) });
export type Sum = z.infer<typeof Sum>;

const Row = z.array(z.union([z.string(), z.number(), z.null()]));
export type Row = z.infer<typeof Row>;

const Line = z.union([
  Row,
  z.strictObject({ begin: Name }),
  Sum.extend({ end: Name }),
  Sum.extend({ complete: z.literal(true) }),
]);
export type BackupLine = z.infer<typeof Line>;

/** Why a backup cannot be made or used, in a sentence for whoever typed the command. */
export class BackupFaulty extends Error {
  override name = 'BackupFaulty';
}

/** Writes a new backup beside its name and moves it there when it is complete; `abandon` leaves nothing behind. */
export function createBackupFile(path: string) {
  if (existsSync(path)) throw new BackupFaulty(`${path} is there already: nothing is written over`);
  const part = `${path}.part`;
  const file = createWriteStream(part, { mode: 0o600, flush: true });
  const gzip = createGzip();
  gzip.pipe(file);
  gzip.on('error', () => undefined); // Told by the next line's promise.
  file.on('error', (error) => gzip.destroy(error));
  const written = finished(file);
  written.catch(() => undefined); // Told by whoever writes or completes.
  const whole = createHash('sha256');

  async function write(line: object): Promise<void> {
    const text = `${JSON.stringify(line)}\n`;
    whole.update(text);
    if (!gzip.write(text)) await Promise.race([once(gzip, 'drain'), written]).catch(explain);
  }

  return {
    write,
    async complete(rows: number): Promise<string> {
      const sha256 = whole.digest('hex');
      gzip.end(`${JSON.stringify({ complete: true, rows, sha256 })}\n`);
      await written.catch(explain);
      await rename(part, path);
      return sha256;
    },
    async abandon(): Promise<void> {
      gzip.destroy();
      file.destroy();
      await rm(part, { force: true });
    },
  };
}

/** Reads a whole backup without using any of it. Throws `BackupFaulty` when it is none, was cut off or was changed. */
export async function checkBackup(path: string): Promise<BackupHeader & Sum> {
  const whole = createHash('sha256');
  let last: string | null = null;
  let header: BackupHeader | null = null;
  let rows = 0;
  for await (const text of linesOf(path)) {
    if (last !== null) whole.update(`${last}\n`);
    header ??= parse(Header, text, path);
    if (text.startsWith('[')) rows += 1;
    last = text;
  }
  if (!header || last === null) throw new BackupFaulty(`${path} is empty`);

  const end = parse(Line, last, path);
  const sha256 = whole.digest('hex');
  if (!('complete' in end)) throw new BackupFaulty(`${path} was cut off: its end is missing`);
  if (end.sha256 !== sha256 || end.rows !== rows) throw new BackupFaulty(`${path} was changed after it was written`);
  return { ...header, rows, sha256 };
}

/** What stands between the header and the end, line by line. */
export async function* readBackup(path: string): AsyncGenerator<BackupLine> {
  let isHeader = true;
  for await (const text of linesOf(path)) {
    if (!isHeader) yield parse(Line, text, path);
    isHeader = false;
  }
}

function parse<T>(shape: z.ZodType<T>, text: string, path: string): T {
  try {
    return shape.parse(JSON.parse(text));
  } catch {
    throw new BackupFaulty(`${path} is no backup of this product, or a newer version made it`);
  }
}

/** Cut at line feeds alone: a text may hold other characters that end lines elsewhere, such as U+2028. */
async function* linesOf(path: string): AsyncGenerator<string> {
  const source = createReadStream(path);
  const unpacked = source.pipe(createGunzip());
  source.on('error', (error) => unpacked.destroy(error));
  let rest = Buffer.alloc(0);
  try {
    for await (const chunk of unpacked) {
      rest = Buffer.concat([rest, chunk as Buffer]);
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        yield rest.toString('utf8', 0, end);
        rest = rest.subarray(end + 1);
      }
    }
  } catch (error) {
    if (error instanceof BackupFaulty) throw error;
    explain(error, path);
  } finally {
    source.destroy();
  }
}

/** What the system and gzip say, as a sentence. */
function explain(error: unknown, path = ''): never {
  const { code, path: place } = error as { code?: string; path?: string };
  const where = place ?? path;
  if (code === 'ENOENT') throw new BackupFaulty(`${where} is not there`);
  if (code === 'ENOSPC') throw new BackupFaulty('the disk is full');
  if (code === 'EACCES' || code === 'EROFS' || code === 'EISDIR')
    throw new BackupFaulty(`${where} cannot be read or written`);
  if (code === 'Z_BUF_ERROR') throw new BackupFaulty(`${where} was cut off: its end is missing`);
  if (code?.startsWith('Z_')) throw new BackupFaulty(`${where} is damaged, or no backup`);
  throw error;
}
