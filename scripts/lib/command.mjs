import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { inRoot, root } from './paths.mjs';
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

const withoutColours = (text) => text.replace(new RegExp('\u001b\\[[0-9;?]*[A-Za-z]', 'g'), '');

/** Runs a program with its output in a log. Resolves with its exit code. */
export async function runLogged({
  name,
  program = process.execPath,
  args,
  env = {},
  cwd = root,
  shell = false,
  timeoutMs,
}) {
  const log = logFile(name);
  const output = openSync(log, 'w');
  try {
    const child = spawn(program, args, {
      cwd,
      shell,
      env: { ...process.env, ...env },
      stdio: ['ignore', output, output],
      timeout: timeoutMs,
    });
    return { code: await exitOf(child), log };
  } finally {
    closeSync(output);
  }
}

/** The same; another exit code than 0 stops the command with this sentence and the end of the log. */
export async function mustRun({ sentence, ...command }) {
  const { code, log } = await runLogged(command);
  if (code !== 0) throw new Stop(sentence, { log, tail: tailOf(log) });
}

/**
 * Runs a program in the foreground: the terminal is its own, our signals are passed on. Resolves with its exit code.
 * A Ctrl-C reaches the whole foreground group by itself, so it is passed on only when no terminal sent it.
 */
export function runAttached(args) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
  passSignalsTo([child]);
  return exitOf(child);
}

/** Runs several Node programs side by side, each line marked with its name. The first to end ends the others. */
export async function runTogether(programs) {
  const children = Object.entries(programs).map(([name, { args, cwd = root, env = {} }]) => {
    const child = spawn(process.execPath, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (text) => console.log(`${dim(name.padEnd(6))} │ ${text}`));
    }
    return child;
  });
  passSignalsTo(children);

  const exits = children.map(exitOf);
  const code = await Promise.race(exits);
  for (const child of children) child.kill('SIGTERM');
  await Promise.all(exits);
  return code;
}

function passSignalsTo(children) {
  const passOn = (signal) => {
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    for (const child of children) child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, passOn);
}

/** A child's exit code; death by a signal counts as 128 + its number, as shells have it. */
export function exitOf(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}
