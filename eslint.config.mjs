import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';
import { houseRules } from './scripts/eslint-rules.mjs';

const tests = ['**/*.test.{ts,tsx}', 'server/test/**/*.ts', 'miniapp/test/**/*.{ts,tsx}'];
const typescript = [
  'shared-types/src/**/*.ts',
  'server/{src,test}/**/*.{ts,tsx}',
  'miniapp/{src,test,config,types}/**/*.{ts,tsx}',
];

// What is forbidden by shape rather than by a rule of its own. ESLint replaces this list where a later block sets it
// again, so each block names all that holds in it.
const forbid = (selector, message) => ({ selector, message });
const defaultExport = forbid('ExportDefaultDeclaration', 'Export by name, so that one thing has one name everywhere.');
const environment = forbid(
  'MemberExpression[object.name="process"][property.name="env"]',
  'Only config.ts reads the environment; take the setting from there.',
);
const time = [
  forbid(
    'CallExpression[callee.object.name="Date"][callee.property.name="now"]',
    'Ask lib/clock.ts for the time, so that tests can move it.',
  ),
  forbid(
    'NewExpression[callee.name="Date"][arguments.length=0]',
    'Ask lib/clock.ts for the time, so that tests can move it.',
  ),
];
const transaction = forbid(
  'CallExpression[callee.property.name="transaction"]:matches([callee.object.name=/^(sequelize|database)$/i], [callee.object.property.name="current"])',
  'Open a transaction with inTransaction: it retries deadlocks and sees nested ones.',
);
const skipLocked = forbid(
  'Property[key.name="skipLocked"]',
  'Sequelize drops skipLocked on MySQL and TiDB takes no lock at all: claim by compare-and-set.',
);
const server = [defaultExport, environment, ...time, transaction, skipLocked];

const target = forbid(
  'MemberExpression[object.object.name="process"][property.name="TARO_ENV"]',
  'Targets differ only in per-target files under platform/ (pay.weapp.ts, pay.h5.ts).',
);
const request = forbid(
  'MemberExpression[object.name="Taro"][property.name=/^(request|uploadFile|downloadFile)$/]',
  'Only api/client.ts sends requests.',
);
const powers = forbid(
  `MemberExpression[object.name="Taro"][property.name=/^(${[
    'login|checkSession|requestPayment|requestSubscribeMessage|getUserProfile|getAccountInfoSync|getUpdateManager',
    'chooseImage|chooseMedia|compressImage|getImageInfo|previewImage|previewMedia|saveImageToPhotosAlbum|getFileSystemManager',
    'getPrivacySetting|requirePrivacyAuthorize|openPrivacyContract|onNeedPrivacyAuthorization|getSetting|openSetting|authorize',
    'setClipboardData|getClipboardData|getSystemInfo\\w*|getWindowInfo|getDeviceInfo|getAppBaseInfo|getNetworkType|vibrate\\w+',
    '(get|set|remove|clear)Storage(Sync)?|makePhoneCall|scanCode|getMenuButtonBoundingClientRect|env|getEnv',
  ].join('|')})$/]`,
  'What the device and WeChat can do lies behind platform/, because it differs from target to target.',
);

export default tseslint.config(
  { ignores: ['**/node_modules/', '**/dist/', '**/dist-h5/', '.cache/', '.data/', 'coverage/', 'tmp/'] },
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { house: houseRules },
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-unused-vars': 'error',
      'no-throw-literal': 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'] }],
      'house/disable-needs-reason': 'error',
      'house/file-name': 'error',
    },
  },
  {
    files: typescript,
    extends: [tseslint.configs.strict],
    languageOptions: {
      parserOptions: { project: ['shared-types/tsconfig.json', 'server/tsconfig.test.json', 'miniapp/tsconfig.json'] },
    },
    rules: {
      'no-unused-vars': 'off', // The one that knows types stands in for it.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/ban-ts-comment': [
        'error',
        { 'ts-expect-error': 'allow-with-description', minimumDescriptionLength: 10 },
      ],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/no-require-imports': ['error', { allow: ['^node-gyp-build$'] }], // It has no types to import.

      // These ask the type checker; each has caught a lost write or a swallowed error somewhere.
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/no-unsafe-argument': 'error',
      '@typescript-eslint/no-unsafe-assignment': 'error',
      '@typescript-eslint/no-unsafe-call': 'error',
      '@typescript-eslint/no-unsafe-member-access': 'error',
      '@typescript-eslint/no-unsafe-return': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/return-await': ['error', 'in-try-catch'], // Otherwise the catch never sees the rejection.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['shared-types/src/**', 'server/src/**', 'miniapp/src/**'],
    ignores: tests,
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      // "About 70" is for people; the machine stops what is clearly over, such as a factory that should be two.
      'max-lines-per-function': ['error', { max: 90, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    // Inner loops over pixels: an index computed to be in range, and two assignments in one branch.
    files: ['server/src/imaging/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', '@typescript-eslint/no-unused-expressions': 'off' },
  },
  {
    // Koa's callback returns a promise that it settles by itself; node's createServer does not ask for one.
    files: ['server/src/main.ts', 'server/src/sandbox/index.ts'],
    rules: { '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }] },
  },
  { files: ['shared-types/src/**'], rules: { 'no-restricted-syntax': ['error', defaultExport] } },
  {
    files: ['server/src/**'],
    ignores: tests,
    rules: {
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...server],
    },
  },
  {
    files: ['server/src/config.ts'],
    rules: { 'no-restricted-syntax': ['error', ...server.filter((rule) => rule !== environment)] },
  },
  {
    files: ['server/src/lib/clock.ts'],
    rules: { 'no-restricted-syntax': ['error', ...server.filter((rule) => !time.includes(rule))] },
  },
  {
    files: ['server/src/db/transaction.ts'],
    rules: { 'no-restricted-syntax': ['error', ...server.filter((rule) => rule !== transaction)] },
  },
  {
    files: ['miniapp/src/**'],
    plugins: { 'react-hooks': reactHooks },
    rules: {
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      'no-restricted-syntax': ['error', target, request, powers],
    },
  },
  { files: ['miniapp/src/api/client.ts'], rules: { 'no-restricted-syntax': ['error', target, powers] } },
  { files: ['miniapp/src/platform/**'], rules: { 'no-restricted-syntax': ['error', target, request] } },
  { files: ['miniapp/src/app.config.ts'], rules: { 'no-restricted-syntax': 'off' } }, // Read by the build, where targets are known.
  {
    files: tests,
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }], // createServer(async …) is fine here.
      '@typescript-eslint/no-unsafe-assignment': 'off', // expect.any and friends are `any`.
      '@typescript-eslint/no-unsafe-member-access': 'off', // Answers are read as they came over the wire.
    },
  },
);
