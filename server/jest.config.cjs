/** @type {import('jest').Config} */
module.exports = {
  rootDir: __dirname,
  testEnvironment: 'node',
  testMatch: ['<rootDir>/src/**/*.test.ts', '<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/faults/'],
  transform: { '\\.tsx?$': '<rootDir>/../scripts/jest-transform.cjs' },
  moduleNameMapper: { '^@suyi/shared-types$': '<rootDir>/../shared-types/src/index.ts' },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  testTimeout: 20_000,
};
