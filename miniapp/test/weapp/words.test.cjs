'use strict';

const fs = require('node:fs');
const path = require('node:path');

const dist = path.join(__dirname, '../../dist');

// Without the build there is nothing to read; the skip shows in the report, and the full run builds first.
const built = fs.existsSync(path.join(dist, 'app.json')) ? it : it.skip;

/** A script's text; the build writes Chinese as escapes. */
function readWords(file) {
  const escape = /\\u([0-9a-f]{4})/gi;
  return fs.readFileSync(file, 'utf8').replace(escape, (_all, code) => String.fromCharCode(parseInt(code, 16)));
}

built('the package names no other way of paying, as WeChat’s rules want it', () => {
  const scripts = fs.readdirSync(dist, { recursive: true }).filter((file) => file.endsWith('.js'));
  const saying = (words) => scripts.filter((file) => words.test(readWords(path.join(dist, file))));

  expect(saying(/更新到最新版本/)).not.toEqual([]);
  expect(saying(/支付宝|浏览器|网页版/)).toEqual([]);
});
