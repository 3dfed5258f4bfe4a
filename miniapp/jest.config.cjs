'use strict';
const path = require('node:path');

const transformer = path.join(__dirname, '../scripts/jest-transform.cjs');

/** @type {import('jest').Config} */
module.exports = {
  projects: [
    {
      displayName: 'miniapp',
      rootDir: __dirname,
      testEnvironment: 'jsdom',
      testMatch: ['<rootDir>/test/unit/**/*.test.{ts,tsx}'],
      transform: { '\\.[jt]sx?$': transformer },
      // As on a phone: `platform/pay` means `pay.weapp.ts`, unless a test names the other one.
      moduleFileExtensions: ['weapp.ts', 'weapp.tsx', 'ts', 'tsx', 'js', 'cjs', 'json'],
      moduleNameMapper: {
        '\\.scss$': '<rootDir>/test/stand-ins/style.cjs',
        '^@tarojs/taro$': '<rootDir>/test/stand-ins/taro.ts',
        '^@tarojs/components$': '<rootDir>/test/stand-ins/components.tsx',
        '^@suyi/shared-types$': '<rootDir>/../shared-types/src/index.ts',
      },
    },
    {
      displayName: 'weapp',
      rootDir: __dirname,
      testEnvironment: 'node',
      testMatch: ['<rootDir>/test/weapp/**/*.test.cjs'],
      moduleFileExtensions: ['js', 'cjs', 'ts', 'json'],
      moduleNameMapper: { '^@suyi/shared-types$': '<rootDir>/../shared-types/src/index.ts' },
      transform: { '\\.ts$': transformer },
    },
  ],
};
