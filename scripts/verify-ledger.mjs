import { isBuilt } from './lib/builds.mjs';
import { runAttached } from './lib/command.mjs';
import { requireNode } from './lib/install.mjs';
import { prepare } from './lib/prepare.mjs';
import { runMain } from './lib/stop.mjs';

// npm run verify:ledger: walks every entry of the ledger and says in one line whether all sums hold.
await runMain(async () => {
  requireNode();
  if (!isBuilt('server')) await prepare('server');

  return runAttached(['server/dist/verify-ledger.js']);
});
