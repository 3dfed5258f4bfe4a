import { ensureBuilt, isBuilt } from './lib/builds.mjs';
import { runTogether } from './lib/command.mjs';
import { inRoot, tools } from './lib/paths.mjs';
import { prepare } from './lib/prepare.mjs';
import { runMain } from './lib/stop.mjs';

// npm run dev: the same as start, watching. A saved server file restarts the server; a saved page shows at once in the
// hot copy of the mini program, which hands /api and /sandbox on to the server.
await runMain(async () => {
  await prepare('server');
  if (!isBuilt('h5')) await ensureBuilt('h5'); // A stale copy at the server's own address is fine here.

  console.log('The mini program, hot: http://127.0.0.1:10086 (ready in about ten seconds)\n');
  return runTogether({
    server: { args: ['--watch', '--watch-preserve-output', 'server/dist/main.js'] },
    types: { args: [tools.tsc, '-b', 'server', '--watch', '--preserveWatchOutput'] },
    pages: {
      args: [tools.taro, 'build', '--type', 'h5', '--watch'],
      cwd: inRoot('miniapp'),
      env: { NODE_ENV: 'development' },
    },
  });
});
