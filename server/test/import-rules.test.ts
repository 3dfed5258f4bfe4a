import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

const root = join(__dirname, '../..');
const configFile = join(root, '.dependency-cruiser.cjs');
const { forbidden } = jest.requireActual<{ forbidden: { name: string }[] }>(configFile);

/** For each rule, an import that breaks it: the file that imports, and what it imports. */
const planted: [rule: string, from: string, to: string][] = [
  ['no-cycles', 'server/src/db/chicken.ts', 'server/src/db/egg.ts'],
  ['koa-at-the-door', 'server/src/modules/tasks/present.ts', 'koa'],
  ['koa-at-the-door', 'server/src/worker.ts', '@koa/router'],
  ['sequelize-kept-inside', 'server/src/http/idempotency.ts', 'sequelize'],
  ['sequelize-kept-inside', 'server/src/modules/quota/routes.ts', 'sequelize'],
  ['modules-meet-at-the-service', 'server/src/modules/tasks/service.ts', 'server/src/modules/media/models.ts'],
  ['admin-asks-known-modules', 'server/src/modules/admin/service.ts', 'server/src/modules/reports/service.ts'],
  ['tasks-asks-quota-membership-media', 'server/src/modules/tasks/states.ts', 'server/src/modules/payments/service.ts'],
  [
    'payments-asks-membership-quota-inbound',
    'server/src/modules/payments/models.ts',
    'server/src/modules/tasks/service.ts',
  ],
  ['membership-asks-quota', 'server/src/modules/membership/models.ts', 'server/src/modules/auth/service.ts'],
  ['auth-asks-no-module', 'server/src/modules/auth/models.ts', 'server/src/modules/quota/service.ts'],
  ['quota-asks-no-module', 'server/src/modules/quota/present.ts', 'server/src/modules/membership/service.ts'],
  ['media-asks-no-module', 'server/src/modules/media/service.ts', 'server/src/modules/quota/ledger.ts'],
  ['inbound-asks-no-module', 'server/src/modules/inbound/push.ts', 'server/src/modules/payments/service.ts'],
  ['only-main-picks-an-adapter', 'server/src/modules/media/present.ts', 'server/src/vendors/storage/cos.ts'],
  ['vendors-know-no-other-vendor', 'server/src/vendors/sms/tencent-sms.ts', 'server/src/vendors/storage/cos.ts'],
  ['vendors-know-no-product', 'server/src/vendors/wechat/wechat-api.ts', 'server/src/modules/auth/service.ts'],
  ['imaging-knows-no-product', 'server/src/imaging/engine.ts', 'server/src/modules/tasks/service.ts'],
  ['lib-stands-alone', 'server/src/lib/clock.ts', 'server/src/db/database.ts'],
  ['sandbox-from-main-only', 'server/src/http/sign-in.ts', 'server/src/sandbox/sms.ts'],
  ['sandbox-knows-no-product', 'server/src/sandbox/cos.ts', 'server/src/vendors/storage/cos.ts'],
  ['tests-are-not-imported', 'server/src/app.ts', 'server/test/make.ts'],
  ['shared-types-import-zod-only', 'shared-types/src/tasks.ts', 'node:crypto'],
  ['server-and-phone-meet-in-shared-types', 'miniapp/src/api/client.ts', 'server/src/db/database.ts'],
  ['features-know-no-page', 'miniapp/src/features/card.tsx', 'miniapp/src/pages/home/index.tsx'],
  ['ui-api-and-state-know-no-feature', 'miniapp/src/state/tasks.ts', 'miniapp/src/features/history.ts'],
  ['ui-only-draws', 'miniapp/src/ui/button.tsx', 'miniapp/src/state/session.ts'],
  ['api-knows-no-state', 'miniapp/src/api/tasks.ts', 'miniapp/src/state/session.ts'],
  ['targets-differ-in-platform-only', 'miniapp/src/pages/home/index.tsx', 'miniapp/src/ui/picker.weapp.ts'],
];

/** Imports that the house allows, next to what it forbids. */
const allowed: [from: string, to: string][] = [
  ['server/src/app.ts', 'koa'],
  ['server/src/modules/quota/routes.ts', '@koa/router'],
  ['server/src/modules/quota/models.ts', 'sequelize'],
  ['server/src/modules/tasks/service.ts', 'server/src/modules/quota/ledger.ts'],
  ['server/src/modules/admin/present.ts', 'server/src/modules/tasks/service.ts'],
  ['server/src/modules/tasks/jobs.ts', 'server/src/vendors/storage/port.ts'],
  ['server/src/main.ts', 'server/src/vendors/storage/cos.ts'],
  ['server/src/main.ts', 'server/src/sandbox/sms.ts'],
  ['server/src/vendors/storage/cos.test.ts', 'server/src/sandbox/sms.ts'],
  ['server/src/sandbox/wechat.ts', 'koa'],
  ['shared-types/src/errors.ts', 'zod'],
  ['miniapp/src/pages/task/index.tsx', 'miniapp/src/features/history.ts'],
  ['miniapp/src/features/buy.tsx', 'miniapp/src/state/session.ts'],
];

/** Draws a house with just these imports and lets the real rules judge it: every violation as `rule: importing file`. */
function judge(imports: [from: string, to: string][]): string[] {
  const house = realpathSync(mkdtempSync(join(tmpdir(), 'suyi-imports-')));
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(house, file)), { recursive: true });
    writeFileSync(join(house, file), text, { flag: 'a' });
  };

  for (const name of ['koa', '@koa/router', 'sequelize', 'zod']) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, 'exports.thing = 1;\n');
  }
  for (const [from, to] of imports) {
    const isOurs = to.includes('/src/') || to.includes('/test/');
    const specifier = isOurs ? `./${relative(dirname(from), to)}`.replace(/\.tsx?$/, '') : to;
    // Type-only, so that the rules are seen to hold for what leaves no trace in the built code, too.
    write(from, `import type { thing } from '${specifier}';\nexport type From${from.length} = typeof thing;\n`);
    if (isOurs) write(to, 'export const thing = 1;\n');
  }

  try {
    const cruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const args = [cruise, 'shared-types', 'server', 'miniapp', '--config', configFile, '--output-type', 'json'];
    const output = execFileSync(process.execPath, args, { cwd: house, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    const { summary } = JSON.parse(output) as { summary: { violations: { from: string; rule: { name: string } }[] } };
    return summary.violations.map(({ from, rule }) => `${rule.name}: ${from}`);
  } finally {
    rmSync(house, { recursive: true });
  }
}

it('catches an import against each rule of the house, type-only imports included', () => {
  const violations = judge([
    ...planted.map(([, from, to]): [string, string] => [from, to]),
    ['server/src/db/egg.ts', 'server/src/db/chicken.ts'], // Closes the cycle; it is reported once, where it begins.
  ]);

  const expected = planted.map(([rule, from]) => `${rule}: ${from}`);
  expect(expected.filter((violation) => !violations.includes(violation))).toEqual([]);
});

it('has an example for every rule', () => {
  const names = forbidden.map(({ name }) => name);

  expect(new Set(planted.map(([rule]) => rule))).toEqual(new Set(names));
});

it('lets the imports pass that the house is built on', () => {
  expect(judge(allowed)).toEqual([]);
});
