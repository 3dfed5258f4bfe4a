import { connect } from 'node:net';
import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { operations } from '../../src/app';
import { drawGarmentPhoto } from '../draw';
import { casesOf, fittingCasesOf, type Case } from '../fuzz/cases';
import { makeCast, type Cast } from '../fuzz/cast';
import { readDocument, type Description, type Route } from '../fuzz/document';
import { faultsOf } from '../fuzz/judge';
import { closeConnections, send } from '../fuzz/send';
import { makeSeller } from '../make';
import { call } from '../request';
import { useWorld } from '../world';

/*
 * Every route of the API's description, asked well and badly, by everybody. FUZZ_RUNS scales how often; a seed that found
 * something is given back with FUZZ_SEED. Of what has failed, the smallest case that still does is printed.
 */
const runs = Number(process.env.FUZZ_RUNS ?? 12);
const chance = Number(process.env.FUZZ_SEED ?? randomInt(1e9));
const fixedSeed = 20_260_701;

const world = useWorld({ ROLES: 'web', TRUST_PROXY: '1', SMS_PER_DAY: '1000000' });

let description: Description;
let photo: Buffer;
let cast: Cast | null = null;
const tally = new Map<string, Map<number, number>>();

beforeAll(async () => {
  description = readDocument(await (await fetch(`${world.origin}/openapi.json`)).json());
  photo = await drawGarmentPhoto({ width: 300, height: 400 });
}, 60_000);

afterAll(() => {
  closeConnections();
  const cases = [...tally.values()].flatMap((statuses) => [...statuses.values()]).reduce((sum, n) => sum + n, 0);
  process.stdout.write(`fuzz: ${tally.size} routes, ${cases} requests, seeds ${fixedSeed} and ${chance}\n`);
});

/** Sends it, and says what is wrong with the answer. Who lost something by it is made anew. */
async function tryOne(route: Route, one: Case): Promise<string[]> {
  cast ??= await newCast(route);
  let reply = await send(world.origin, one, cast).catch((error: unknown) => String(error));
  // On a busy machine anything may be slow once.
  if (typeof reply !== 'string' && reply.ms > 5_000) reply = await send(world.origin, one, cast).catch(String);
  if (typeof reply === 'string') return [`no answer: ${reply}`];

  const statuses = tally.get(route.name) ?? new Map<number, number>();
  tally.set(route.name, statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1));
  const isChange = one.method !== 'GET' && reply.status < 400;
  if (reply.status === 429 || (isChange && /admin|auth|\{id\}/.test(route.path))) cast = null;
  return faultsOf(route, one, reply, description);
}

let areVendorsAway = false;

/** Of people who could buy and log in: the vendors come back for as long as that takes. */
async function newCast({ path }: Route): Promise<Cast> {
  setVendors(true);
  const made = await makeCast(world, photo, path);
  setVendors(!areVendorsAway);
  return made;
}

function setVendors(areThere: boolean): void {
  const { sms, wechat, pay, alipay, runninghub } = world.sandbox;
  for (const { faults } of [sms, wechat, pay, alipay, runninghub]) {
    faults.clear();
    if (!areThere) faults.plan({ path: '', fault: { kind: 'reset' }, times: 1e9 });
  }
}

const check = (route: Route, cases: fc.Arbitrary<Case>, options: fc.Parameters<[Case]>): Promise<void> =>
  fc.assert(
    fc.asyncProperty(cases, async (one) => {
      expect(await tryOne(route, one)).toEqual([]);
    }),
    { ...options, interruptAfterTimeLimit: 40_000, markInterruptAsFailure: false },
  );

const names = operations.map(
  ({ method, path }) => `${method.toUpperCase()} ${path.replace(/\{?[:*](\w+)\}?/g, '{$1}')}`,
);

function routeOf(name: string): Route {
  const route = description.routes.get(name);
  if (!route) throw new Error(`${name} is not described`);
  return route;
}

const gzip = { 'content-encoding': 'gzip' };

/** Each try of one takes a fifth of a second, as it should. */
const hashesPasswords = ({ method, path }: Route): boolean =>
  method === 'POST' && /admin\/(login|account\/.+|admins)$|\/password$/.test(path);

describe('whoever asks, and however badly', () => {
  it.each(names)(
    '%s keeps its promises',
    async (name) => {
      const route = routeOf(name);
      const numRuns = Math.ceil(hashesPasswords(route) ? runs / 3 : runs);
      cast = null;

      await check(route, casesOf(route), { seed: fixedSeed, numRuns });
      await check(route, casesOf(route), { seed: chance, numRuns: Math.ceil(numRuns / 2) });
    },
    120_000,
  );

  it('no route was knocked at in vain: each gave what it is there for, but those that a vendor’s key or a code of the moment opens', () => {
    const closed = [...tally].filter(([, statuses]) => ![...statuses.keys()].some((status) => status < 400));

    expect(closed.map(([name]) => name).sort()).toEqual([
      'GET /api/wechat/push',
      'POST /admin/account/totp',
      'POST /admin/account/totp/remove',
      'POST /api/payments/alipay/notify',
      'POST /api/payments/wechat/notify',
      'POST /api/wechat/push',
    ]);
  });

  it('answers bytes that are no HTTP, or half of it, or nothing, and goes on', async () => {
    const head = 'POST /api/auth/send-code HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
    const shots = [
      '\u0000\u0001\u0002\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      'GET /%%% HTTP/1.1\r\n\r\n',
      `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
      `GET / HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(3_000)}\r\n`,
      `${head}Content-Length: 40\r\n\r\n{"phone":`,
      `${head}Content-Length: -5\r\n\r\n{}`,
      `${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
      `${head}Expect: 200-ok\r\nContent-Length: 2\r\n\r\n{}`,
      'GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n',
      'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n',
      'GET /api/tools HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      '',
    ];

    const answers = await Promise.all(shots.map(shoot));

    for (const answer of answers) expect(answer).toMatch(/^($|HTTP\/1\.1 [234]\d\d )/);
    for (const answer of answers) expect(answer).not.toMatch(/node_modules|\bat \S+ \(/);
    expect((await call(world, 'GET', '/health')).status).toBe(200);
  });
});

/** Sends these bytes, closes our end, and resolves with all that came back. */
function shoot(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(new URL(world.origin).port), '127.0.0.1', () => {
      socket.write(Buffer.from(bytes, 'latin1'));
      setTimeout(() => socket.destroy(), 300);
    });
    socket.on('data', (part: Buffer) => (answer += part.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}

describe('what was found by chance is never found again', () => {
  it.each(['/api/tasks', '/api/membership/orders', '/api/quota/entries'])(
    'a cursor that is none, of %s',
    async (path) => {
      const { token } = await makeSeller();

      const answer = await call(world, 'GET', `${path}?cursor=%EF%BC%95`, { token });

      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    },
  );

  it.each(['toString', '__proto__', 'constructor'])('a query field named %s is refused', async (name) => {
    const { token } = await makeSeller();

    const answer = await call(world, 'GET', `/api/quota/entries?${name}=1&${name}=2`, { token });

    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });

  it.each([
    [
      'a field named as what every object has',
      'POST',
      '/api/auth/send-code',
      { body: '{"toString":1,"__proto__":2}' },
      400,
    ],
    ['a body that only says that it is packed', 'POST', '/api/auth/send-code', { body: '{}', headers: gzip }, 415],
    ['a note of the log-in page that is none', 'GET', '/admin/login?done=constructor', {}, 200],
    ['another one', 'GET', '/admin/login?done=__proto__', {}, 200],
  ])('%s', async (_, method, path, options, status) => {
    const answer = await call(world, method, path, { ...options });

    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-request-id')).not.toBeNull();
  });
});

describe('while every vendor hangs up', () => {
  beforeAll(() => {
    areVendorsAway = true;
    cast = null;
  });

  afterAll(() => {
    areVendorsAway = false;
  });

  it.each(names.filter((name) => / \/api\/(auth|membership|tasks|tools|media)/.test(name)))(
    '%s says so in its own words',
    async (name) => {
      cast = null;

      await check(routeOf(name), fittingCasesOf(routeOf(name)), { seed: chance, numRuns: 6 });
    },
    60_000,
  );
});
