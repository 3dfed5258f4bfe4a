import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A path inside the repository. */
export const inRoot = (...parts) => join(root, ...parts);

/** The file that a package's command runs, so that no shell and no PATH is needed. */
export const tools = {
  depcruise: inRoot('node_modules/dependency-cruiser/bin/dependency-cruise.mjs'),
  eslint: inRoot('node_modules/eslint/bin/eslint.js'),
  jest: inRoot('node_modules/jest/bin/jest.js'),
  prettier: inRoot('node_modules/prettier/bin/prettier.cjs'),
  taro: inRoot('node_modules/@tarojs/cli/bin/taro'),
  tsc: inRoot('node_modules/typescript/bin/tsc'),
};
