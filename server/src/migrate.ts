import { ConfigFaulty, processEnvironment, readConfig } from './config';
import { connectDatabase } from './db/database';
import { migrate } from './db/migrate';

/** Migrations alone, for an operator: `npm run migrate`. */
async function main(): Promise<void> {
  const { databaseUrl } = readConfig(processEnvironment());
  const sequelize = connectDatabase(databaseUrl);
  try {
    const applied = await migrate(sequelize);
    process.stdout.write(
      applied.length > 0 ? `Applied: ${applied.join(', ')}\n` : 'Nothing to apply: the database is up to date.\n',
    );
  } finally {
    await sequelize.close();
  }
}

main().catch((error: unknown) => {
  const faults = error instanceof ConfigFaulty ? error.faults : [error instanceof Error ? error.message : 'unknown'];
  for (const fault of faults) process.stderr.write(`suyi: ${fault}\n`);
  process.exit(1);
});
