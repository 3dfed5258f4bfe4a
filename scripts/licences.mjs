import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { productionPackages, refusalsOf, tableOf, thirdPartyPage } from './lib/licences.mjs';
import { inRoot } from './lib/paths.mjs';
import { Stop, runMain } from './lib/stop.mjs';

const usage = `node scripts/licences.mjs [--write]

Under which licences the packages stand that the server and the mini program are made of.
Fails when one of them is not on the list, or when THIRD-PARTY.md is not what the lock file says; --write writes it anew.`;

// npm test runs it; after a change of dependencies run it by hand with --write, and commit the page.
await runMain(async () => {
  const asked = process.argv.slice(2);
  if (asked.some((argument) => argument !== '--write')) return void console.log(usage);

  const packages = productionPackages(JSON.parse(readFileSync(inRoot('package-lock.json'), 'utf8')));
  mkdirSync(inRoot('.cache'), { recursive: true });
  writeFileSync(inRoot('.cache/licences.txt'), tableOf(packages));

  const refusals = refusalsOf(packages);
  if (refusals.length > 0)
    throw new Stop(`Not under a licence of our list (scripts/lib/licences.mjs):\n${refusals.join('\n')}`);

  const page = inRoot('THIRD-PARTY.md');
  const wanted = thirdPartyPage(packages);
  if (asked.includes('--write')) writeFileSync(page, wanted);
  else if (!existsSync(page) || readFileSync(page, 'utf8') !== wanted)
    throw new Stop('THIRD-PARTY.md is older than package-lock.json: node scripts/licences.mjs --write');

  console.log(`${packages.length} packages, all under licences of the list; the table: .cache/licences.txt`);
});
