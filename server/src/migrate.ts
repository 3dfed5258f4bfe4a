import { runCommand } from './command';
import { database } from './db/database';
import { migrate } from './db/migrate';

// Migrations alone, for an operator: `npm run migrate`.
runCommand(
  async () => {
    const applied = await migrate(database.current);
    const news =
      applied.length > 0 ? `Applied: ${applied.join(', ')}` : 'Nothing to apply: the database is up to date.';
    process.stdout.write(`${news}\n`);
    return 0;
  },
  { mayMakeDatabase: true },
);
