import { join } from 'node:path';
import Router from '@koa/router';
import Koa from 'koa';
import helmet from 'koa-helmet';
import { ping } from './db/sql';
import { cutSlowBodies } from './http/body';
import type { RequestState } from './http/context';
import { errorBoundary } from './http/errors';
import { draining, healthOperations, healthRoutes } from './http/health';
import { openApiOf } from './http/openapi';
import type { Operation } from './http/operations';
import { metricsOperations, metricsRoutes } from './http/metrics';
import { identify, requestLog } from './http/request-log';
import { h5Pages, refuseOtherMethods } from './http/static';
import { logger } from './lib/logger';
import { adminFrame, adminOperations, adminRouters } from './modules/admin/routes';
import { authOperations, authRoutes, meRoutes } from './modules/auth/routes';
import { measures } from './measures';
import { inboundOperations, pushRoutes } from './modules/inbound/routes';
import { fileRoutes, mediaOperations, mediaRoutes } from './modules/media/routes';
import { membershipOperations, membershipRoutes } from './modules/membership/routes';
import { notifyRoutes, orderRoutes, paymentOperations } from './modules/payments/routes';
import { quotaOperations, quotaRoutes } from './modules/quota/routes';
import { checkLedger } from './modules/quota/service';
import { taskOperations, taskRoutes, toolRoutes } from './modules/tasks/routes';
import { refuseOldQueue } from './modules/tasks/sweeps';
import { storage } from './vendors/storage/port';

/** Every route that the API describes; a test holds this list against the routers. */
export const operations: readonly Operation[] = [
  ...authOperations,
  ...membershipOperations,
  ...paymentOperations,
  ...inboundOperations,
  ...quotaOperations,
  ...mediaOperations,
  ...taskOperations,
  ...adminOperations,
  ...healthOperations,
  ...metricsOperations,
];

/** What an operator's tools ask, of a web process and of a worker alike. */
const watching = [
  metricsRoutes(measures),
  healthRoutes({
    database: ping,
    storage: () => storage.current.check(),
    queue: refuseOldQueue,
    ledger: checkLedger,
  }),
];

/** Every router, hot routes first: they are tried in order. */
export const routers = [
  taskRoutes,
  toolRoutes,
  mediaRoutes,
  fileRoutes,
  authRoutes,
  meRoutes,
  membershipRoutes,
  orderRoutes,
  notifyRoutes,
  pushRoutes,
  quotaRoutes,
  ...adminRouters,
  ...watching,
] as readonly Router[];

const h5Root = join(__dirname, '..', '..', 'miniapp', 'dist-h5');

/** The Koa app: what every request passes, in order, and then each module's routes; `more` are the sandbox's. */
export function createApp(more: readonly Router[] = []): Koa<RequestState> {
  const app = new Koa<RequestState>();
  // A client that hung up while it was answered: nothing to do, and not Koa's stderr to say it.
  app.on('error', (error: unknown) => logger.debug({ err: error }, 'an answer was cut off'));

  app.use(identify);
  app.use(closeWhileDraining);
  app.use(requestLog);
  app.use(securityHeaders);
  app.use(cutSlowBodies({ exceptTo: '/api/media/files' }));
  app.use(adminFrame);
  app.use(errorBoundary);

  for (const router of [...routers, ...more]) app.use(router.routes());
  app.use(apiDescription().routes());
  app.use(refuseOtherMethods);
  app.use(h5Pages(h5Root));

  return app;
}

/** What a worker that serves no phones answers all the same: that it lives, and what it measures. */
export function createWorkerApp(): Koa<RequestState> {
  const app = new Koa<RequestState>();
  for (const layer of [identify, requestLog, errorBoundary]) app.use(layer);
  for (const router of watching) app.use(router.routes());
  return app;
}

/** The H5 build has a script inside its index.html and styles its pages inline; pictures may come from the store's own host. */
const securityHeaders = helmet({
  contentSecurityPolicy: {
    directives: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'", "'unsafe-inline'"],
      scriptSrcAttr: ["'none'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:', 'blob:', 'https:'],
      connectSrc: ["'self'", 'blob:', 'https:'],
      frameAncestors: ["'none'"],
      upgradeInsecureRequests: null,
    },
  },
  strictTransportSecurity: { maxAge: 31_536_000 },
});

const closeWhileDraining: Koa.Middleware = async (ctx, next) => {
  if (draining.isOn) ctx.set('Connection', 'close');
  await next();
};

function apiDescription(): Router {
  const document = JSON.stringify(openApiOf(operations));
  return new Router().get('/openapi.json', (ctx) => {
    ctx.type = 'application/json';
    ctx.body = document;
  });
}
