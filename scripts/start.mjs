import { runAttached } from './lib/command.mjs';
import { prepare } from './lib/prepare.mjs';
import { runMain } from './lib/stop.mjs';

// npm start: the whole product on one port, from a fresh clone on.
await runMain(async () => {
  await prepare('server', 'h5');
  return runAttached(['server/dist/main.js']);
});
