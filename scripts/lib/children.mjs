import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { root } from './paths.mjs';

/*
 * Whatever ends us ends the programs that we started. A signal is passed on to them, with two traps:
 * - a Ctrl-C in a terminal reaches the whole foreground group by itself, so only one that no terminal sent is passed on;
 * - `kill` on npm stops at the shell that npm runs us in: that shell dies and says nothing. So when npm started us, losing
 *   our parent counts as SIGTERM.
 */

const children = new Set();
let isListening = false;
let endsWithChild = false;

/** Starts a Node program, or another one, in the repository's root with our environment and these additions. */
export function startChild({ program = process.execPath, args, env = {}, cwd = root, ...options }) {
  listen();
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, ...options });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** From here on a signal is our children's to answer: we end when they have ended, however long they take. */
export function letChildrenDecide() {
  endsWithChild = true;
}

/** A child's exit code; death by a signal counts as 128 + its number, as shells have it. */
export function exitOf(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

function listen() {
  if (isListening) return;
  isListening = true;

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    end('SIGTERM');
  }, 300);
  watch.unref();
}

function end(signal) {
  const isFromTerminal = signal === 'SIGINT' && process.stdin.isTTY;
  if (!isFromTerminal) for (const child of children) child.kill(signal);
  if (!endsWithChild) process.exit(128 + constants.signals[signal]);
}
