/** What may be in the product without asking anybody again: no condition but to say whose it is. */
const allowed = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
]);

/** What one package may have beside that, and why. */
const exceptions = [
  {
    licence: 'LGPL-3.0-or-later',
    packages: /^@img\/sharp-/,
    reason:
      'libvips, a library of its own that sharp loads at run time, unchanged: whoever wants to may put another there',
  },
  {
    licence: 'CC-BY-4.0',
    packages: /^caniuse-lite$/,
    reason: 'a table of browsers, read while the mini program is built; nothing of it is in what is built',
  },
];

/** Written before there was a list of names for licences. */
const meant = { 'MIT,Apache2': 'MIT OR Apache-2.0' };

/** What is in the product and in no package. */
const others = [
  {
    name: 'Noto Sans CJK SC Regular 2.004 and Bold',
    licence: 'OFL-1.1',
    what: 'outlines of a few signs, in `server/src/imaging/ai-mark.ts` and `server/src/sandbox/runninghub/glyphs.ts`',
    whose: '© 2014-2021 Adobe (http://www.adobe.com/); Noto is a trademark of Google',
    text: 'https://openfontlicense.org',
  },
  {
    name: 'clothing-dataset',
    licence: 'CC0-1.0',
    what: 'photos that the network in `server/models` was trained on; none of them is in the product',
    whose: 'Alexey Grigorev and contributors',
    text: 'https://github.com/alexeygrigorev/clothing-dataset',
  },
];

/**
 * All packages that what we ship may need when it runs: what `server` and `miniapp` depend on, down to the last, optional
 * ones for other machines included. Each is `{ name, version, licence }`; ours are left out.
 */
export function productionPackages({ packages }) {
  const reached = new Set();
  const waiting = ['server', 'miniapp'];
  while (waiting.length > 0) {
    const place = waiting.pop();
    if (reached.has(place)) continue;
    reached.add(place);
    const { dependencies, optionalDependencies } = packages[place];
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const found = placeOf(packages, place, name);
      if (found) waiting.push(found);
    }
  }

  const named = new Map();
  for (const place of reached) {
    const at = place.lastIndexOf('node_modules/');
    if (at < 0) continue; // A workspace: ours.
    const name = place.slice(at + 'node_modules/'.length);
    const { version, license } = packages[place];
    named.set(`${name}@${version}`, { name, version, licence: meant[license] ?? license ?? 'none' });
  }
  return [...named.values()].sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version));
}

/** Where Node would find this package from there: the nearest `node_modules` up the tree. */
function placeOf(packages, from, name) {
  for (let folder = from; ; folder = parentOf(folder)) {
    const place = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    const found = packages[place];
    if (found) return found.link ? found.resolved : place;
    if (folder === '') return null;
  }
}

function parentOf(folder) {
  const at = folder.lastIndexOf('/node_modules/');
  if (at >= 0) return folder.slice(0, at);
  return folder.startsWith('node_modules/') || !folder.includes('/') ? '' : folder.slice(0, folder.lastIndexOf('/'));
}

/** One line for each package whose licence is not on the list. */
export function refusalsOf(packages) {
  return packages
    .filter((each) => !isAllowed(each))
    .map(({ name, version, licence }) => `${name}@${version}: ${licence}`);
}

/** Of `A OR B` one is enough, of `A AND B` all are needed; brackets stand around the whole alone. */
function isAllowed({ name, licence }) {
  const mayHave = (one) =>
    allowed.has(one) || exceptions.some((each) => each.licence === one && each.packages.test(name));
  const plain = licence.replace(/^\((.*)\)$/, '$1');
  if (/[()]/.test(plain)) return false;
  return plain.split(' OR ').some((choice) => choice.split(' AND ').every(mayHave));
}

export function tableOf(packages) {
  const width = Math.max(...packages.map(({ name, version }) => name.length + version.length + 1));
  return packages.map(({ name, version, licence }) => `${`${name}@${version}`.padEnd(width)}  ${licence}\n`).join('');
}

/** The page that goes with the product: whose work is in it, and under which licence. */
export function thirdPartyPage(packages) {
  const sections = [...grouped(packages)]
    .sort(([a], [b]) => compare(a, b))
    .map(([licence, list]) => {
      const names = list.map(({ name, version }) => `${name} ${version}`).join(', ');
      return `## ${licence}\n\n${names}\n`;
    });
  return [
    '# Work of others in this product\n',
    'Written by `node scripts/licences.mjs --write` from the lock file. Each package carries the text of its licence.\n',
    ...others.map(({ name, licence, what, whose, text }) => `- **${name}** (${licence}): ${what}. ${whose}. <${text}>`),
    ...exceptions.map(({ licence, reason }) => `- **${licence}**, for one package: ${reason}.`),
    '',
    ...sections,
  ].join('\n');
}

function grouped(packages) {
  const byLicence = new Map();
  for (const each of packages) byLicence.set(each.licence, [...(byLicence.get(each.licence) ?? []), each]);
  return byLicence;
}

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
