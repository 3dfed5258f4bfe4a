'use strict';
const path = require('node:path');

/** The built H5 pages in a real Chromium, against the built server. `npm test` finds the browser and builds both first. */
/** @type {import('jest').Config} */
module.exports = {
  displayName: 'browser',
  rootDir: __dirname,
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/browser/**/*.test.ts'],
  transform: { '\\.[jt]sx?$': path.join(__dirname, '../scripts/jest-transform.cjs') },
  moduleNameMapper: { '^@suyi/shared-types$': '<rootDir>/../shared-types/src/index.ts' },
  testTimeout: 150_000,
};
