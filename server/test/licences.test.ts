import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const script = join(__dirname, '..', '..', 'scripts', 'lib', 'licences.mjs');

/** What the check says of a lock file in which the server needs these, by licence. */
async function refusalsOf(licences: Record<string, string | undefined>): Promise<string[]> {
  const packages = {
    server: { dependencies: Object.fromEntries(Object.keys(licences).map((name) => [name, '1.0.0'])) },
    miniapp: {},
    ...Object.fromEntries(
      Object.entries(licences).map(([name, license]) => [`node_modules/${name}`, { version: '1.0.0', license }]),
    ),
  };
  const program = `
    import { productionPackages, refusalsOf } from ${JSON.stringify(`file://${script}`)};
    console.log(JSON.stringify(refusalsOf(productionPackages(${JSON.stringify({ packages })}))));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program]);
  return JSON.parse(stdout) as string[];
}

describe('a package that we ship', () => {
  it('passes under a licence of the list, or under one of two when one is on it', async () => {
    const good = { a: 'MIT', b: '(AFL-2.1 OR BSD-3-Clause)', c: 'Apache-2.0 AND MIT', d: 'MIT,Apache2' };

    expect(await refusalsOf(good)).toEqual([]);
  });

  it('fails under any other, under none, or when one of two that both hold is not on it', async () => {
    const bad = {
      a: 'GPL-3.0-only',
      b: undefined,
      c: 'MIT AND SSPL-1.0',
      d: 'SEE LICENSE IN LICENSE',
      e: 'LGPL-3.0-or-later',
    };

    expect(await refusalsOf(bad)).toEqual([
      'a@1.0.0: GPL-3.0-only',
      'b@1.0.0: none',
      'c@1.0.0: MIT AND SSPL-1.0',
      'd@1.0.0: SEE LICENSE IN LICENSE',
      'e@1.0.0: LGPL-3.0-or-later',
    ]);
  });

  it('may be under the LGPL when it is the one library that is loaded at run time', async () => {
    expect(await refusalsOf({ '@img/sharp-libvips-linux-x64': 'LGPL-3.0-or-later' })).toEqual([]);
  });
});
