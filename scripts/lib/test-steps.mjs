import { existsSync } from 'node:fs';
import { commandOf } from './builds.mjs';
import { findChromium, runCheck, runJest } from './checks.mjs';
import { inRoot, tools } from './paths.mjs';
import { findMysqld, startPrivateMysql } from './private-mysql.mjs';

/**
 * What `npm test` runs, in this order. `missing` says why a step cannot run on this machine, or null; `builds` must be
 * there before; `run` takes the arguments meant for jest and resolves with counts. `takesFilters` marks the steps that
 * know what to do with those.
 */
export const testSteps = [
  {
    name: 'format',
    title: 'Formatting',
    run: () => runCheck('format', { args: [tools.prettier, '--check', '.', ...cached('prettier')] }),
  },
  {
    name: 'lint',
    title: 'Lint',
    run: () => runCheck('lint', { args: [tools.eslint, '.', '--max-warnings=0'] }),
  },
  {
    name: 'types',
    title: 'Types',
    run: () =>
      runCheck(
        'types',
        commandOf('server'),
        { args: [tools.tsc, '-p', 'server/tsconfig.test.json'] },
        { args: [tools.tsc, '-p', 'miniapp/tsconfig.json'] },
      ),
  },
  {
    name: 'imports',
    title: 'Import rules',
    run: () => runCheck('imports', { args: [tools.depcruise, ...sources, '--config', '--output-type', 'err'] }),
  },
  {
    name: 'licences',
    title: 'Licences of what we ship',
    run: () => runCheck('licences', { args: ['scripts/licences.mjs'] }),
  },
  {
    name: 'sqlite',
    title: 'Server tests on SQLite',
    takesFilters: true,
    builds: ['server'],
    missing: () => (process.env.SUYI_TEST_DB === 'mysql' ? 'SUYI_TEST_DB asks for MySQL alone' : null),
    run: (args) => runJest({ name: 'sqlite', config: serverConfig, args, env: { SUYI_TEST_DB: 'sqlite' } }),
  },
  {
    name: 'mysql',
    title: 'Server tests on MySQL',
    takesFilters: true,
    builds: ['server'],
    missing: () => {
      if (process.env.SUYI_TEST_DB === 'sqlite') return 'SUYI_TEST_DB asks for SQLite alone';
      if (process.env.SUYI_TEST_MYSQL || findMysqld()) return null;
      return 'neither mysqld nor mariadbd is on this machine';
    },
    run: onMysql,
  },
  {
    name: 'faults',
    title: 'Kills, lost messages and chance',
    takesFilters: true,
    builds: ['server'],
    run: onFaults,
  },
  {
    name: 'miniapp',
    title: 'Mini program, unit tests',
    takesFilters: true,
    run: (args) => runJest({ name: 'miniapp', config: miniappConfig, options: ['--selectProjects', 'miniapp'], args }),
  },
  {
    name: 'weapp',
    title: 'Mini program, the WeChat build',
    takesFilters: true,
    builds: ['server', 'weapp'],
    run: (args) => runJest({ name: 'weapp', config: miniappConfig, options: ['--selectProjects', 'weapp'], args }),
  },
  {
    name: 'package',
    title: "Mini program, WeChat's own compiler",
    missing: () =>
      existsSync(inRoot('tools/weapp-check/node_modules'))
        ? null
        : 'it wants 280 MB of packages: npm ci --ignore-scripts --prefix tools/weapp-check',
    builds: ['weapp'],
    run: () => runCheck('package', { args: ['tools/weapp-check/check.cjs'] }),
  },
  {
    name: 'browser',
    title: 'The whole product in a browser',
    takesFilters: true,
    missing: () => (findChromium() ? null : 'no Chromium or Chrome on this machine'),
    builds: ['server', 'h5'],
    run: (args) => runJest({ name: 'browser', config: browserConfig, args, env: { SUYI_CHROMIUM: findChromium() } }),
  },
];

const faultsConfig = 'server/jest.faults.config.cjs';
const serverConfig = 'server/jest.config.cjs';
const miniappConfig = 'miniapp/jest.config.cjs';
const browserConfig = 'miniapp/jest.browser.config.cjs';
const sources = ['shared-types/src', 'server/src', 'server/test', 'miniapp/src'];
const cached = (tool) => ['--cache', '--cache-strategy', 'content', '--cache-location', inRoot('.cache', tool)];

/** The same server tests again, but for the folders that by the import rules know no database. */
async function onMysql(args) {
  const named = process.env.SUYI_TEST_MYSQL;
  const mysql = named ? { url: named, version: 'SUYI_TEST_MYSQL', stop: async () => {} } : await startPrivateMysql();
  try {
    const counts = await runJest({
      name: 'mysql',
      config: serverConfig,
      options: [
        '--testPathIgnorePatterns=/node_modules/',
        '--testPathIgnorePatterns=/(src/(imaging|lib|vendors)|test/faults)/',
      ],
      args,
      env: { SUYI_TEST_DB: 'mysql', SUYI_TEST_MYSQL: mysql.url },
    });
    return { ...counts, note: mysql.version };
  } finally {
    await mysql.stop();
  }
}

/** On MySQL where there is one, because production is; on SQLite where there is none. */
async function onFaults(args) {
  const named = process.env.SUYI_TEST_MYSQL;
  const mysql = named ? { url: named, version: 'SUYI_TEST_MYSQL', stop: async () => {} } : await startPrivateMysql();
  try {
    const env = mysql ? { SUYI_TEST_DB: 'mysql', SUYI_TEST_MYSQL: mysql.url } : { SUYI_TEST_DB: 'sqlite' };
    const counts = await runJest({ name: 'faults', config: faultsConfig, args, env });
    return { ...counts, note: mysql?.version ?? 'SQLite' };
  } finally {
    await mysql?.stop();
  }
}
