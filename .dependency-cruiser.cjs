// Who may import whom: ARCHITECTURE.md, as rules. Every one of them is shown a violation by server/test/import-rules.test.ts.
// A rule names the file that imports (`from`) and what it must not import (`to`). Type-only imports count.

const test = '\\.test\\.tsx?$|^(server|miniapp)/test/';
/** The doors of a module: one file, or a folder of them. */
const routes = ['^server/src/modules/[^/]+/routes\\.ts$', '^server/src/modules/[^/]+/routes/'];
const module_ = (name) => `^server/src/modules/${name}/`;
const npm = (...names) => `(^|/)node_modules/(${names.join('|')})(/|$)`;

/** Which modules a module may ask, through their front doors. */
const modulesAsked = {
  admin: ['auth', 'membership', 'payments', 'quota', 'tasks', 'media', 'inbound'],
  tasks: ['quota', 'membership', 'media'],
  payments: ['membership', 'quota', 'inbound'],
  membership: ['quota'],
  auth: [],
  quota: [],
  media: [],
  inbound: [],
};

/** The layers of the mini program, from the top; each may import those below it. */
const pages = '^miniapp/src/(pages|subpackages)/';
const features = '^miniapp/src/features/';
const below = '^miniapp/src/(ui|api|state|platform)/';

const forbidden = [
  {
    name: 'no-cycles',
    comment: 'Two files that need each other are one file, or hide a third.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'koa-at-the-door',
    comment: 'Koa and ctx live in app.ts, http/ and routes.ts: the rest of the server could answer over anything.',
    from: {
      path: '^server/src/',
      pathNot: ['^server/src/(app\\.ts$|http/|sandbox/)', ...routes, test],
    },
    to: { path: npm('koa', '@koa', 'koa-[^/]+', '@types/koa', '@types/koa__[^/]+', '@types/koa-[^/]+') },
  },
  {
    name: 'sequelize-kept-inside',
    comment: 'The web edge, vendors, the imaging engine, lib and routes know no database.',
    from: { path: ['^server/src/(http|vendors|imaging|lib)/', ...routes], pathNot: test },
    to: { path: npm('sequelize', 'mysql2', '@appthreat/sqlite3') },
  },
  {
    name: 'modules-meet-at-the-service',
    comment: 'A module is asked through service.ts, or quota/ledger.ts; its models, states and presenters are its own.',
    from: { path: '^server/src/modules/([^/]+)/', pathNot: test },
    to: {
      path: '^server/src/modules/[^/]+/',
      pathNot: [
        '^server/src/modules/$1/',
        '^server/src/modules/[^/]+/service\\.ts$',
        '^server/src/modules/quota/ledger\\.ts$',
      ],
    },
  },
  ...Object.entries(modulesAsked).map(([name, asked]) => ({
    name: `${name}-asks-${asked.length === 0 ? 'no-module' : asked.length === 7 ? 'known-modules' : asked.join('-')}`,
    comment: `Modules stand in one order, so that a change travels one way: ${name} → ${asked.join(', ') || 'none'}.`,
    from: { path: module_(name), pathNot: test },
    to: { path: '^server/src/modules/', pathNot: [name, ...asked].map(module_) },
  })),
  {
    name: 'only-main-picks-an-adapter',
    comment:
      'Everyone else sees port.ts, so that sandbox, production and tests differ in one place. (sandbox/: see below.)',
    from: { path: '^server/src/', pathNot: ['^server/src/(main\\.ts$|vendors/|sandbox/)', test] },
    to: { path: '^server/src/vendors/', pathNot: '^server/src/vendors/[^/]+/port\\.ts$' },
  },
  {
    name: 'vendors-know-no-other-vendor',
    comment: 'An adapter shares http.ts with its neighbours and, of them, sees at most the port.',
    from: { path: '^server/src/vendors/([^/]+)/', pathNot: test },
    to: { path: '^server/src/vendors/[^/]+/', pathNot: ['^server/src/vendors/$1/', '/port\\.ts$'] },
  },
  {
    name: 'vendors-know-no-product',
    comment: 'Their words in, our words out: an adapter knows no task, no order, no request and no table.',
    from: { path: '^server/src/vendors/', pathNot: test },
    to: { path: '^server/src/(modules|http|db|imaging|sandbox)/' },
  },
  {
    name: 'imaging-knows-no-product',
    comment: 'Bytes to bytes and measures: the engine knows no module, no HTTP, no vendor and no table.',
    from: { path: '^server/src/imaging/', pathNot: test },
    to: { path: '^server/src/(modules|http|db|vendors|sandbox)/' },
  },
  {
    name: 'lib-stands-alone',
    comment: 'No domain word inside lib. Of ours it may name shared-types only: an error code is one of that list.',
    from: { path: '^server/src/lib/', pathNot: test },
    to: { path: '^server/src/', pathNot: '^server/src/lib/' },
  },
  {
    name: 'sandbox-from-main-only',
    comment: 'No path of the product may depend on a simulator.',
    from: { path: '^server/src/', pathNot: ['^server/src/(main\\.ts$|sandbox/)', test] },
    to: { path: '^server/src/sandbox/' },
  },
  {
    name: 'sandbox-knows-no-product',
    comment: 'A simulator that shared code with an adapter or a module would agree with its mistakes.',
    from: { path: '^server/src/sandbox/', pathNot: test },
    to: { path: '^server/src/(modules|db|imaging|vendors/[^/]+)/' },
  },
  {
    name: 'tests-are-not-imported',
    comment: 'What the product needs does not lie in a test.',
    from: { path: '^(server|miniapp|shared-types)/src/', pathNot: test },
    to: { path: test },
  },
  {
    name: 'shared-types-import-zod-only',
    comment: 'Phone and server both carry it.',
    from: { path: '^shared-types/src/', pathNot: test },
    to: { pathNot: ['^shared-types/src/', npm('zod')] },
  },
  {
    name: 'server-and-phone-meet-in-shared-types',
    comment: 'Nothing else is common to both.',
    from: { path: '^(server|miniapp)/' },
    to: { path: '^(server|miniapp)/', pathNot: '^$1/' },
  },
  {
    name: 'features-know-no-page',
    comment: 'pages → features → ui, api, state.',
    from: { path: features, pathNot: test },
    to: { path: pages },
  },
  {
    name: 'ui-api-and-state-know-no-feature',
    comment: 'pages → features → ui, api, state.',
    from: { path: below, pathNot: test },
    to: { path: [pages, features] },
  },
  {
    name: 'ui-only-draws',
    comment: 'A component of ui/ gets what it shows by its properties, so that it shows the same everywhere.',
    from: { path: '^miniapp/src/ui/', pathNot: test },
    to: { path: '^miniapp/src/state/' },
  },
  {
    name: 'api-knows-no-state',
    comment: 'Requests are made by state and features, never the other way round.',
    from: { path: '^miniapp/src/api/', pathNot: test },
    to: { path: '^miniapp/src/(ui|state)/' },
  },
  {
    name: 'targets-differ-in-platform-only',
    comment: 'A file per target (pay.weapp.ts, pay.h5.ts) lies in platform/ and is imported without its suffix.',
    from: { path: '^miniapp/src/', pathNot: [test, '^miniapp/src/platform/'] },
    to: { path: '\\.(weapp|h5)\\.tsx?$', pathNot: '^miniapp/src/platform/' },
  },
];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: forbidden.map((rule) => ({ severity: 'error', ...rule })),
  options: {
    tsPreCompilationDeps: true, // Type-only imports count.
    doNotFollow: { path: '(^|/)(node_modules|dist)/' },
    exclude: { path: '\\.(s?css|png|svg|json)$' },
    enhancedResolveOptions: {
      // Of a per-target file WeChat's is followed; the other obeys the same rules as its own starting point.
      extensions: ['.ts', '.tsx', '.weapp.ts', '.weapp.tsx', '.d.ts', '.js', '.mjs', '.cjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['types', 'node', 'import', 'require', 'default'],
    },
  },
};
