import { runServerCommand } from './lib/server-command.mjs';

// npm run restore -- --from FILE: a backup into an empty database; every row is read back and the ledger walked.
await runServerCommand('restore');
