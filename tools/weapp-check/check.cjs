'use strict';

/*
 * Compiles and checks miniapp/dist as WeChat's devtools would, without a network, an appid or an upload key:
 *   (cd tools/weapp-check && npm ci --ignore-scripts) && node tools/weapp-check/check.cjs
 * It finds what webpack does not: a page that app.json names and nobody built, WXML or WXSS that WeChat refuses, a main
 * package that is too big.
 */

const { generateKeyPairSync } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.resolve(__dirname, '../..');
const mainPackageBytesMax = 600 * 1024;
const judged = new Set([
  'PACKAGE_SIZE_LIMIT',
  'LAZYCODE_LOADING_OPEN',
  'JS_COMPRESS_OPEN',
  'WXML_COMPRESS_OPEN',
  'WXSS_COMPRESS_OPEN',
]);

/** miniprogram-ci wants an upload key even where nothing is uploaded: any RSA key will do. */
function writeThrowawayKey(folder) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const file = path.join(folder, 'key.pem');
  fs.writeFileSync(file, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  return file;
}

function mainPackageBytes(files, appJson) {
  const roots = (appJson.subPackages ?? appJson.subpackages ?? []).map((each) => each.root.replace(/\/?$/, '/'));
  return Object.entries(files)
    .filter(([name]) => !roots.some((each) => name.replace(/^\//, '').startsWith(each)))
    .reduce((sum, [, content]) => sum + Buffer.byteLength(content), 0);
}

async function check(folder, say) {
  const ci = require('miniprogram-ci');
  const project = new ci.Project({
    appid: 'wx0000000000000000',
    type: 'miniProgram',
    projectPath: root,
    privateKeyPath: writeThrowawayKey(folder),
    ignores: ['node_modules/**/*'],
  });
  // It would ask WeChat for the limits of this appid; the built-in ones are the same.
  project.attr = async () => ci.DefaultProjectAttr;

  const appJson = await ci.getAppJSON(project);
  const setting = { useProjectConfig: true };
  const files = await ci.getCompiledResult({
    project,
    version: '0.0.0',
    desc: 'check',
    setting,
    onProgressUpdate() {},
  });
  const quality = await ci.checkCodeQuality(project);

  const faults = quality.filter((each) => !each.success && judged.has(each.name)).map((each) => each.name);
  const bytes = mainPackageBytes(files, appJson);
  if (bytes > mainPackageBytesMax) faults.push(`main package of ${bytes} bytes`);

  const total = Object.values(files).reduce((sum, content) => sum + Buffer.byteLength(content), 0);
  const outcome = faults.length === 0 ? 'ok' : `FAILED: ${faults.join(', ')}`;
  say(`weapp-check: ${Object.keys(files).length} files, main package ${bytes} bytes, in all ${total}; ${outcome}`);
  return faults.length === 0;
}

async function main() {
  const say = console.log;
  // The compiler talks a lot, in the language of the machine.
  console.log = () => {};
  process.env.LANG = 'en_US';
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weapp-check-'));
  try {
    process.exitCode = (await check(folder, say)) ? 0 : 1;
  } catch (error) {
    say('weapp-check: FAILED', error instanceof Error ? error.message : error);
    process.exitCode = 1;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  // miniprogram-ci leaves workers running.
  process.exit();
}

void main();
