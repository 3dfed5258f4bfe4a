import { readArguments, runCommand, UsageFaulty } from './command';
import { BackupFaulty } from './db/backup/file';
import { importDatabase } from './db/backup/import';
import { auditPayments } from './modules/payments/service';
import { verifyLedger } from './modules/quota/service';

const usage = `npm run restore -- --from FILE
  FILE   what npm run backup wrote; the database of the settings has to be there and empty`;

// Brings a backup into an empty database, for an operator, reads all of it back and walks the ledger.
runCommand(
  async () => {
    const { values, positionals } = readArguments(['from'], usage);
    if (!values.from || positionals.length > 0) throw new UsageFaulty(`from where?\n${usage}`);

    const { rows, tables, madeAt } = await importDatabase(values.from).catch((error: unknown) => {
      throw error instanceof BackupFaulty ? new UsageFaulty(error.message) : error;
    });
    process.stdout.write(`restore: ${rows} rows of ${tables.length} tables as of ${madeAt}, each read back\n`);

    const { accounts, entries, faults } = await verifyLedger();
    faults.push(...(await auditPayments()));
    for (const fault of faults) process.stdout.write(`  ${fault}\n`);
    const verdict = faults.length === 0 ? 'every sum holds' : 'THE LEDGER DOES NOT HOLD';
    process.stdout.write(`ledger: ${verdict}: ${accounts} accounts, ${entries} entries\n`);
    return faults.length === 0 ? 0 : 1;
  },
  { mayMakeDatabase: true },
);
