import { readFileSync } from 'node:fs';
import { fromServer } from './product.mjs';

const usesOfPlan = 100;

/**
 * Holds what every seller was told against what the database and the vendors know. Returns what is lost (told of, and not
 * there), what is wrong (there, but otherwise), and how the product's own walk through its ledger ended.
 */
export async function audit({ product, sellers }) {
  const connection = await fromServer('mysql2/promise').createConnection(product.databaseUrl);
  try {
    const lost = [];
    const wrong = [];
    for (const { seen } of sellers) {
      if (seen.userId === null) wrong.push(`${seen.phoneNumber} never got in`);
      else await auditSeller(connection, seen, { lost, wrong });
    }
    const [open] = await connection.query(
      "SELECT id, status FROM tasks WHERE status NOT IN ('succeeded', 'failed', 'cancelled')",
    );
    wrong.push(
      ...open.map(({ id, status }) => `task ${id} has not ended: ${status}`),
      ...orderedTwice(product.sandbox),
    );
    wrong.push(...product.processes.filter(({ diedOf }) => diedOf !== null).map(deathWords));

    const [[counts]] = await connection.query(
      `SELECT (SELECT COUNT(*) FROM tasks) AS tasks, (SELECT COUNT(*) FROM orders) AS orders,
         (SELECT COUNT(*) FROM quota_entries) AS entries`,
    );
    const [outcomes] = await connection.query(
      `SELECT type, status, error_code AS code, COUNT(*) AS many FROM tasks
       GROUP BY type, status, error_code ORDER BY type, status, error_code`,
    );
    const { code, log } = await product.verifyLedger();
    return { lost, wrong, counts, outcomes, isLedgerWhole: code === 0, ledgerWords: readFileSync(log, 'utf8').trim() };
  } finally {
    await connection.end();
  }
}

async function auditSeller(connection, seen, { lost, wrong }) {
  const ofUser = async (sql) => (await connection.query(sql, [seen.userId]))[0];
  const tasks = await ofUser(
    'SELECT id, status, quota_effect AS quotaEffect, error_code AS errorCode, results FROM tasks WHERE user_id = ?',
  );
  const orders = await ofUser('SELECT id, status FROM orders WHERE user_id = ?');
  const entries = await ofUser('SELECT kind, uses FROM quota_entries WHERE user_id = ?');
  const [account] = await ofUser('SELECT remaining, held FROM quota_accounts WHERE user_id = ?');

  compareTasks(seen, tasks, { lost, wrong });
  const known = new Map(orders.map((order) => [order.id, order.status]));
  for (const [id, status] of seen.orders) {
    if (!known.has(id)) lost.push(`order ${id} of ${seen.phoneNumber}`);
    else if (known.get(id) !== status) wrong.push(`order ${id}: told ${status}, is ${known.get(id)}`);
  }
  for (const id of known.keys()) if (!seen.orders.has(id)) wrong.push(`order ${id} was never told of`);

  const isNewestFirst = seen.history.every(({ createdAt }, n) => n === 0 || createdAt <= seen.history[n - 1].createdAt);
  if (
    !isNewestFirst ||
    !isSame(
      seen.history.map(({ id }) => id),
      tasks.map(({ id }) => id),
    )
  )
    wrong.push(`the history of ${seen.phoneNumber}: ${seen.history.length} shown, ${tasks.length} there`);
  if (seen.statement.length !== entries.length)
    wrong.push(`the statement of ${seen.phoneNumber}: ${seen.statement.length} shown, ${entries.length} there`);
  compareUses(seen, { account, tasks }, wrong);
}

function compareTasks(seen, tasks, { lost, wrong }) {
  const known = new Map(tasks.map((task) => [task.id, task]));
  for (const [id, told] of seen.tasks) {
    const is = known.get(id);
    if (!is) {
      lost.push(`task ${id} of ${seen.phoneNumber}`);
      continue;
    }
    const shown = told.results.map(({ byteLength }) => byteLength);
    const there = JSON.parse(is.results ?? '[]').map(({ byteLength }) => byteLength);
    const isTrue = told.status === is.status && told.quotaEffect === is.quotaEffect && told.errorCode === is.errorCode;
    if (!isTrue || !isSame(shown, there)) {
      const words = (each, pictures) => `${each.status} ${each.quotaEffect} ${each.errorCode ?? ''} ${pictures.length}`;
      wrong.push(`task ${id}: told ${words(told, shown)}, is ${words(is, there)}`);
    }
  }
  // Each wish was asked for until it was answered, with one key: another task would be a second one for it.
  for (const id of known.keys())
    if (!seen.tasks.has(id)) wrong.push(`task ${id} of ${seen.phoneNumber} was never told of`);
}

/** What was bought, less what was spent by the tasks that the seller knows of. */
function compareUses(seen, { account, tasks }, wrong) {
  const paid = [...seen.orders.values()].filter((status) => status === 'paid').length;
  const spent = tasks.filter(({ quotaEffect }) => quotaEffect === 'captured').length;
  const expected = { remaining: paid * usesOfPlan - spent, held: 0 };
  const shown = { remaining: seen.membership?.quotaRemaining, held: seen.membership?.quotaHeld };
  const there = { remaining: Number(account?.remaining ?? 0), held: Number(account?.held ?? 0) };
  if (!isSame(expected, shown) || !isSame(expected, there))
    wrong.push(`uses of ${seen.phoneNumber}: ${JSON.stringify({ expected, shown, there })}`);
}

/** The vendor bills every job: two for one order are money of ours. */
function orderedTwice(sandbox) {
  const counts = new Map();
  for (const { webhookUrl } of sandbox.runninghub.jobs()) counts.set(webhookUrl, (counts.get(webhookUrl) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count > 1)
    .map(([url, count]) => `${count} jobs at the vendor for one order: ${url}`);
}

const deathWords = ({ name, diedOf, log }) => `${name} ended by itself with ${diedOf}; see ${log}`;

function isSame(a, b) {
  const sorted = (value) => JSON.stringify(Array.isArray(value) ? [...value].sort() : value);
  return sorted(a) === sorted(b);
}
