import { runServerCommand } from './lib/server-command.mjs';

// npm run discrepancies: what about payments a person has to look at.
await runServerCommand('discrepancies');
