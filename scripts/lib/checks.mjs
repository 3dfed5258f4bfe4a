import { existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { runLogged, tailOf, withoutColours } from './command.mjs';
import { inRoot, root, tools } from './paths.mjs';

const linesShown = 200;
const timeoutMs = 20 * 60_000;

/**
 * Runs programs one after the other that are one check together: it passes when all of them exit with 0.
 * Resolves with `{ passed, failed, complaints }`.
 */
export async function runCheck(name, ...commands) {
  for (const [index, command] of commands.entries()) {
    const { code, log } = await runLogged({ name: `test-${name}-${index + 1}`, timeoutMs, ...command });
    if (code !== 0) return { passed: 0, failed: 1, complaints: tailOf(log, linesShown) };
  }
  return { passed: 1, failed: 0, complaints: [] };
}

/** Runs jest and counts what it promises: `{ passed, failed, skipped, complaints }`. `args` come from the command line. */
export async function runJest({ name, config, options = [], args = [], env = {} }) {
  const report = inRoot('.cache/logs', `test-${name}.json`);
  rmSync(report, { force: true });
  const { code, log } = await runLogged({
    name: `test-${name}`,
    timeoutMs,
    env: { NODE_ENV: 'test', ...env },
    args: [
      tools.jest,
      `--config=${inRoot(config)}`,
      '--ci',
      '--json',
      `--outputFile=${report}`,
      `--maxWorkers=${availableParallelism()}`,
      ...options,
      ...(args.length > 0 ? ['--passWithNoTests', ...args] : []), // What is named here may belong to another half.
    ],
  });

  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0, complaints: tailOf(log, linesShown) };
  return countJest(JSON.parse(readFileSync(report, 'utf8')), { code, log });
}

/** Jest's own report as our counts. A file that could not even be loaded is one failure; a bad exit is never a pass. */
export function countJest(report, { code, log }) {
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  const complaints = report.testResults
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, message }) => [name.replace(`${root}/`, ''), ...withoutColours(message).split('\n')]);
  const counts = { passed: report.numPassedTests, failed, skipped: report.numPendingTests + report.numTodoTests };
  if (code === 0 || failed > 0) return { ...counts, complaints: complaints.slice(0, linesShown * 5) };

  return { ...counts, failed: 1, complaints: [`jest ended with ${code}:`, ...tailOf(log, linesShown)] };
}

/** The Chromium on this machine, or null. `SUYI_CHROMIUM` names another. */
export function findChromium() {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const onPath = (process.env.PATH ?? '').split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  const candidates = [
    process.env.SUYI_CHROMIUM,
    ...onPath,
    '/usr/bin/chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    'C:/Program Files/Google/Chrome/Application/chrome.exe',
  ];
  return candidates.find((file) => file && existsSync(file)) ?? null;
}
