import { existsSync, readFileSync } from 'node:fs';
import { mustRun } from './command.mjs';
import { inRoot } from './paths.mjs';
import { Stop } from './stop.mjs';
import { step } from './terminal.mjs';

const nodeMin = [20, 19];

/** Refuses a Node that is too old, before anything else can fail in a stranger way. */
export function requireNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > nodeMin[0] || (major === nodeMin[0] && minor >= nodeMin[1])) return;
  throw new Stop(
    `Suyi needs Node ${nodeMin.join('.')} or newer, and this is Node ${version}. Get one from https://nodejs.org.`,
  );
}

/** Installs the packages that package-lock.json names, unless they are there already. */
export async function ensureInstalled() {
  if (isInstalled()) return;

  await step('Installing packages (a minute or two, the first time only)', () =>
    mustRun({
      name: 'install',
      // `npm run` names its own program; without it the shell finds npm, as Windows needs for npm.cmd.
      ...(process.env.npm_execpath
        ? { program: process.execPath, args: [process.env.npm_execpath, ...npmCi] }
        : { program: 'npm', args: npmCi, shell: process.platform === 'win32' }),
      sentence: 'npm could not install the packages. Is the network up, and the disk not full?',
    }),
  );
}

// Development packages build the product, so NODE_ENV=production must not leave them out.
const npmCi = ['ci', '--include=dev', '--no-audit', '--no-fund', '--no-progress'];

/**
 * npm writes what it installed to node_modules/.package-lock.json as the last thing it does; comparing that with
 * package-lock.json costs 20 ms and sees a half-finished, an older and a hand-made install alike.
 */
function isInstalled() {
  if (!existsSync(inRoot('node_modules/.package-lock.json'))) return false;

  const installed = packagesOf('node_modules/.package-lock.json');
  const wanted = Object.entries(packagesOf('package-lock.json'));
  return wanted.every(([path, { version, link, optional }]) => {
    if (!path.includes('node_modules/') || link || optional) return true;
    return installed[path]?.version === version;
  });
}

const packagesOf = (lock) => JSON.parse(readFileSync(inRoot(lock), 'utf8')).packages;
