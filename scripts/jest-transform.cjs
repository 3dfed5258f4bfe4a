'use strict';
const { createHash } = require('node:crypto');
const { transformSync, version } = require('esbuild');

/** TypeScript to CommonJS, one file at a time. Types are checked by `tsc`, not here. */
module.exports = {
  process(source, file) {
    const result = transformSync(source, {
      loader: file.endsWith('x') ? 'tsx' : 'ts',
      format: 'cjs',
      target: 'node20',
      jsx: 'automatic',
      sourcemap: 'both',
      sourcefile: file,
    });
    return { code: result.code, map: result.map };
  },
  getCacheKey: (source, file) => createHash('sha1').update(`${version}\0${file}\0${source}`).digest('hex'),
};
