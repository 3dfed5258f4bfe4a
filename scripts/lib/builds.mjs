import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun } from './command.mjs';
import { inRoot, tools } from './paths.mjs';
import { step } from './terminal.mjs';

const everywhere = ['package-lock.json', 'tsconfig.base.json', 'shared-types/src', 'shared-types/package.json'];
const miniapp = ['miniapp/src', 'miniapp/config', 'miniapp/package.json', 'miniapp/babel.config.js'];

/** What can be built: what it is made from, what shows that it is there, and the command. */
const builds = {
  server: {
    title: 'Building the server',
    inputs: [...everywhere, 'shared-types/tsconfig.json', 'server/src', 'server/tsconfig.json'],
    outputs: ['shared-types/dist/index.js', 'server/dist/main.js'],
    command: (isMissing) => ({
      // tsc trusts its .tsbuildinfo files and would not notice that dist is gone.
      args: [tools.tsc, '-b', 'server', ...(isMissing ? ['--force'] : [])],
    }),
  },
  h5: {
    title: 'Building the mini program for browsers',
    inputs: [...everywhere, ...miniapp],
    outputs: ['miniapp/dist-h5/index.html'],
    command: () => taro('h5'),
  },
  weapp: {
    title: 'Building the mini program for WeChat',
    inputs: [...everywhere, ...miniapp],
    outputs: ['miniapp/dist/app.json'],
    command: () => taro('weapp'),
  },
};

const taro = (type) => ({
  args: [tools.taro, 'build', '--type', type],
  cwd: inRoot('miniapp'),
  env: { NODE_ENV: 'production' },
});

/** Builds those of `names` whose sources changed since their last good build. Nothing to do takes milliseconds. */
export async function ensureBuilt(...names) {
  for (const name of names) {
    if (!isBuilt(name) || readStamp(name) !== fingerprintOf(name)) await build(name);
  }
}

/** Builds this, whether or not its sources changed. */
export async function build(name) {
  const { title } = builds[name];
  const fingerprint = fingerprintOf(name);

  await step(title, async () => {
    rmSync(stampOf(name), { force: true }); // A build that fails half-way must not pass for the last good one.
    await mustRun({ name: `build-${name}`, sentence: `${title} failed.`, ...commandOf(name) });
    mkdirSync(inRoot('.cache/builds'), { recursive: true });
    writeFileSync(stampOf(name), fingerprint);
  });
}

/** The program that builds this. */
export const commandOf = (name) => builds[name].command(!isBuilt(name));

/** Is there a build, fresh or stale? */
export const isBuilt = (name) => builds[name].outputs.every((file) => existsSync(inRoot(file)));

const stampOf = (name) => inRoot('.cache/builds', name);
const readStamp = (name) => (existsSync(stampOf(name)) ? readFileSync(stampOf(name), 'utf8') : null);

/** A hash over all that a build is made from: checkouts and copies change times, not content. */
function fingerprintOf(name) {
  const settings = Object.entries(process.env).filter(([key]) => key.startsWith('TARO_APP_'));
  const hash = createHash('sha256').update(JSON.stringify(settings.sort()));
  for (const file of builds[name].inputs.flatMap(filesUnder).sort()) {
    hash.update(`\0${file}\0`).update(readFileSync(inRoot(file)));
  }
  return hash.digest('hex');
}

function filesUnder(path) {
  if (!existsSync(inRoot(path))) return [];
  if (!statSync(inRoot(path)).isDirectory()) return [path];
  return readdirSync(inRoot(path)).flatMap((name) => filesUnder(join(path, name)));
}
