import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { exitOf, letChildrenDecide, startChild } from './children.mjs';
import { inRoot } from './paths.mjs';
import { Stop } from './stop.mjs';
import { dim } from './terminal.mjs';

/** A fresh log file for this step, under `.cache/logs/`. */
export function logFile(name) {
  mkdirSync(inRoot('.cache/logs'), { recursive: true });
  return inRoot('.cache/logs', `${name}.log`);
}

/** The last lines of a log, without colours and blank lines. */
export function tailOf(log, linesMax = 20) {
  const lines = readFileSync(log, 'utf8')
    .split(/[\r\n]+/)
    .map(withoutColours);
  return lines.filter((text) => text.trim() !== '').slice(-linesMax);
}

/** Text for a log or a pipe. */
export const withoutColours = (text) => text.replace(new RegExp('\u001b\\[[0-9;?]*[A-Za-z]', 'g'), '');

/** Runs a program with its output in a log. Resolves with its exit code and that log. */
export async function runLogged({ name, timeoutMs, ...program }) {
  const log = logFile(name);
  const output = openSync(log, 'w');
  try {
    const child = startChild({ ...program, stdio: ['ignore', output, output], timeout: timeoutMs });
    return { code: await exitOf(child), log };
  } finally {
    closeSync(output);
  }
}

/** The same; another exit code than 0 stops the command with this sentence and the end of the log. */
export async function mustRun({ sentence, ...program }) {
  const { code, log } = await runLogged(program);
  if (code !== 0) throw new Stop(sentence, { log, tail: tailOf(log) });
}

/** Runs a Node program in the foreground: the terminal is its own. Resolves with its exit code. */
export function runAttached(args) {
  letChildrenDecide();
  return exitOf(startChild({ args, stdio: 'inherit' }));
}

/** Runs several Node programs side by side, each line marked with its name. The first to end ends the others. */
export async function runTogether(programs) {
  letChildrenDecide();
  const children = Object.entries(programs).map(([name, program]) => {
    const child = startChild({ ...program, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (text) => console.log(`${dim(name.padEnd(6))} │ ${text}`));
    }
    return child;
  });

  const exits = children.map(exitOf);
  const code = await Promise.race(exits);
  for (const child of children) child.kill('SIGTERM');
  await Promise.all(exits);
  return code;
}
