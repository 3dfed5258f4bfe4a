import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPrivateMysql } from '../scripts/lib/private-mysql.mjs';
import { Stop } from '../scripts/lib/stop.mjs';
import { step } from '../scripts/lib/terminal.mjs';
import { stopAgents } from './lib/agents.mjs';
import { enlarge } from './lib/database.mjs';
import { isMet, printTable } from './lib/table.mjs';
import { cleanRows } from './rows/clean.mjs';
import { createRows } from './rows/create.mjs';
import { httpRows, routeRows } from './rows/http.mjs';
import { ledgerRows } from './rows/ledger.mjs';
import { miniappRows } from './rows/miniapp.mjs';
import { queueRows } from './rows/queue.mjs';

const parts = {
  create: { title: 'Creating tasks', rows: createRows },
  http: { title: 'Creating tasks over HTTP', rows: httpRows },
  route: { title: 'A signed-in route', rows: routeRows },
  queue: { title: 'Claiming and reading among a million', rows: queueRows },
  ledger: { title: 'Walking the ledger', rows: ledgerRows },
  clean: { title: 'Cleaning photos', rows: cleanRows },
  miniapp: { title: 'Weighing the mini program', rows: miniappRows },
};

/** Measures what was asked for, prints one table, and resolves with 0 when every bar is met. */
export async function bench({ only, isQuick }) {
  const names = only ?? Object.keys(parts);
  const unknown = names.filter((name) => !parts[name]);
  if (unknown.length > 0)
    throw new Stop(`There is no ${unknown.join(', ')}; there is ${Object.keys(parts).join(', ')}.`);

  const mysql = await startPrivateMysql();
  if (!mysql)
    throw new Stop('The bench needs a MySQL or MariaDB server program on this machine: mariadb-server-core is enough.');
  await enlarge(mysql.url);
  const dataDir = mkdtempSync(join(tmpdir(), 'suyi-bench-'));
  const startedAt = performance.now();
  const rows = [];
  try {
    for (const name of names) {
      const { title, rows: measure } = parts[name];
      const loadBefore = loadavg()[0];
      await step(title, async () => {
        const measured = await measure({ serverUrl: mysql.url, dataDir: join(dataDir, name), isQuick });
        rows.push(...measured.map((row) => ({ ...row, load: Math.max(loadBefore, loadavg()[0]) })));
      });
    }
  } finally {
    stopAgents();
    await mysql.stop();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }

  printTable(rows);
  const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
  console.log(
    `Node ${process.version}, ${mysql.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${process.platform}; ${minutes} minutes${isQuick ? ', quick' : ''}.`,
  );
  return rows.every(isMet) ? 0 : 1;
}
