import { isBuilt } from './builds.mjs';
import { runAttached } from './command.mjs';
import { requireNode } from './install.mjs';
import { prepare } from './prepare.mjs';
import { runMain } from './stop.mjs';

/** An operator's command of the built server, with the words that follow it. A built server is taken as it is: production has no compiler. */
export const runServerCommand = (name) =>
  runMain(async () => {
    requireNode();
    if (!isBuilt('server')) await prepare('server');

    return runAttached([`server/dist/${name}.js`, ...process.argv.slice(2)]);
  });
