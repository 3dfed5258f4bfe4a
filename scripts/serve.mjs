import { isBuilt } from './lib/builds.mjs';
import { runAttached } from './lib/command.mjs';
import { requireNode } from './lib/install.mjs';
import { Stop, runMain } from './lib/stop.mjs';

// npm run serve: the built server alone, as production starts it. It never installs or builds by itself.
await runMain(() => {
  requireNode();
  if (!isBuilt('server')) throw new Stop('The server is not built yet. Run `npm run build` first.');

  return runAttached(['server/dist/main.js']);
});
