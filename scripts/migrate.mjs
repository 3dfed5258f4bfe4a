import { runServerCommand } from './lib/server-command.mjs';

// npm run migrate: migrations alone, for production.
await runServerCommand('migrate');
