import { existsSync, readFileSync } from 'node:fs';
import { mustRun } from './lib/command.mjs';
import { inRoot } from './lib/paths.mjs';
import { prepare } from './lib/prepare.mjs';
import { Stop, runMain } from './lib/stop.mjs';
import { step } from './lib/terminal.mjs';

// npm run bench [-- --only=create,http] [--quick]: how fast we are beside floors and peers, all measured in this one run.
await runMain(async () => {
  if (!process.argv.includes('--as-built')) await prepare('server', 'weapp');
  await ensurePeersInstalled();

  const { bench } = await import('../bench/bench.mjs');
  return bench(readWishes(process.argv.slice(2)));
});

function readWishes(words) {
  const wishes = { only: null, isQuick: false };
  for (const word of words) {
    if (word === '--quick') wishes.isQuick = true;
    else if (word.startsWith('--only=')) wishes.only = word.slice('--only='.length).split(',');
    else if (word !== '--as-built')
      throw new Stop(`npm run bench knows --only=row,row, --quick and --as-built, not ${word}`);
  }
  return wishes;
}

/** The peers are no part of the product, so its own install leaves them out. */
async function ensurePeersInstalled() {
  const { dependencies } = JSON.parse(readFileSync(inRoot('bench/package.json'), 'utf8'));
  const isThere = Object.entries(dependencies).every(([name, version]) => {
    const file = inRoot('bench/node_modules', name, 'package.json');
    return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).version === version;
  });
  if (isThere) return;

  const npm = ['ci', '--prefix', inRoot('bench'), '--ignore-scripts', '--no-progress'];
  await step('Installing the peers', () =>
    mustRun({
      name: 'install-bench',
      ...(process.env.npm_execpath
        ? { program: process.execPath, args: [process.env.npm_execpath, ...npm] }
        : { program: 'npm', args: npm, shell: process.platform === 'win32' }),
      sentence: 'npm could not install the packages of bench/. Is the network up?',
    }),
  );
}
