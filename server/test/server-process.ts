import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const built = (name: string): string => join(__dirname, '..', 'dist', `${name}.js`);
const entry = built('main');

export type ServerProcess = { origin: string; kill(): Promise<void>; stop(): Promise<number | null>; output(): string };

function spawnServer(environment: Record<string, string>): { child: ChildProcess; output: () => string } {
  if (!existsSync(entry)) throw new Error('the server is not built: run `npm run build` first');
  const child = spawn(process.execPath, [entry], {
    env: { PATH: process.env.PATH ?? '', LOG_LEVEL: 'warn', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: () => output };
}

/** A worker alone: it listens nowhere, so nobody can ask whether it is ready. */
export function startWorkerProcess(environment: Record<string, string>): Omit<ServerProcess, 'origin'> {
  const { child, output } = spawnServer({ ...environment, ROLES: 'worker' });
  return { output, ...endings(child) };
}

/** The built server as a process of its own, as production runs it; resolves when it answers. */
export async function startServer(environment: Record<string, string>): Promise<ServerProcess> {
  const { child, output } = spawnServer(environment);
  const origin = `http://127.0.0.1:${environment.PORT}`;
  for (let n = 0; n < 600; n += 1) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${output()}`);
    const answer = await fetch(`${origin}/health`).catch(() => null);
    if (answer?.ok) return { origin, output, ...endings(child) };
    await sleep(50);
  }
  child.kill('SIGKILL');
  throw new Error(`the server did not answer in 30 s:\n${output()}`);
}

/** A command of the built server, from its start to its end. */
export async function runCommand(
  name: string,
  words: string[],
  environment: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [built(name), ...words], {
    env: { PATH: process.env.PATH ?? '', LOG_LEVEL: 'warn', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(child, 'close');
  return { code: child.exitCode, output };
}

function endings(child: ChildProcess): Pick<ServerProcess, 'kill' | 'stop'> {
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    return child.exitCode;
  };
  return { kill: async () => void (await end('SIGKILL')), stop: () => end('SIGTERM') };
}
