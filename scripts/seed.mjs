import { runServerCommand } from './lib/server-command.mjs';

// npm run seed: fills an empty database with many made-up sellers, to see how the product behaves when it is big.
await runServerCommand('seed');
