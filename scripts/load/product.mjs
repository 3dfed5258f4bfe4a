import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitOf, startChild } from '../lib/children.mjs';
import { logFile, runLogged, tailOf } from '../lib/command.mjs';
import { freePort } from '../lib/free-port.mjs';
import { inRoot } from '../lib/paths.mjs';
import { startPrivateMysql } from '../lib/private-mysql.mjs';
import { Stop } from '../lib/stop.mjs';
import { startBalancer } from './balancer.mjs';

export const fromServer = createRequire(inRoot('server/package.json'));

/**
 * The product as production runs it: two web processes behind a balancer, workers, a MySQL of its own. The vendors'
 * simulators live in this process, so that no kill reaches them, and every adapter speaks its own wire.
 */
export async function startProduct({ workers }) {
  const database = await startPrivateMysql();
  if (!database) throw new Stop('The load run wants a MySQL or MariaDB server program on this machine.');
  const folder = mkdtempSync(join(tmpdir(), 'suyi-load-'));
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const balancer = await startBalancer(port);
  const { startSandbox } = fromServer('./dist/sandbox/index.js');
  const sandbox = await startSandbox({
    publicUrl: origin,
    keysDir: join(folder, 'keys'),
    runninghub: { paceMs: 8_000, frameWidth: 360 },
  });

  const databaseUrl = `${database.url}/suyi_load`;
  await makeDatabase(database.url);
  const settings = {
    ...sandbox.environment,
    NODE_ENV: 'development',
    VENDORS: 'live',
    STORAGE: 'local',
    DATA_DIR: join(folder, 'data'),
    DATABASE_URL: databaseUrl,
    PUBLIC_URL: origin,
    LOG_LEVEL: 'warn',
    IMAGING_PROCESSES: '1',
    SMS_PER_IP_HOUR: '1000000',
    SMS_PER_DAY: '10000000',
    RUNNINGHUB_CONCURRENCY: '3',
    RUNNINGHUB_UNCERTAIN_SECONDS: '120',
  };

  const processes = [];
  for (const name of ['web-1', 'web-2']) {
    const each = managed(name, { ...settings, ROLES: 'web', PORT: String(await freePort()) });
    balancer.add(each.origin);
    processes.push(each);
  }
  for (let n = 1; n <= workers; n += 1) {
    processes.push(managed(`worker-${n}`, { ...settings, ROLES: 'worker', WORKER_PORT: String(await freePort()) }));
  }

  async function stop() {
    await Promise.all(processes.map((each) => each.stop()));
    await balancer.stop();
    await sandbox.stop();
    await database.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }

  try {
    // One alone first: it makes the tables and the secrets that all of them share.
    for (const each of processes) await each.start();
    while (!processes.slice(0, 2).every((each) => balancer.isReady(each.origin))) await sleep(100);
  } catch (error) {
    await stop();
    throw error;
  }
  const verifyLedger = () => runLogged({ name: 'load-ledger', args: ['server/dist/verify-ledger.js'], env: settings });
  return { origin, sandbox, databaseUrl, databaseVersion: database.version, processes, verifyLedger, stop };
}

async function makeDatabase(url) {
  const connection = await fromServer('mysql2/promise').createConnection(url);
  await connection.query('CREATE DATABASE suyi_load CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci');
  await connection.end();
}

const startsWithinMs = 60_000;

/** One process of ours that may be killed and started again; its words go to one log, whatever its life. */
function managed(name, env) {
  const origin = `http://127.0.0.1:${env.PORT ?? env.WORKER_PORT}`;
  const log = logFile(`load-${name}`);
  closeSync(openSync(log, 'w'));
  let child = null;
  let exit = null;
  let isWanted = false;

  async function start() {
    const output = openSync(log, 'a');
    isWanted = true;
    child = startChild({ args: ['server/dist/main.js'], env, stdio: ['ignore', output, output] });
    closeSync(output);
    const own = child;
    exit = exitOf(child).then((code) => {
      if (isWanted && own === child) each.diedOf = code;
    });
    for (const deadline = Date.now() + startsWithinMs; !(await isUp()); await sleep(100)) {
      if (each.diedOf !== null || Date.now() > deadline)
        throw new Stop(`${name} did not start.`, { log, tail: tailOf(log) });
    }
  }

  const isUp = async () => {
    const answer = await fetch(`${origin}/health`, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
    await answer?.arrayBuffer().catch(() => null);
    return answer?.ok === true;
  };

  async function end(signal) {
    isWanted = false;
    child?.kill(signal);
    await exit;
  }

  const each = {
    name,
    origin,
    log,
    /** The code it ended with by itself, which it never should. */
    diedOf: null,
    pid: () => child?.pid ?? null,
    start,
    /** kill -9, and started again. Resolves, once it answers, with how long it was away in milliseconds. */
    async killAndStart() {
      const at = performance.now();
      await end('SIGKILL');
      await start();
      return performance.now() - at;
    },
    stop: () => end('SIGTERM'),
  };
  return each;
}
