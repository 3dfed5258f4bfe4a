import { createHash, randomBytes } from 'node:crypto';
import { createPool } from 'mysql2';
import { repeat, serveAgent } from '../lib/agent.mjs';
import { mediaId, randomKey, sellerId } from '../lib/database.mjs';

// The floor: the statements that createTask sends, in its order, through the driver and nothing else.
const { DATABASE_URL } = JSON.parse(process.argv[2]);
const pool = createPool({ uri: DATABASE_URL, connectionLimit: 10, supportBigNumbers: true });
pool.on('connection', (connection) => connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED'));

const ask = (on, sql, values) =>
  new Promise((resolve, reject) => on.query(sql, values, (error, rows) => (error ? reject(error) : resolve(rows))));
const take = () =>
  new Promise((resolve, reject) => pool.getConnection((error, one) => (error ? reject(error) : resolve(one))));

const parkedAt = 8_640_000_000_000_000;
const id = (prefix) =>
  `${prefix}_${Date.now().toString(36).padStart(9, '0')}${randomBytes(8).toString('hex').slice(0, 15)}`;
const insert = (on, table, row) =>
  ask(
    on,
    `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${Object.keys(row)
      .map(() => '?')
      .join(', ')})`,
    Object.values(row),
  );

async function createTask(n) {
  const user = sellerId(n);
  const [media] = await ask(
    pool,
    `SELECT id, user_id, status, storage_key, content_type, byte_length, width, height, upload_expires_at, created_at
     FROM media WHERE id = ? AND user_id = ? LIMIT 1`,
    [mediaId(n), user],
  );
  const connection = await take();
  await ask(connection, 'START TRANSACTION');
  const taskId = await write(connection, user, media.id);
  await ask(connection, 'COMMIT');
  connection.release();
  const [task] = await ask(
    pool,
    `SELECT ${taskColumns} FROM tasks WHERE id = ? AND user_id = ? AND hidden_at IS NULL LIMIT 1`,
    [taskId, user],
  );
  return task;
}

async function write(connection, user, media) {
  const now = Date.now();
  const [account] = await ask(
    connection,
    `SELECT user_id AS userId, remaining, held, expire_at AS expireAt, grace_until AS graceUntil, merged_into AS mergedInto,
       entry_count AS entryCount, head_hash AS headHash FROM quota_accounts WHERE user_id = ? FOR UPDATE`,
    [user],
  );
  const key = randomKey();
  await ask(
    connection,
    `SELECT request_hash AS requestHash, resource_id AS resourceId FROM idempotency_keys WHERE user_id = ? AND scope = 'task' AND wish_key = ?`,
    [user, key],
  );
  const taskId = id('tsk');
  const entry = {
    id: id('qen'),
    user_id: user,
    position: account.entryCount + 1,
    kind: 'hold',
    uses: 1,
    cause_type: 'task',
    cause_id: taskId,
    remaining_after: account.remaining - 1,
    held_after: account.held + 1,
    expire_at: account.expireAt,
    grace_until: account.graceUntil,
    previous_hash: account.headHash,
    created_at: now,
  };
  const hash = createHash('sha256')
    .update(JSON.stringify(Object.values(entry)))
    .digest('hex');
  await insert(connection, 'quota_entries', { ...entry, hash });
  await ask(
    connection,
    `UPDATE quota_accounts SET remaining = ?, held = ?, expire_at = ?, grace_until = ?, entry_count = ?, head_hash = ?, updated_at = ?
     WHERE user_id = ? AND entry_count = ?`,
    [
      entry.remaining_after,
      entry.held_after,
      entry.expire_at,
      entry.grace_until,
      entry.position,
      hash,
      now,
      user,
      account.entryCount,
    ],
  );
  const lane = await ask(
    connection,
    `SELECT id FROM tasks WHERE user_id = ? AND status IN ('queued', 'submitting', 'uncertain', 'running', 'saving')
       AND type = 'basic_clean' AND wake_at < ? LIMIT 2`,
    [user, parkedAt],
  );
  await insert(connection, 'tasks', {
    id: taskId,
    user_id: user,
    account_id: user,
    type: 'basic_clean',
    status: 'queued',
    params: '{"preset":"main","hasShadow":false}',
    media_id: media,
    progress: 0,
    quota_effect: 'held',
    uses: 1,
    attempts: 0,
    wake_at: lane.length < 2 ? now : parkedAt,
    deadline_at: now + 3_600_000,
    retry_of: null,
    created_at: now,
    updated_at: now,
  });
  await insert(connection, 'idempotency_keys', {
    id: id('wsh'),
    user_id: user,
    scope: 'task',
    wish_key: key,
    request_hash: key,
    resource_id: taskId,
    created_at: now,
  });
  return taskId;
}

const taskColumns = `id, user_id, account_id, type, status, params, media_id, results, progress, measures, error_code, quota_effect,
  uses, attempts, wake_at, lease_token, deadline_at, retry_of, created_at, updated_at, finished_at, hidden_at, purge_at, vendor_job_id,
  vendor_slot, vendor_attempt, vendor_asked_at, reported_job_id, hinted_at, vendor_pictures, submitted_at, refusals, cost_millicoins,
  cost_milliyuan, cost_seconds, tell_at`;

serveAgent({
  createTasks: ({ sellers, lanes, ms }) => repeat(() => createTask(Math.floor(Math.random() * sellers)), { lanes, ms }),
});
