import { isBuilt } from './lib/builds.mjs';
import { runAttached } from './lib/command.mjs';
import { requireNode } from './lib/install.mjs';
import { prepare } from './lib/prepare.mjs';
import { runMain } from './lib/stop.mjs';

// npm run migrate: migrations alone. A built server is taken as it is: production has no compiler to build it with.
await runMain(async () => {
  requireNode();
  if (!isBuilt('server')) await prepare('server');

  return runAttached(['server/dist/migrate.js']);
});
