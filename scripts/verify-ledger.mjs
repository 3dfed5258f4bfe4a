import { runServerCommand } from './lib/server-command.mjs';

// npm run verify:ledger: walks every entry of the ledger and says in one line whether all sums hold.
await runServerCommand('verify-ledger');
