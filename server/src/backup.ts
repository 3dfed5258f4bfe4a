import { readArguments, runCommand, UsageFaulty } from './command';
import { noteBackup } from './db/backup-note';
import { exportDatabase } from './db/backup/export';
import { BackupFaulty } from './db/backup/file';

const usage = `npm run backup -- --to FILE
  FILE   a new file, such as suyi-2026-11-23.ndjson.gz; it holds phone numbers: keep it as safe as the database`;

// Writes the whole database into one file, for an operator. The servers may go on working.
runCommand(async () => {
  const { values, positionals } = readArguments(['to'], usage);
  if (!values.to || positionals.length > 0) throw new UsageFaulty(`where to?\n${usage}`);

  const startedAt = performance.now();
  const made = await exportDatabase(values.to).catch((error: unknown) => {
    throw error instanceof BackupFaulty ? new UsageFaulty(error.message) : error;
  });
  await noteBackup(made.rows);

  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  process.stdout.write(`backup: ${made.rows} rows of ${made.tables} tables, ${seconds} s, sha256 ${made.sha256}\n`);
  return 0;
});
