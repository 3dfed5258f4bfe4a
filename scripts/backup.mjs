import { runServerCommand } from './lib/server-command.mjs';

// npm run backup -- --to FILE: the whole database into one file, while the servers run.
await runServerCommand('backup');
