import { z } from 'zod';
import { operations } from '../../src/app';
import { select } from '../../src/db/sql';
import type { Operation } from '../../src/http/operations';
import { Media } from '../../src/modules/media/models';
import { fail } from '../../src/modules/tasks/finish';
import { webhookUrlFor } from '../../src/modules/tasks/poses/webhook';
import { createTask, getTask } from '../../src/modules/tasks/service';
import { storage } from '../../src/vendors/storage/port';
import { drawGarmentPhoto } from '../draw';
import { makeMedia, makeSeller, type Seller } from '../make';
import { call, sendFile, type Answer } from '../request';
import { useWorld } from '../world';

/*
 * Whoever knows the id of something that belongs to another seller knows nothing: for every route that takes an id, in its
 * path or its body, a stranger is refused in the words for "there is no such thing", and nothing changes. The same request by
 * its owner goes through, so that a case cannot pass by being wrong. A route without a case fails the first test.
 */

const world = useWorld({ ROLES: 'web', TRUST_PROXY: '1' });

let photo: Buffer;
let serial = 0;
const newKey = (): string => `idor-key-${(serial += 1)}`;

beforeAll(async () => {
  photo = await drawGarmentPhoto({ width: 480, height: 640 });
});

type Owned = { seller: Seller; mediaId: string; uploadId: string; queued: string; failed: string; orderId: string };

/** A seller with one of everything. */
async function makeOwner(): Promise<Owned> {
  const seller = await makeSeller({ uses: 9 });
  const { token } = seller;
  const mediaId = await makeMedia(seller, photo);
  const wish = { type: 'basic_clean' as const, mediaId, params: { preset: 'main' as const, hasShadow: false } };
  const make = async () => createTask(seller.id, wish, { key: newKey(), requestHash: 'same' });
  const [queued, failed] = [await make(), await make()];
  await fail(failed, { from: 'queued', code: 'internal_failure' });

  const size = { contentType: 'image/jpeg', byteLength: photo.length };
  const ticket = await call(world, 'POST', '/api/media/uploads', { token, body: size });
  const uploadId = String(ticket.body.mediaId);
  await storage.current.write(`input/${seller.id}/${uploadId}`, photo, 'image/jpeg');

  const buying = { planId: 'monthly', channel: 'wechat_jsapi', wxCode: `owner${(serial += 1)}.1` };
  const ordered = await call(world, 'POST', '/api/membership/orders', { token, body: buying });
  const orderId = (ordered.body.order as { id: string }).id;
  // Paid, and not known here yet: the owner's question is what settles it.
  world.sandbox.pay.notifications.setMode({ kind: 'drop' });
  await world.sandbox.pay.pay(orderId);

  return { seller, mediaId, uploadId, queued: queued.id, failed: failed.id, orderId };
}

/** All rows that belong to this seller. */
async function everythingOf({ seller }: Owned): Promise<unknown> {
  const tables = [
    'users',
    'tasks',
    'media',
    'orders',
    'refunds',
    'quota_accounts',
    'quota_entries',
    'idempotency_keys',
  ];
  const columnOf = (table: string): string => (table === 'users' ? 'id' : 'user_id');
  const read = (table: string) =>
    select<object>(`SELECT * FROM ${table} WHERE ${columnOf(table)} = :id ORDER BY 1`, { id: seller.id });
  return Promise.all(tables.map(read));
}

type Case = { ask: (owned: Owned, token: string) => Promise<Answer>; refusal: number; goesThrough: number };

const bySeller =
  (method: string, path: (owned: Owned) => string, body?: (owned: Owned) => object) =>
  (owned: Owned, token: string): Promise<Answer> =>
    call(world, method, path(owned), { token, body: body?.(owned), key: newKey() });

const clean = ({ mediaId }: Owned): object => ({ type: 'basic_clean', mediaId, params: {} });
const poses = ({ mediaId }: Owned): object => ({ type: 'model_pose12', mediaId, params: {} });

const cases: Record<string, Case[]> = {
  'GET /api/tasks/:id': [{ ask: bySeller('GET', (a) => `/api/tasks/${a.queued}`), refusal: 404, goesThrough: 200 }],
  'POST /api/tasks/:id/cancel': [
    { ask: bySeller('POST', (a) => `/api/tasks/${a.queued}/cancel`), refusal: 404, goesThrough: 200 },
  ],
  'POST /api/tasks/:id/retry': [
    { ask: bySeller('POST', (a) => `/api/tasks/${a.failed}/retry`), refusal: 404, goesThrough: 202 },
  ],
  'DELETE /api/tasks/:id': [
    { ask: bySeller('DELETE', (a) => `/api/tasks/${a.failed}`), refusal: 404, goesThrough: 204 },
  ],
  'POST /api/tasks': [
    { ask: bySeller('POST', () => '/api/tasks', clean), refusal: 404, goesThrough: 202 },
    { ask: bySeller('POST', () => '/api/tasks', poses), refusal: 404, goesThrough: 202 },
  ],
  'POST /api/media/uploads/:mediaId/complete': [
    { ask: bySeller('POST', (a) => `/api/media/uploads/${a.uploadId}/complete`), refusal: 404, goesThrough: 200 },
    { ask: bySeller('POST', (a) => `/api/media/uploads/${a.mediaId}/complete`), refusal: 404, goesThrough: 200 },
  ],
  'GET /api/membership/orders/:id': [
    { ask: bySeller('GET', (a) => `/api/membership/orders/${a.orderId}`), refusal: 404, goesThrough: 200 },
  ],
  'POST /api/membership/orders/:id/confirm': [
    { ask: bySeller('POST', (a) => `/api/membership/orders/${a.orderId}/confirm`), refusal: 404, goesThrough: 200 },
  ],
};

/** Routes that take no id of anybody's things, or whose key is a signature: each has a test of its own below, or needs none. */
const otherwise: Record<string, string> = {
  'POST /api/auth/send-code': 'no id',
  'POST /api/auth/login': 'no id',
  'POST /api/auth/wechat': 'no id',
  'GET /api/auth/me': 'no id',
  'POST /api/auth/logout': 'no id',
  'DELETE /api/auth/me': 'no id',
  'GET /api/membership': 'no id',
  'GET /api/membership/plans': 'no id',
  'POST /api/membership/orders': 'planId: plans belong to nobody',
  'POST /api/media/uploads': 'no id',
  'GET /api/tools': 'no id',
  'POST /api/payments/wechat/notify': 'signed by WeChat Pay',
  'POST /api/payments/alipay/notify': 'signed by Alipay',
  'GET /api/payments/alipay/return': 'tells nothing: see below',
  'GET /api/wechat/push': 'signed by WeChat',
  'POST /api/wechat/push': 'signed by WeChat',
  'GET /api/tasks': 'a list: see below',
  'GET /api/membership/orders': 'a list: see below',
  'GET /api/quota/entries': 'a list: see below',
  'POST /api/media/files': 'signed by us: see below',
  'GET /api/media/files/{*key}': 'signed by us: see below',
  'POST /api/webhooks/runninghub/:token': 'signed by us: see below',
  'GET /health': 'no id',
  'GET /health/ready': 'no id',
  'GET /metrics': 'no id',
};

const nameOf = ({ method, path }: Operation): string => `${method.toUpperCase()} ${path}`;
const isAdmins = ({ path }: Operation): boolean => /^\/(api\/)?admin(\/|$)/.test(path);

/** The names of what this route takes in its path, query and body. */
function namesTaken({ path, query, body }: Operation): string[] {
  const fields = [query, body].flatMap((shape) =>
    shape ? Object.keys(z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' }).properties ?? {}) : [],
  );
  return [...path.matchAll(/[:*]\{?(\w+)/g)].map(([, name = '']) => name).concat(fields);
}

it('has a case for every route', () => {
  const known = new Set([...Object.keys(cases), ...Object.keys(otherwise)]);
  const sellers = operations.filter((operation) => !isAdmins(operation));

  expect(sellers.map(nameOf).filter((name) => !known.has(name))).toEqual([]);
  expect([...known].filter((name) => !sellers.map(nameOf).includes(name))).toEqual([]);
});

it('calls no route free of ids that takes one', () => {
  const free = operations.filter((operation) => otherwise[nameOf(operation)] === 'no id');

  expect(free.flatMap((operation) => namesTaken(operation).filter((name) => /id$|key$|^cursor$/i.test(name)))).toEqual(
    [],
  );
});

const table = Object.entries(cases).flatMap(([name, list]) =>
  list.map((each, n) => [`${name} (${n + 1})`, each] as const),
);

describe('another seller’s thing is not there', () => {
  it.each(table)('%s', async (_, { ask, refusal, goesThrough }) => {
    const [owner, stranger] = [await makeOwner(), await makeSeller({ uses: 5 })];
    const [before, strangersBefore] = [await everythingOf(owner), await everythingOf({ ...owner, seller: stranger })];

    const refused = await ask(owner, stranger.token);
    const nobodys = await ask(owner, 'x'.repeat(40));

    expect(refused.status).toBe(refusal);
    expect(refused.body).not.toHaveProperty('id');
    expect(nobodys.status).toBe(401);
    expect(await everythingOf(owner)).toEqual(before);
    expect(await everythingOf({ ...owner, seller: stranger })).toEqual(strangersBefore);
    expect((await ask(owner, owner.seller.token)).status).toBe(goesThrough);
  });

  it('and neither is what belonged to an account that is gone', async () => {
    const owner = await makeOwner();
    await call(world, 'DELETE', '/api/auth/me', { token: owner.seller.token });

    for (const [, { ask }] of table) expect((await ask(owner, owner.seller.token)).body.code).toBe('token_revoked');
  });
});

describe('a list', () => {
  it.each(['/api/tasks', '/api/membership/orders', '/api/quota/entries'])(
    'shows nobody else’s rows, whatever its cursor names: %s',
    async (path) => {
      const [owner, stranger] = [await makeOwner(), await makeSeller()];
      const cursors = ['', `?cursor=${owner.failed}zz`, `?cursor=${owner.orderId}zz`, '?cursor=999999', '?cursor=zzzz'];

      for (const cursor of cursors) {
        const { status, body } = await call(world, 'GET', path + cursor, { token: stranger.token });

        expect(status === 400 || (status === 200 && (body.items as unknown[]).length === 0)).toBe(true);
      }
      expect((await call(world, 'GET', path, { token: owner.seller.token })).body.items).not.toEqual([]);
    },
  );
});

describe('an idempotency key', () => {
  it('of another seller is a key like any other', async () => {
    const [one, two] = [await makeOwner(), await makeOwner()];
    const wish = (owned: Owned) => ({ token: owned.seller.token, body: clean(owned), key: 'the-same-key-of-both' });

    const [first, second] = [
      await call(world, 'POST', '/api/tasks', wish(one)),
      await call(world, 'POST', '/api/tasks', wish(two)),
    ];

    expect(second.status).toBe(202);
    expect(second.body.id).not.toBe(first.body.id);
    expect((await getTask(two.seller.id, String(second.body.id))).mediaId).toBe(two.mediaId);
  });
});

describe('what is signed is good for what was signed', () => {
  const here = (url: unknown): URL => new URL(String(url), world.origin);
  const statusOf = async (url: URL): Promise<number> => (await fetch(url)).status;
  const keyOf = async (mediaId: string): Promise<string> =>
    (await Media.findByPk(mediaId, { rejectOnEmpty: true })).storageKey;

  it('a link shows one picture, for its hour', async () => {
    const [owner, stranger] = [await makeOwner(), await makeOwner()];
    const { body } = await call(world, 'GET', `/api/tasks/${stranger.queued}`, { token: stranger.seller.token });
    const mine = here((body.input as { url: string }).url);
    const theirs = new URL(mine);
    theirs.pathname = `/api/media/files/${await keyOf(owner.mediaId)}`;
    const longer = new URL(mine);
    longer.searchParams.set('e', String(Number(mine.searchParams.get('e')) + 3_600));
    const bare = new URL(theirs.pathname, world.origin);

    expect(await statusOf(mine)).toBe(200);
    expect([await statusOf(theirs), await statusOf(longer), await statusOf(bare)]).toEqual([403, 403, 403]);
  });

  it('a ticket writes one picture', async () => {
    const [owner, stranger] = [await makeOwner(), await makeSeller()];
    const body = { contentType: 'image/jpeg', byteLength: photo.length };
    const ticket = await call(world, 'POST', '/api/media/uploads', { token: stranger.token, body });
    const upload = ticket.body.upload as { url: string; fields: Record<string, string>; fileField: string };
    const key = await keyOf(owner.mediaId);
    const url = here(upload.url).href;
    const forged = new URL(url);
    forged.searchParams.set('key', key);
    const send = (change: object) =>
      sendFile(world, { upload: { ...upload, url, ...change } }, Buffer.from('not theirs'));

    const inFields = await send({ fields: { ...upload.fields, key } });
    const inAddress = await send({ url: forged.href });
    const inBoth = await send({ url: forged.href, fields: { ...upload.fields, key } });

    expect([inFields.status, inAddress.status, inBoth.status]).toEqual([403, 403, 403]);
    expect(await storage.current.read(key, 9_000_000)).toEqual(photo);
  });

  it('a webhook’s address is good for its task and its attempt', async () => {
    const [owner, stranger] = [await makeOwner(), await makeOwner()];
    const mine = new URL(webhookUrlFor(stranger.queued, 1)).pathname;
    const before = await everythingOf(owner);
    const report = (path: string) => call(world, 'POST', path, { body: { taskId: '1234567890' } });

    expect((await report(mine)).status).toBe(200);
    expect((await report(mine.replace(stranger.queued, owner.queued))).status).toBe(401);
    expect((await report(mine.replace('.1.', '.2.'))).status).toBe(401);
    expect(await everythingOf(owner)).toEqual(before);
  });

  it('the way back from Alipay tells nothing about an order', async () => {
    const owner = await makeOwner();
    const look = async (id: string): Promise<string> => {
      const url = `${world.origin}/api/payments/alipay/return?out_trade_no=${id}`;
      return (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '';
    };

    const nobodys = await look('ord_nobodys');
    expect(nobodys).toContain('ord_nobodys');
    expect(await look(owner.orderId)).toBe(nobodys.replace('ord_nobodys', owner.orderId));
  });
});

describe('the admin site', () => {
  const admins = operations.filter((operation) => isAdmins(operation) && !operation.isPublic);

  /** From an address of its own each time: what refuses here is the lock, not the brake before it. */
  const ask = (method: string, path: string, { token, cookie }: { token?: string; cookie?: string }) => {
    const headers = { 'x-forwarded-for': `10.1.${(serial += 1)}.1`, ...(cookie && { cookie: `suyi_admin=${cookie}` }) };
    return call(world, method.toUpperCase(), path, { token, headers });
  };

  it('is closed to a seller, at every route, and does nothing of what it was asked', async () => {
    const owner = await makeOwner();
    const before = await everythingOf(owner);
    const { token } = owner.seller;
    const nobodys = '0'.repeat(64);
    const letIn: string[] = [];

    for (const operation of admins) {
      const { method, path } = operation;
      const id = path.includes('order') ? owner.orderId : path.includes('task') ? owner.queued : owner.seller.id;
      for (const door of [{ token }, { cookie: token }, { cookie: nobodys }, { token: nobodys }, {}]) {
        const { status, body } = await ask(method, path.replace(/:\w+/g, id), door);
        if (status !== 401 || JSON.stringify(body).includes(owner.seller.id)) letIn.push(nameOf(operation));
      }
    }

    expect(admins.length).toBeGreaterThan(20);
    expect(letIn).toEqual([]);
    expect(await everythingOf(owner)).toEqual(before);
    expect(await select('SELECT id FROM admin_audit', {})).toEqual([]);
    expect(await select('SELECT type FROM task_pauses', {})).toEqual([]);
  });
});
