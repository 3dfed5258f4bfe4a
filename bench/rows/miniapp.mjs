import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import { inRoot } from '../../scripts/lib/paths.mjs';
import { Stop } from '../../scripts/lib/stop.mjs';

const require = createRequire(import.meta.url);
const dist = inRoot('miniapp/dist');
const kilobyte = 1_024;

/** What WeChat downloads before the first page, and what that page sends to its view first; the package is run as its tests run it. */
export async function miniappRows() {
  if (!existsSync(join(dist, 'app.json')))
    throw new Stop('The mini program is not built. Run `npm run build:weapp` first.');
  const appJson = JSON.parse(readFileSync(join(dist, 'app.json'), 'utf8'));
  const mainKb = mainBytes(appJson) / kilobyte;
  const firsts = [];
  for (const route of appJson.pages) firsts.push({ route, kb: (await firstChangeBytes(route)) / kilobyte });
  const heaviest = firsts.sort((a, b) => b.kb - a.kb)[0];
  const row = (what, kb, barKb, note) => ({
    what,
    peer: `${barKb} KB`,
    ours: `${kb.toFixed(1)} KB`,
    theirs: `${barKb} KB`,
    ratio: kb / barKb,
    bar: { atMost: 1 },
    note,
  });
  return [
    row('mini program, main package', mainKb, 600, "WeChat's limit is 2,048 KB"),
    row('mini program, first setData of a page', heaviest.kb, 32, `the heaviest: ${heaviest.route}`),
  ];
}

function mainBytes(appJson) {
  const packages = (appJson.subPackages ?? []).map(({ root }) => join(dist, root));
  return readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath ?? each.path, each.name))
    .filter(
      (file) =>
        !packages.some((root) => file.startsWith(root.replace(/[\\/]$/, '') + sep)) && !file.endsWith('.LICENSE.txt'),
    )
    .reduce((sum, file) => sum + statSync(file).size, 0);
}

/** No network is there: a page's first change does not wait for one. */
async function firstChangeBytes(route) {
  const { createWeapp } = require(inRoot('miniapp/test/weapp/harness.cjs'));
  const app = createWeapp({ dist, patienceMs: 10_000 });
  try {
    app.launch(`/${route}`);
    await app.waitFor(() => app.setDatas.length > 0);
    return app.setDatas[0].bytes;
  } finally {
    app.kill();
  }
}
