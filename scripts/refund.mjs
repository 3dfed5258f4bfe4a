import { runServerCommand } from './lib/server-command.mjs';

// npm run refund: sends money back, all of an order or a part of it.
await runServerCommand('refund');
