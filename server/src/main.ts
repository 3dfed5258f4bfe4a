import { mkdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApp, createWorkerApp } from './app';
import { config, processEnvironment, readConfig, type Config } from './config';
import { connectDatabase, database, isUnreachable } from './db/database';
import { mergeWishes } from './db/idempotency';
import { migrate } from './db/migrate';
import { ConfigFaulty, type Environment } from './environment';
import { draining } from './http/health';
import { createImagingPool } from './imaging/pool';
import { imaging } from './imaging/port';
import { seconds } from './lib/clock';
import { logger } from './lib/logger';
import { ensureFirstAdmin } from './modules/admin/service';
import { forgetWechatAccount, revokeAuthorization } from './modules/auth/revocation';
import { getOpenid, sellersThings } from './modules/auth/service';
import { pushHandlers, type PushHandler } from './modules/inbound/service';
import { eraseMedia, mergeMedia } from './modules/media/service';
import { answerAppleInquiry, receiveVirtualPush } from './modules/payments/pushes';
import { eraseOrders, eraseWechatPayer, mergeOrders } from './modules/payments/service';
import { mergeQuota } from './modules/quota/service';
import { openidOf } from './modules/tasks/poses/news';
import { eraseTasks, mergeTasks } from './modules/tasks/service';
import { startSandbox, type Sandbox } from './sandbox';
import { defineTables } from './tables';
import { readVendorConfig, type VendorConfig } from './vendor-config';
import { alipayWap } from './vendors/alipay/alipay';
import { paymentProviders } from './vendors/payment/port';
import { poses } from './vendors/runninghub/port';
import { runningHub } from './vendors/runninghub/runninghub';
import { tencentSms } from './vendors/sms/tencent-sms';
import { sms } from './vendors/sms/port';
import { cosStorage } from './vendors/storage/cos';
import { localStorage } from './vendors/storage/local';
import { localStore, storage } from './vendors/storage/port';
import { appleRefundInquiries } from './vendors/wechat-virtual/apple-refunds';
import { appleRefunds } from './vendors/wechat-virtual/port';
import { wechatVirtual } from './vendors/wechat-virtual/wechat-virtual';
import { wechatPayV3 } from './vendors/wechat-pay/wechat-pay';
import { sharedAccessTokens } from './vendors/wechat/access-token';
import { wechat, wechatPush, type AccessTokens } from './vendors/wechat/port';
import { wechatPushCipher } from './vendors/wechat/push';
import { wechatApi } from './vendors/wechat/wechat-api';
import { startWorker } from './worker';

export type Running = { config: Config; sandbox: Sandbox | null; stop(): Promise<void> };

const lastRequestsMs = seconds(20);

/** Starts the roles that the environment asks for. Throws `ConfigFaulty` with every fault, or what the system refused. */
export async function start(environment: Environment): Promise<Running> {
  // On the sandbox the vendors' settings come from it, and it needs a folder and an address first.
  const isSandbox = environment.NODE_ENV !== 'production' && environment.VENDORS !== 'live';
  const first = readConfig(isSandbox ? { ...environment, STORAGE: undefined } : environment);
  logger.level = first.logLevel;
  await mkdir(first.dataDir, { recursive: true });

  const sandbox =
    first.vendors === 'sandbox'
      ? await startSandbox({ publicUrl: first.publicUrl, keysDir: join(first.dataDir, 'sandbox') })
      : null;
  const complete = { ...sandbox?.environment, ...environment };
  const settings = readConfig(complete);
  config.fill(settings);
  pickAdapters(settings, readVendorConfig(complete));

  const sequelize = connectDatabase(settings.databaseUrl);
  database.fill(sequelize);
  defineTables(sequelize);
  await migrate(sequelize);
  await ensureFirstAdmin();

  draining.isOn = false;
  const server = await listen(settings, sandbox);
  const worker = settings.roles.includes('worker') ? startWorker(settings.imagingProcesses) : null;

  return {
    config: settings,
    sandbox,
    stop: async () => {
      draining.isOn = true;
      await Promise.all([server && closeAfter(settings.drainMs, server), worker?.stop()]);
      await imaging.current.stop();
      await sandbox?.stop();
      await sequelize.close();
    },
  };
}

/** The only place that knows which adapter stands behind which port. */
function pickAdapters(settings: Config, vendors: VendorConfig): void {
  sms.fill(tencentSms({ ...vendors.sms, ...vendors.tencent }));
  const tokens = sharedAccessTokens(vendors.wechat);
  wechat.fill(wechatApi(vendors.wechat, tokens));
  wechatPush.fill(vendors.push && wechatPushCipher({ ...vendors.push, appid: vendors.wechat.appid }));
  paymentProviders.fill(providersOf(settings, vendors, tokens));
  appleRefunds.fill(appleRefundInquiries);
  poses.fill(runningHub(vendors.runningHub));

  if (settings.storage.kind === 'cos') {
    storage.fill(cosStorage({ ...settings.storage, ...vendors.tencent, timeoutMs: seconds(20) }));
    localStore.fill(null);
  } else {
    const local = localStorage({
      rootDir: join(settings.dataDir, 'files'),
      publicUrl: settings.publicUrl,
      urlSecret: settings.urlSecret,
    });
    storage.fill(local);
    localStore.fill(local);
  }

  imaging.fill(createImagingPool({ processes: settings.imagingProcesses, timeoutMs: seconds(15), jobsPerChild: 200 }));
  pushHandlers.fill(pushes);
  openidOf.fill(getOpenid);
  sellersThings.fill([
    { merge: mergeQuota, erase: async () => undefined },
    { merge: mergeWishes, erase: async () => undefined },
    { merge: mergeOrders, erase: eraseOrders, eraseWechat: eraseWechatPayer },
    { merge: mergeMedia, erase: eraseMedia, erasePictures: eraseMedia },
    { merge: mergeTasks, erase: eraseTasks, erasePictures: eraseTasks },
  ]);
}

/** Whom we hold keys for. Which of them new orders may use is `PAYMENT_CHANNELS`. */
function providersOf(settings: Config, vendors: VendorConfig, tokens: AccessTokens): typeof paymentProviders.current {
  const at = (path: string): string => `${settings.publicUrl}/api/payments${path}`;
  return {
    wechat_jsapi: vendors.wechatPay
      ? wechatPayV3({ ...vendors.wechatPay, notifyUrl: at('/wechat/notify') })
      : undefined,
    wechat_virtual: vendors.virtual ? wechatVirtual({ ...vendors.wechat, ...vendors.virtual, tokens }) : undefined,
    alipay_wap: vendors.alipay
      ? alipayWap({ ...vendors.alipay, notifyUrl: at('/alipay/notify'), returnUrl: at('/alipay/return') })
      : undefined,
  };
}

/** Who is told of which message that WeChat pushes. */
const pushes: Record<string, PushHandler> = {
  xpay_goods_deliver_notify: receiveVirtualPush,
  xpay_refund_notify: receiveVirtualPush,
  xpay_subscribe_ios_refund_query_notify: answerAppleInquiry,
  user_authorization_revoke: async ({ openid, body }) => ({
    outcome: await revokeAuthorization(openid ?? '', String(body.RevokeInfo)),
  }),
  user_authorization_cancellation: async ({ openid }) => ({ outcome: await forgetWechatAccount(openid ?? '') }),
};

/** A web process answers everybody; a worker alone answers its operator, where `WORKER_PORT` is set. */
async function listen(settings: Config, sandbox: Sandbox | null): Promise<Server | null> {
  const isWeb = settings.roles.includes('web');
  const port = isWeb ? settings.port : settings.workerPort;
  if (port === null) return null;
  const app = isWeb ? createApp(sandbox ? [sandbox.routes] : []) : createWorkerApp();
  const server = createServer({ connectionsCheckingInterval: seconds(2) }, app.callback());
  limitConnections(server);

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, settings.host, resolve);
  });
  return server;
}

/** What one connection may take of us, however slowly it speaks or listens. A JSON body has less time: `cutSlowBodies`. */
function limitConnections(server: Server): void {
  server.headersTimeout = seconds(10);
  server.requestTimeout = seconds(300); // A photo over a weak network takes its time.
  server.timeout = seconds(120); // Nothing went either way: who asked does not take the answer, or is gone.
  server.keepAliveTimeout = seconds(65); // Longer than the proxy's, so that it never sends into a closing line.
  server.maxHeadersCount = 100;
  server.maxConnections = 10_000;
}

/** The door stays open until whoever sends us requests has seen at /health/ready that we are going. */
async function closeAfter(ms: number, server: Server): Promise<void> {
  await sleep(ms);
  await close(server);
}

/** Lets the requests in flight come to their end, and cuts what has not ended in time. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), lastRequestsMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** What went wrong at the start, in sentences that say what to do; null when it is a bug. */
function sentencesFor(error: unknown): string[] | null {
  if (error instanceof ConfigFaulty) return error.faults;
  if (isUnreachable(error))
    return [`DATABASE_URL: ${error instanceof Error ? error.message : 'the database does not answer'}`];
  if (!(error instanceof Error) || !('code' in error)) return null;
  const place =
    'path' in error
      ? String(error.path)
      : 'address' in error
        ? `${String(error.address)}:${String('port' in error ? error.port : '')}`
        : '';
  if (error.code === 'EADDRINUSE')
    return [`${place} is already taken: stop the other program, or choose another with PORT=…`];
  if (error.code === 'EACCES' || error.code === 'EPERM')
    return [`${place} may not be used or written by this user: choose another with DATA_DIR=… or PORT=…`];
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    return [`HOST: ${place} is no address of this machine`];
  if (error.code === 'ENOTDIR' || error.code === 'EROFS' || error.code === 'ENOSPC')
    return [`${place} cannot be written: choose another folder with DATA_DIR=…`];
  return null;
}

function printAddresses({ config: settings, sandbox }: Running): void {
  const lines = [
    '',
    '  素衣 Suyi is running.',
    '',
    `    Mini program (H5)   ${settings.publicUrl}/`,
    `    Admin site          ${settings.publicUrl}/admin`,
    `    API description     ${settings.publicUrl}/openapi.json`,
    ...(sandbox
      ? [`    Vendor sandbox      ${settings.publicUrl}/sandbox   SMS codes appear here; orders are paid here`]
      : []),
    '',
    ...(sandbox ? ['  To log in: any number such as 13800138000; its code is on the sandbox page.', ''] : []),
    `  Admin: ${settings.admin.username}, ${adminPasswordOf(settings)}`,
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** A password that an operator chose is not said again; one that we made up and keep is, because nobody else can tell it. */
function adminPasswordOf({ isProduction, admin, dataDir }: Config): string {
  if (isProduction || processEnvironment().ADMIN_PASSWORD)
    return 'with the password of ADMIN_PASSWORD until it is changed';
  return `password ${admin.password} until it is changed (kept in ${join(dataDir, 'secrets.json')})`;
}

async function main(): Promise<void> {
  try {
    const running = await start(processEnvironment());
    if (running.config.roles.includes('web')) printAddresses(running);
    // The same signal may come twice, from the terminal and passed on by npm: the second one must not cut the first short.
    let stopped: Promise<void> | null = null;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        stopped ??= running.stop().then(() => process.exit(0));
      });
    }
  } catch (error) {
    const sentences = sentencesFor(error);
    if (!sentences) logger.fatal({ err: error }, 'the server could not start');
    for (const sentence of sentences ?? ['The server could not start; the line above says why.'])
      process.stderr.write(`suyi: ${sentence}\n`);
    process.exit(1);
  }
}

if (require.main === module) void main();
