import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { repeat, serveAgent, timed } from '../lib/agent.mjs';
import { mediaId, randomKey, sellerId } from '../lib/database.mjs';
import { ofServer } from '../lib/server-build.mjs';

const require = createRequire(import.meta.url);
const Router = require('@koa/router');
const { z } = require('zod');

// The product itself: its own start, on the bench's database.
const settings = JSON.parse(process.argv[2]);
const { start } = ofServer('main.js');
await start({
  PORT: '0',
  ROLES: 'web',
  LOG_LEVEL: 'info',
  SMS_PER_IP_HOUR: '100000',
  RUNNINGHUB_CONCURRENCY: '1000',
  ...settings,
});

const { createTask } = ofServer('modules/tasks/service.js');
const { claimTasks } = ofServer('modules/tasks/claim.js');
const { claimPoses } = ofServer('modules/tasks/poses/claim.js');
const { issueToken } = ofServer('modules/auth/tokens.js');
const { verifyLedger } = ofServer('modules/quota/verify.js');
const { storage } = ofServer('vendors/storage/port.js');
const { imaging } = ofServer('imaging/port.js');
const { createApp, routers } = ofServer('app.js');
const { signedIn } = ofServer('http/sign-in.js');
const { parse } = ofServer('http/parse.js');

// The smallest signed-in route there can be, behind all that ours pass; hot routes stand first, and it stands behind the tasks'.
const Query = z.strictObject({
  limit: z.coerce.number().int().min(1).max(50).default(20),
  cursor: z.string().max(40).optional(),
});
const probe = new Router();
probe.get('/api/bench/probe', signedIn, async (ctx) => {
  const { limit } = parse(Query, ctx.query);
  ctx.body = { userId: ctx.state.userId, limit };
});

routers.splice(1, 0, probe);

const input = { type: 'basic_clean', params: { preset: 'main', hasShadow: false } };
let server = null;
let delay = null;
let photo = null;

serveAgent({
  async listen() {
    server = createServer(createApp().callback());
    server.keepAliveTimeout = 65_000;
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server.address().port;
  },
  tokens: async (numbers) => numbers.map((n) => issueToken(sellerId(n)).token),
  cpu: async () => process.cpuUsage(),

  createTasks: ({ sellers, lanes, ms }) =>
    repeat(
      () => {
        const n = Math.floor(Math.random() * sellers);
        const wish = { key: randomKey(), requestHash: randomKey() };
        return createTask(sellerId(n), { ...input, mediaId: mediaId(n) }, wish);
      },
      { lanes, ms },
    ),

  /** `calls` claims of `limit`, one after the other. */
  async claim({ kind, calls, limit }) {
    const claim = kind === 'poses' ? claimPoses : claimTasks;
    const ids = [];
    const { ms } = await timed(async () => {
      for (let call = 0; call < calls; call += 1) ids.push(...(await claim(limit)).map((task) => task.id));
    });
    return { msPerClaim: ms / calls, ids };
  },

  async verify() {
    const { ms, answer } = await timed(() => verifyLedger());
    return { ms, entries: answer.entries, isWhole: answer.isWhole, faults: answer.faults.slice(0, 3) };
  },

  async hold(base64) {
    photo = Buffer.from(base64, 'base64');
  },
  /** One photo through the engine, as the worker asks it. */
  clean: () =>
    timed(async () => (await imaging.current.clean(photo, { preset: 'main', hasShadow: false })).images.length),

  async store({ key, base64 }) {
    await storage.current.write(key, Buffer.from(base64, 'base64'), 'image/jpeg');
  },
  async watchLoop() {
    delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
  },
  async loopDelay() {
    delay.disable();
    return { maxMs: delay.max / 1e6, p99Ms: delay.percentile(99) / 1e6 };
  },
});
