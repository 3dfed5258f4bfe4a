const base = require('./jest.config.cjs');

/** @type {import('jest').Config} The fault tests: slower, larger by `FAULTS_SCALE`, and one at a time. */
module.exports = {
  ...base,
  testMatch: ['<rootDir>/test/faults/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
};
