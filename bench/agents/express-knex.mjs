import { createHash, createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import express from 'express';
import knexOf from 'knex';
import { serveAgent } from '../lib/agent.mjs';
import { mediaId, randomKey, sellerId } from '../lib/database.mjs';

/*
 * The peer: what a careful person would write with Express 5 and Knex to do the same. Same driver and pool size, same token check
 * with its look-up, same zod shapes, same security headers, same limiter, same line of log, same statements in one transaction.
 */

const require = createRequire(import.meta.url);
const { default: helmet } = require('helmet');
const jwt = require('jsonwebtoken');
const { pino } = require('pino');
const { RateLimiterMemory } = require('rate-limiter-flexible');
const { z } = require('zod');

const { DATABASE_URL } = JSON.parse(process.argv[2]);
const secret = createSecretKey(randomBytes(32));
const urlSecret = randomBytes(32);
const logger = pino({ base: undefined, timestamp: pino.stdTimeFunctions.isoTime });
const knex = knexOf({
  client: 'mysql2',
  connection: { uri: DATABASE_URL, supportBigNumbers: true },
  pool: {
    min: 1,
    max: 10,
    afterCreate: (connection, done) =>
      connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED', (error) => done(error, connection)),
  },
});

const parkedAt = 8_640_000_000_000_000;
const openStatuses = ['queued', 'submitting', 'uncertain', 'running', 'saving'];
const newId = (prefix) =>
  `${prefix}_${Date.now().toString(36).padStart(9, '0')}${randomBytes(8).toString('hex').slice(0, 15)}`;

class Refused extends Error {
  constructor(status, code) {
    super(code);
    this.status = status;
  }
}

const app = express();
app.disable('x-powered-by');
app.set('etag', false);

app.use((req, res, next) => {
  const given = req.get('x-request-id');
  req.requestId = /^[\w-]{8,64}$/.test(given ?? '') ? given : randomBytes(12).toString('hex');
  res.set('X-Request-Id', req.requestId);
  const startedAt = performance.now();
  res.on('finish', () => {
    const ms = Math.round(performance.now() - startedAt);
    logger.info(
      {
        requestId: req.requestId,
        method: req.method,
        route: req.route?.path,
        status: res.statusCode,
        ms,
        userId: req.userId,
      },
      'request',
    );
  });
  next();
});
app.use(helmet({ strictTransportSecurity: { maxAge: 31_536_000 } }));

async function signedIn(req, res, next) {
  const [, token] = /^Bearer ([\w.-]{20,2000})$/.exec(req.get('authorization') ?? '') ?? [];
  if (!token) throw new Refused(401, 'unauthorized');
  const claims = Claims.parse(jwt.verify(token, secret, { algorithms: ['HS256'] }));
  const [row] = await knex('users as u')
    .join('users as o', 'o.id', knex.raw('COALESCE(u.merged_into, u.id)'))
    .where('u.id', claims.sub)
    .select(
      'o.id',
      'o.status',
      'o.openid',
      knex.raw('(SELECT COUNT(*) FROM revoked_tokens r WHERE r.jti = ?) AS isRevoked', [claims.jti]),
    );
  if (!row) throw new Refused(401, 'token_invalid');
  if (Number(row.isRevoked) > 0 || row.status !== 'active') throw new Refused(401, 'token_revoked');
  req.userId = row.id;
  next();
}

const Claims = z.object({ sub: z.string(), jti: z.string(), iat: z.number(), exp: z.number() });
const Query = z.strictObject({
  limit: z.coerce.number().int().min(1).max(50).default(20),
  cursor: z.string().max(40).optional(),
});

app.get('/api/bench/probe', signedIn, (req, res) => {
  const { limit } = Query.parse(req.query);
  res.json({ userId: req.userId, limit });
});

const limiter = new RateLimiterMemory({ keyPrefix: 'tasks.create', points: 600, duration: 60 });
async function limited(req, res, next) {
  await limiter.consume(req.userId);
  next();
}

const Body = z.strictObject({
  type: z.string().max(40),
  mediaId: z.string().regex(/^[0-9a-z_]{1,32}$/),
  params: z.record(z.string(), z.unknown()),
});
const Params = z.strictObject({
  preset: z.enum(['main', 'taobao']).default('main'),
  hasShadow: z.boolean().default(false),
});

app.post('/api/tasks', signedIn, limited, express.json({ limit: '64kb' }), async (req, res) => {
  const { mediaId: media, params: told } = Body.parse(req.body);
  const params = Params.parse(told);
  const key = req.get('idempotency-key') ?? randomBytes(16).toString('hex');
  const requestHash = createHash('sha256')
    .update(JSON.stringify(req.body, Object.keys(req.body).sort()))
    .digest('hex');

  const task = await createTask(req.userId, { media, params, key, requestHash });
  logger.info({ requestId: req.requestId, taskId: task.id, userId: req.userId, type: task.type }, 'task ordered');

  res.status(202).json(await present(task));
});

// eslint-disable-next-line no-unused-vars -- Express knows an error handler by its four arguments.
app.use((error, req, res, next) => {
  res.status(error.status ?? 500).json({ code: error.message });
});

async function createTask(userId, { media, params, key, requestHash }) {
  const photo = await knex('media').where({ id: media, user_id: userId }).first();
  if (photo?.status !== 'ready') throw new Refused(404, 'media_not_found');

  const taskId = await knex.transaction(async (tx) => {
    const account = await tx('quota_accounts').where({ user_id: userId }).forUpdate().first();
    const earlier = await tx('idempotency_keys')
      .where({ user_id: userId, scope: 'task', wish_key: key })
      .first('request_hash', 'resource_id');
    if (earlier) return earlier.resource_id;
    if (account.remaining < 1 || account.expire_at < Date.now()) throw new Refused(402, 'quota_insufficient');

    const now = Date.now();
    const id = newId('tsk');
    await hold(tx, account, id, now);
    const lane = await tx('tasks')
      .where({ user_id: userId, type: 'basic_clean' })
      .whereIn('status', openStatuses)
      .where('wake_at', '<', parkedAt)
      .limit(2)
      .select('id');
    await tx('tasks').insert({
      id,
      user_id: userId,
      account_id: userId,
      type: 'basic_clean',
      status: 'queued',
      params: JSON.stringify(params),
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
    await tx('idempotency_keys').insert({
      id: newId('wsh'),
      user_id: userId,
      scope: 'task',
      wish_key: key,
      request_hash: requestHash,
      resource_id: id,
      created_at: now,
    });
    return id;
  });
  return knex('tasks').where({ id: taskId, user_id: userId, hidden_at: null }).first();
}

async function hold(tx, account, taskId, now) {
  const entry = {
    id: newId('qen'),
    user_id: account.user_id,
    position: account.entry_count + 1,
    kind: 'hold',
    uses: 1,
    cause_type: 'task',
    cause_id: taskId,
    remaining_after: account.remaining - 1,
    held_after: account.held + 1,
    expire_at: account.expire_at,
    grace_until: account.grace_until,
    previous_hash: account.head_hash,
    created_at: now,
  };
  const hash = createHash('sha256')
    .update(JSON.stringify(Object.values(entry)))
    .digest('hex');
  await tx('quota_entries').insert({ ...entry, hash });
  await tx('quota_accounts').where({ user_id: account.user_id, entry_count: account.entry_count }).update({
    remaining: entry.remaining_after,
    held: entry.held_after,
    expire_at: entry.expire_at,
    grace_until: entry.grace_until,
    entry_count: entry.position,
    head_hash: hash,
    updated_at: now,
  });
}

/** The photo's signed link and the place in line, as the phone is shown them. */
async function present(task) {
  const [photo] = await knex('media').where({ id: task.media_id, status: 'ready' });
  const expires = Math.ceil(Date.now() / 1_000) + 3_600;
  const signature = createHmac('sha256', urlSecret).update(`${photo.storage_key}:${expires}`).digest('hex');
  return {
    id: task.id,
    type: task.type,
    status: task.status,
    params: JSON.parse(task.params),
    input: {
      mediaId: task.media_id,
      url: `http://127.0.0.1/api/media/files/${photo.storage_key}?expires=${expires}&signature=${signature}`,
    },
    results: [],
    progress: task.progress,
    measures: null,
    errorCode: null,
    errorReason: null,
    quotaEffect: task.quota_effect,
    retryOf: task.retry_of,
    createdAt: new Date(task.created_at).toISOString(),
    updatedAt: new Date(task.updated_at).toISOString(),
    finishedAt: null,
    queuePosition: await placeOf(task),
    estimate: null,
  };
}

async function placeOf({ id, user_id: userId, type, wake_at: wakeAt }) {
  if (wakeAt !== parkedAt) return countBefore(type, wakeAt, id);
  const line = await knex('tasks')
    .where({ user_id: userId, status: 'queued', type })
    .orderBy('id')
    .limit(999)
    .select('id', 'wake_at');
  let before = 0;
  for (const each of line) {
    if (each.wake_at !== parkedAt) before = Math.max(before, (await countBefore(type, each.wake_at, each.id)) + 1);
  }
  const parked = line.filter((each) => each.wake_at === parkedAt);
  return Math.min(999, before + parked.findIndex((each) => each.id === id));
}

async function countBefore(type, wakeAt, id) {
  const before = knex('tasks')
    .where({ type, status: 'queued' })
    .where((either) =>
      either.where('wake_at', '<', wakeAt).orWhere((same) => same.where('wake_at', wakeAt).where('id', '<', id)),
    )
    .limit(999)
    .select('id')
    .as('before_it');
  const [{ count }] = await knex.from(before).count('* as count');
  return Number(count);
}

serveAgent({
  async listen() {
    const server = createServer(app);
    server.keepAliveTimeout = 65_000;
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server.address().port;
  },
  tokens: async (numbers) =>
    numbers.map((n) =>
      jwt.sign({ sub: sellerId(n), jti: `ses_${randomKey()}` }, secret, { algorithm: 'HS256', expiresIn: '7d' }),
    ),
  mediaOf: async (n) => mediaId(n),
  cpu: async () => process.cpuUsage(),
});
