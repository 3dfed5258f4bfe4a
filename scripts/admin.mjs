import { runServerCommand } from './lib/server-command.mjs';

// npm run admin: the admins of the site, for an operator who cannot log in.
await runServerCommand('admin');
