import { ConfigFaulty, processEnvironment, readConfig } from './config';
import { connectDatabase, database, isUnreachable } from './db/database';
import { verifyLedger } from './modules/quota/service';

/** Walks the whole ledger, for an operator: `npm run verify:ledger`. Ends with 0 when every sum holds. */
async function main(): Promise<void> {
  const sequelize = connectDatabase(readConfig(processEnvironment()).databaseUrl);
  database.fill(sequelize);
  try {
    const startedAt = performance.now();
    const { isWhole, accounts, entries, faults } = await verifyLedger();
    const ms = Math.round(performance.now() - startedAt);
    for (const fault of faults) process.stdout.write(`  ${fault}\n`);
    const verdict = isWhole ? 'every sum holds' : 'THE LEDGER DOES NOT HOLD';
    process.stdout.write(`ledger: ${verdict}: ${accounts} accounts, ${entries} entries, ${ms} ms\n`);
    process.exitCode = isWhole ? 0 : 1;
  } finally {
    await sequelize.close();
  }
}

main().catch((error: unknown) => {
  const isKnown = error instanceof ConfigFaulty || isUnreachable(error);
  const sentence = error instanceof Error && isKnown ? error.message : 'the ledger could not be read';
  process.stderr.write(`suyi: ${sentence}\n`);
  process.exitCode = 2;
});
