import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitOf, startChild } from './children.mjs';
import { logFile, tailOf } from './command.mjs';
import { freePort } from './free-port.mjs';
import { Stop } from './stop.mjs';

/** Does Suyi answer at this address? Another program on the same port does not count. */
export async function isSuyiAt(base) {
  try {
    const response = await fetch(new URL('/api/membership/plans', base), { signal: AbortSignal.timeout(3_000) });
    return response.ok && Array.isArray((await response.json()).items);
  } catch {
    return false;
  }
}

/** Starts the built server on a free port, its words in a log. Resolves when it answers, with its address and how to stop it. */
export async function startServer() {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const log = logFile('demo-server');
  const output = openSync(log, 'w');
  const env = { PORT: String(port) };
  const child = startChild({ args: ['server/dist/main.js'], env, stdio: ['ignore', output, output] });
  closeSync(output);

  const exit = exitOf(child);
  let isGone = false;
  void exit.then(() => (isGone = true));
  const deadline = Date.now() + 60_000;
  while (!(await isSuyiAt(base))) {
    if (isGone) throw new Stop('The server did not start.', { log, tail: tailOf(log) });
    if (Date.now() > deadline) throw new Stop('The server did not answer within a minute.', { log, tail: tailOf(log) });
    await sleep(100);
  }

  const stop = async () => {
    child.kill('SIGTERM');
    const overdue = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await exit;
    clearTimeout(overdue);
  };
  return { base, stop };
}
