import { createSecretKey, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { createPool } from 'mysql2';
import { serveAgent } from '../lib/agent.mjs';
import { randomKey, sellerId } from '../lib/database.mjs';

/*
 * Two floors on bare Koa: a static answer, and the signed-in route with nothing around it (no router, no headers, no request id,
 * no measures, the driver alone).
 */

const require = createRequire(import.meta.url);
const Koa = require('koa');
const jwt = require('jsonwebtoken');
const { pino } = require('pino');
const { z } = require('zod');

const { DATABASE_URL } = JSON.parse(process.argv[2]);
const secret = createSecretKey(randomBytes(32));
const logger = pino({ base: undefined });
const pool = createPool({ uri: DATABASE_URL, connectionLimit: 10, supportBigNumbers: true });
const ask = (sql, values) =>
  new Promise((resolve, reject) => pool.query(sql, values, (error, rows) => (error ? reject(error) : resolve(rows))));

const Query = z.strictObject({
  limit: z.coerce.number().int().min(1).max(50).default(20),
  cursor: z.string().max(40).optional(),
});
const Claims = z.object({ sub: z.string(), jti: z.string(), iat: z.number(), exp: z.number() });
const lookUp = `SELECT o.id AS id, o.status AS status, o.openid AS openid,
  (SELECT COUNT(*) FROM revoked_tokens r WHERE r.jti = ?) AS isRevoked
  FROM users u JOIN users o ON o.id = COALESCE(u.merged_into, u.id) WHERE u.id = ?`;

const app = new Koa();
app.use(async (ctx) => {
  if (ctx.path === '/static') {
    ctx.body = { userId: 'nobody', limit: 20 };
    return;
  }
  const startedAt = performance.now();
  const claims = Claims.parse(jwt.verify(ctx.get('authorization').slice(7), secret, { algorithms: ['HS256'] }));
  const [user] = await ask(lookUp, [claims.jti, claims.sub]);
  if (user?.status !== 'active' || Number(user.isRevoked) > 0) ctx.throw(401);
  const { limit } = Query.parse(ctx.query);
  ctx.body = { userId: user.id, limit };
  logger.info(
    {
      method: ctx.method,
      path: ctx.path,
      status: ctx.status,
      ms: Math.round(performance.now() - startedAt),
      userId: user.id,
    },
    'request',
  );
});

serveAgent({
  async listen() {
    const server = createServer(app.callback());
    server.keepAliveTimeout = 65_000;
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server.address().port;
  },
  tokens: async (numbers) =>
    numbers.map((n) =>
      jwt.sign({ sub: sellerId(n), jti: `ses_${randomKey()}` }, secret, { algorithm: 'HS256', expiresIn: '7d' }),
    ),
  cpu: async () => process.cpuUsage(),
});
