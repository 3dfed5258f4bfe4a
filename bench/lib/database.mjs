import { randomBytes } from 'node:crypto';
import { createConnection } from 'mysql2/promise';

/** A new, empty database on the bench's own server. */
export async function makeDatabase(serverUrl, name) {
  const connection = await createConnection(serverUrl);
  await connection.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`);
  await connection.end();
  return `${serverUrl}/${name}`;
}

/** The private server is made small for tests; a million tasks want memory. */
export async function enlarge(serverUrl) {
  const connection = await createConnection(serverUrl);
  await connection.query('SET GLOBAL innodb_buffer_pool_size = 1024 * 1024 * 1024');
  // Not every server may change its log while it runs; it is only slower then.
  await connection.query('SET GLOBAL innodb_log_file_size = 512 * 1024 * 1024').catch(() => undefined);
  await connection.end();
}

/** Runs `work` on a connection of its own that does not check what the bench itself makes. */
export async function onDatabase(url, work) {
  const connection = await createConnection(url);
  try {
    await connection.query('SET SESSION unique_checks = 0, foreign_key_checks = 0');
    return await work(connection);
  } finally {
    await connection.end();
  }
}

/** Fills `table` from a list of rows, 1,000 a statement. */
export async function insertRows(connection, table, rows) {
  const columns = Object.keys(rows[0]);
  for (let from = 0; from < rows.length; from += 1_000) {
    const values = rows.slice(from, from + 1_000).map((row) => columns.map((column) => row[column]));
    await connection.query(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ?`, [values]);
  }
}

const dayMs = 86_400_000;
const hash = '0'.repeat(64);

export const sellerId = (n) => `usr_bench${String(n).padStart(12, '0')}`;
export const mediaId = (n) => `med_bench${String(n).padStart(12, '0')}`;

/** Sellers 0 to `count` - 1, each a member with uses that no run can spend and one photo that is ready. */
export async function addSellers(url, count) {
  const now = Date.now();
  const all = Array.from({ length: count }, (_, n) => n);
  await onDatabase(url, async (connection) => {
    await insertRows(
      connection,
      'users',
      all.map((n) => ({
        id: sellerId(n),
        phone: `139${String(n).padStart(8, '0')}`,
        openid: null,
        unionid: null,
        status: 'active',
        created_at: now,
        updated_at: now,
      })),
    );
    await insertRows(
      connection,
      'quota_accounts',
      all.map((n) => ({
        user_id: sellerId(n),
        remaining: 1_000_000,
        held: 0,
        expire_at: now + 30 * dayMs,
        grace_until: null,
        entry_count: 0,
        head_hash: hash,
        updated_at: now,
      })),
    );
    await insertRows(
      connection,
      'media',
      all.map((n) => ({
        id: mediaId(n),
        user_id: sellerId(n),
        status: 'ready',
        storage_key: `input/${sellerId(n)}/${mediaId(n)}`,
        content_type: 'image/jpeg',
        byte_length: 3_000_000,
        width: 3_000,
        height: 4_000,
        upload_expires_at: now,
        created_at: now,
      })),
    );
  });
}

const results = (at) =>
  `CONCAT('[{"key":"output/x/', ${at}, '/main.jpg","role":"main","width":1600,"height":1600,"byteLength":250000,"contentType":"image/jpeg"},{"key":"output/x/', ${at}, '/thumbnail.jpg","role":"thumbnail","width":400,"height":400,"byteLength":20000,"contentType":"image/jpeg"}]')`;

/**
 * Tasks numbered `from` to `from + count` - 1, made inside the server from a list of numbers. `user` and `media` are SQL over
 * the number `n`.
 */
export async function addTasks(
  url,
  { from, count, status, type = 'basic_clean', user, media, wakeAt, sortable = true },
) {
  const isDone = status === 'succeeded';
  const created = Date.now() - 10 * dayMs;
  await onDatabase(url, async (connection) => {
    await needNumbers(connection);
    const done = isDone ? results('n') : 'NULL';
    await connection.query(
      `INSERT INTO tasks (id, user_id, account_id, type, status, params, media_id, results, progress, measures, quota_effect, uses,
         attempts, wake_at, deadline_at, created_at, updated_at, finished_at)
       SELECT CONCAT('tsk_', ${sortable ? `LPAD(n, 12, '0')` : 'SUBSTRING(MD5(n), 1, 12)'}, LPAD(n, 12, '0')), ${user}, ${user}, ?, ?,
         '{"preset":"main","hasShadow":false}', ${media}, ${done}, ?, NULL, ?, 1, ?, ${wakeAt ?? '?'}, ?, ? + n, ? + n, ?
       FROM (SELECT ? + number AS n FROM bench_numbers WHERE number < ?) numbered`,
      [
        type,
        status,
        isDone ? 100 : 0,
        isDone ? 'captured' : 'held',
        isDone ? 1 : 0,
        ...(wakeAt ? [] : [created]),
        Date.now() + 300 * dayMs,
        created,
        created,
        isDone ? created : null,
        from,
        count,
      ],
    );
  });
}

async function needNumbers(connection) {
  const [tables] = await connection.query(`SHOW TABLES LIKE 'bench_numbers'`);
  if (tables.length > 0) return;
  await connection.query('CREATE TABLE bench_numbers (number INT PRIMARY KEY)');
  const digits =
    '(SELECT 0 d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)';
  await connection.query(
    `INSERT INTO bench_numbers SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 100000 * g.d
     FROM ${digits} a, ${digits} b, ${digits} c, ${digits} e, ${digits} f, ${digits} g`,
  );
}

/** Fills a table without its secondary indexes, and sorts them in at once afterwards: a third of the time. */
export async function withoutIndexes(url, table, work) {
  const { indexes } = await onDatabase(url, async (connection) => {
    const [rows] = await connection.query(
      `SELECT index_name AS name, MIN(non_unique) AS isLoose, GROUP_CONCAT(column_name ORDER BY seq_in_index) AS columns
       FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ? AND index_name <> 'PRIMARY' GROUP BY index_name`,
      [table],
    );
    await connection.query(`ALTER TABLE ${table} ${rows.map(({ name }) => `DROP INDEX ${name}`).join(', ')}`);
    return { indexes: rows };
  });
  await work();
  await onDatabase(url, async (connection) => {
    const parts = indexes.map(
      ({ name, isLoose, columns }) => `ADD ${Number(isLoose) ? '' : 'UNIQUE '}INDEX ${name} (${columns})`,
    );
    await connection.query(`ALTER TABLE ${table} ${parts.join(', ')}`);
    await connection.query(`ANALYZE TABLE ${table}`);
  });
}

export const randomKey = () => randomBytes(12).toString('hex');
