import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AssertionFailed } from '../../lib/assert';
import { clock, days, minutes, seconds } from '../../lib/clock';
import { VendorUnavailable } from '../../lib/errors';
import { createCosSimulator, type CosSimulator } from '../../sandbox/cos/cos';
import { listenOnLoopback, type Listening } from '../../sandbox/listen';
import { readBody } from '../../sandbox/read-body';
import { cosStorage } from './cos';
import { localStorage, type LocalStorage } from './local';
import type { StoragePort, UploadForm } from './port';

type Stand = { store: StoragePort; origin: string; stop(): Promise<void> };

const keys = {
  secretId: 'AKIDexample',
  secretKey: 'a-secret-of-the-bucket',
  bucket: 'suyi-1250000000',
  region: 'ap-guangzhou',
};

async function standLocal(): Promise<Stand & { local: LocalStorage; rootDir: string }> {
  const rootDir = await mkdtemp(join(tmpdir(), 'suyi-'));
  const local = localStorage({ rootDir, publicUrl: '', urlSecret: 'x'.repeat(32) });
  const server = await listenOnLoopback((request, response) => void answerAsRoutes(local, request, response));
  return {
    store: local,
    local,
    rootDir,
    origin: server.origin,
    stop: async () => {
      await server.stop();
      await rm(rootDir, { recursive: true });
    },
  };
}

/** What our own routes do with a local store, in their order. */
async function answerAsRoutes(local: LocalStorage, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (request.method === 'POST') {
    const body = await readBody(request, 10_000_000);
    const headers = { 'content-type': String(request.headers['content-type']) };
    const form = await new Response(new Uint8Array(body ?? []), { headers }).formData();
    const allowed = local.readUploadFields(
      Object.fromEntries([...form].filter(([, value]) => typeof value === 'string')),
    );
    const file = form.get('file');
    if (typeof allowed === 'string' || !(file instanceof Blob)) return void response.writeHead(403).end();
    if (file.size === 0 || file.size > allowed.bytesMax) return void response.writeHead(400).end();

    const received = join(local.incomingDir, 'received');
    await local.check(); // Makes the folder.
    await writeFile(received, Buffer.from(await file.arrayBuffer()));
    await local.store(allowed.key, received);
    return void response.writeHead(204).end();
  }

  const key = url.pathname.replace('/api/media/files/', '');
  if (local.verifyLink(key, Object.fromEntries(url.searchParams)) !== 'ok') return void response.writeHead(403).end();
  const bytes = await local.read(key, 10_000_000);
  if (!bytes) return void response.writeHead(404).end();
  response.writeHead(200, { 'content-type': await local.contentTypeOf(key) }).end(bytes);
}

async function standCos(): Promise<Stand & { simulator: CosSimulator; server: Listening }> {
  const simulator = createCosSimulator(keys);
  const server = await listenOnLoopback(simulator.app.callback());
  const store = cosStorage({ ...keys, endpoint: server.origin, timeoutMs: 1_000 });
  return { store, simulator, server, origin: server.origin, stop: () => server.stop() };
}

const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

/** As `wx.uploadFile` sends it: the fields in their order, the file last. */
async function upload(
  origin: string,
  form: UploadForm,
  bytes: Buffer,
  change: Record<string, string> = {},
): Promise<number> {
  const body = new FormData();
  for (const [name, value] of Object.entries({ ...form.fields, ...change })) body.append(name, value);
  body.append(form.fileField, new Blob([new Uint8Array(bytes)]), 'photo.png');
  return (await fetch(new URL(form.url, origin), { method: 'POST', body })).status;
}

const isGiven = (status: number): boolean => status >= 200 && status <= 299;

afterEach(() => clock.reset());

describe.each<[string, () => Promise<Stand>]>([
  ['a folder', standLocal],
  ['Tencent COS', standCos],
])('storage in %s', (_, begin) => {
  let store: StoragePort;
  let stand: Stand;

  beforeEach(async () => {
    stand = await begin();
    store = stand.store;
  });
  afterEach(() => stand.stop());

  const formFor = (key: string, bytesMax = 1_000) =>
    store.uploadForm({ key, bytesMax, expiresAt: clock.now() + minutes(10) });

  it('keeps what was written, byte for byte, and gives it back', async () => {
    const bytes = randomBytes(300_000);

    await store.write('result/a/1.jpg', bytes, 'image/jpeg');

    expect(await store.sizeOf('result/a/1.jpg')).toBe(300_000);
    expect(bytes.equals((await store.read('result/a/1.jpg', 300_000)) ?? Buffer.alloc(0))).toBe(true);
  });

  it('writes over what lay there: twice in a row, and at once, never a mixture', async () => {
    const [ones, twos] = [Buffer.alloc(50_000, '1'), Buffer.alloc(60_000, '2')];

    await store.write('result/1.png', ones, 'image/png');
    await store.write('result/1.png', ones, 'image/png');
    await Promise.all(
      [1, 2, 3].flatMap(() => [ones, twos].map((bytes) => store.write('result/1.png', bytes, 'image/png'))),
    );

    const left = await store.read('result/1.png', 60_000);
    expect([ones, twos].some((bytes) => left?.equals(bytes))).toBe(true);
  });

  it('has nothing under a key that was never written, and removes it without complaint', async () => {
    expect(await store.sizeOf('result/none.jpg')).toBeNull();
    expect(await store.read('result/none.jpg', 10)).toBeNull();

    await store.remove('result/none.jpg');
  });

  it('removes, twice', async () => {
    await store.write('result/1.png', png, 'image/png');

    await store.remove('result/1.png');
    await store.remove('result/1.png');

    expect(await store.sizeOf('result/1.png')).toBeNull();
  });

  it('keeps an empty object, which is not the same as none', async () => {
    await store.write('result/empty.png', Buffer.alloc(0), 'image/png');

    expect(await store.sizeOf('result/empty.png')).toBe(0);
    expect(await store.read('result/empty.png', 10)).toEqual(Buffer.alloc(0));
  });

  it('reads no more than it was told to expect', async () => {
    await store.write('result/1.png', Buffer.alloc(11), 'image/png');

    expect(await store.read('result/1.png', 11)).toHaveLength(11);
    await expect(store.read('result/1.png', 10)).rejects.toBeInstanceOf(AssertionFailed);
  });

  it.each([
    '',
    '/a',
    'a/',
    'a//b',
    '../a',
    'a/../b',
    'a/./b',
    '.',
    'A.jpg',
    'a b',
    'a%2fb',
    'ä',
    'a\0',
    'a'.repeat(201),
  ])('takes a key like %j for our own mistake', async (key) => {
    await expect(async () => store.write(key, png, 'image/png')).rejects.toBeInstanceOf(AssertionFailed);
    await expect(async () => store.read(key, 10)).rejects.toBeInstanceOf(AssertionFailed);
    expect(() => store.signedUrl(key, 60)).toThrow(AssertionFailed);
    expect(() => formFor(key)).toThrow(AssertionFailed);
  });

  it('says that it is well', async () => {
    await expect(store.check()).resolves.toBeUndefined();
  });

  describe('an upload form', () => {
    it('puts one object under its key, and again over it', async () => {
      const form = formFor('input/med_1.png');

      expect(await upload(stand.origin, form, png)).toBe(204);
      expect(await upload(stand.origin, form, png)).toBe(204);

      expect(await store.read('input/med_1.png', 100)).toEqual(png);
    });

    it('takes as many bytes as it says, and not one more', async () => {
      const form = formFor('input/med_1.png', 1_000);

      expect(isGiven(await upload(stand.origin, form, Buffer.alloc(1_001)))).toBe(false);
      expect(await store.sizeOf('input/med_1.png')).toBeNull();
      expect(isGiven(await upload(stand.origin, form, Buffer.alloc(1_000)))).toBe(true);
    });

    it('takes nothing for nothing', async () => {
      expect(isGiven(await upload(stand.origin, formFor('input/med_1.png'), Buffer.alloc(0)))).toBe(false);
    });

    it('is of no use once its time is up', async () => {
      const form = formFor('input/med_1.png');
      clock.advance(minutes(10));

      expect(isGiven(await upload(stand.origin, form, png))).toBe(false);
    });

    it('is of no use for another key, with another policy, or without a signature', async () => {
      const [mine, other] = [formFor('input/med_1.png'), formFor('input/med_2.png', 9_999)];
      const isSignature = (name: string) => name.endsWith('signature');
      const signature = Object.keys(mine.fields).find(isSignature) ?? '';

      expect(isGiven(await upload(stand.origin, mine, png, { key: 'input/med_2.png' }))).toBe(false);
      expect(isGiven(await upload(stand.origin, mine, png, { policy: other.fields['policy'] ?? '' }))).toBe(false);
      expect(isGiven(await upload(stand.origin, mine, png, { policy: '' }))).toBe(false);
      expect(isGiven(await upload(stand.origin, mine, png, { [signature]: '0'.repeat(64) }))).toBe(false);
      expect(isGiven(await upload(stand.origin, mine, png, { [signature]: '' }))).toBe(false);

      expect(await store.sizeOf('input/med_1.png')).toBeNull();
      expect(await store.sizeOf('input/med_2.png')).toBeNull();
    });
  });

  describe('a signed address', () => {
    const show = async (address: string) => fetch(new URL(address, stand.origin));

    beforeEach(() => store.write('result/1.png', png, 'image/png'));

    it('shows the object to whoever holds it, as a picture', async () => {
      const answer = await show(store.signedUrl('result/1.png', 60));

      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('image/png');
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(png);
    });

    it('shows nothing once its time is up', async () => {
      const address = store.signedUrl('result/1.png', 60);

      clock.advance(seconds(59));
      expect((await show(address)).status).toBe(200);
      clock.advance(seconds(3));
      expect((await show(address)).status).toBe(403);
    });

    it('shows no other object, no longer than it was made for, and nothing without its signature', async () => {
      await store.write('result/2.png', png, 'image/png');
      const address = store.signedUrl('result/1.png', 60);
      const later = address.replace(/\d{10}/g, (moment) => String(Number(moment) + 3_600));

      expect((await show(address.replace('1.png', '2.png'))).status).toBe(403);
      expect(later).not.toBe(address);
      expect((await show(later)).status).toBe(403);
      expect((await show(address.replace(/\?.*/, ''))).status).toBe(403);
      expect((await show(address.replace(/[0-9a-f]{8}$/, '00000000'))).status).toBe(403);
    });

    it('finds nothing where there is nothing', async () => {
      expect((await show(store.signedUrl('result/none.png', 60))).status).toBe(404);
    });
  });
});

describe('storage in a folder, besides', () => {
  let stand: Awaited<ReturnType<typeof standLocal>>;

  beforeEach(async () => {
    stand = await standLocal();
  });
  afterEach(() => stand.stop());

  it('leaves nothing unfinished behind: neither a write, nor one that failed, nor an upload', async () => {
    const { local } = stand;
    await local.write('a/b', png, 'image/png');
    await expect(local.write('a/b/c', png, 'image/png')).rejects.toThrow(); // A file stands where a folder is wanted.
    await upload(stand.origin, local.uploadForm({ key: 'c', bytesMax: 100, expiresAt: clock.now() + minutes(1) }), png);

    expect(await readdir(local.incomingDir)).toEqual([]);
  });

  it('sweeps what a crash left a day ago, and nothing younger', async () => {
    const { local } = stand;
    await local.check();
    await writeFile(join(local.incomingDir, 'left-by-a-crash'), png);

    expect(await local.sweep()).toBe(0);
    clock.advance(days(1) + minutes(1));
    expect(await local.sweep()).toBe(1);
  });

  it('serves what is no picture as a heap of bytes, whatever it was called', async () => {
    await stand.local.write('input/page.png', Buffer.from('<script>alert(1)</script>'), 'text/html');

    expect(await stand.local.contentTypeOf('input/page.png')).toBe('application/octet-stream');
    expect(await stand.local.contentTypeOf('input/none.png')).toBe('application/octet-stream');
  });

  it('tells an expired form and address from a false one', () => {
    const { local } = stand;
    const { fields } = local.uploadForm({ key: 'a', bytesMax: 1, expiresAt: clock.now() + minutes(1) });
    const query = Object.fromEntries(new URLSearchParams(local.signedUrl('a', 60).split('?')[1]));

    expect(local.readUploadFields(fields)).toEqual({ key: 'a', bytesMax: 1 });
    expect([local.verifyLink('a', query), local.verifyLink('b', query), local.verifyLink('../a', query)]).toEqual([
      'ok',
      'refused',
      'refused',
    ]);
    expect(local.verifyLink('a', { ...query, e: ['1', '2'] })).toBe('refused');
    clock.advance(minutes(2));
    expect([local.readUploadFields(fields), local.verifyLink('a', query)]).toEqual(['expired', 'expired']);
    expect([local.readUploadFields({}), local.readUploadFields(null)]).toEqual(['refused', 'refused']);
  });

  it('is not well when its folder cannot be written', async () => {
    await rm(stand.local.incomingDir, { recursive: true, force: true });
    await writeFile(stand.local.incomingDir, 'a file where the folder was');

    await expect(stand.local.check()).rejects.toThrow();
  });

  it('gives whole addresses when it knows its public one', () => {
    const local = localStorage({
      rootDir: stand.rootDir,
      publicUrl: 'https://suyi.example/',
      urlSecret: 'x'.repeat(32),
    });

    expect(local.signedUrl('a', 60)).toMatch(
      /^https:\/\/suyi\.example\/api\/media\/files\/a\?e=\d{10}&s=[0-9a-f]{64}$/,
    );
    expect(local.uploadForm({ key: 'a', bytesMax: 1, expiresAt: 1 }).url).toMatch(
      /^https:\/\/suyi\.example\/api\/media\/files\?key=a&/,
    );
  });
});

describe('storage in Tencent COS, besides', () => {
  let stand: Awaited<ReturnType<typeof standCos>>;

  beforeEach(async () => {
    stand = await standCos();
  });
  afterEach(() => stand.stop());

  const everything = (store: StoragePort): Promise<unknown>[] => [
    store.write('a.png', png, 'image/png'),
    store.read('a.png', 100),
    store.sizeOf('a.png'),
    store.remove('a.png'),
    store.check(),
  ];

  async function failures(works: Promise<unknown>[]): Promise<number> {
    const results = await Promise.allSettled(works);
    return results.filter((one) => one.status === 'rejected' && one.reason instanceof VendorUnavailable).length;
  }

  it.each([
    ['5xx', { kind: 'status', status: 503 }],
    ['reset', { kind: 'reset' }],
  ] as const)('is unavailable, not empty, while COS gives no usable answer: %s', async (_, fault) => {
    stand.simulator.faults.plan({ path: '/', fault, times: 100 });

    expect(await failures(everything(stand.store))).toBe(5);
  });

  it('gives up in time when COS says nothing, or a byte now and then', async () => {
    const silent = await listenOnLoopback(() => undefined);
    const dripping = await listenOnLoopback((_, response) => {
      response.writeHead(200, { 'content-length': '1000000' });
      const drip = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(drip));
    });

    for (const { origin } of [silent, dripping]) {
      const store = cosStorage({ ...keys, endpoint: origin, timeoutMs: 60 });
      const startedAt = performance.now();
      await expect(store.read('a.png', 2_000_000)).rejects.toBeInstanceOf(VendorUnavailable);
      expect(performance.now() - startedAt).toBeLessThan(1_000);
    }
    await Promise.all([silent.stop(), dripping.stop()]);
  });

  it('has written when the answer to a write was lost once', async () => {
    stand.simulator.faults.plan({ path: '/a.png', fault: { kind: 'lost' }, times: 1 });

    await stand.store.write('a.png', png, 'image/png');

    expect(await stand.store.read('a.png', 100)).toEqual(png);
  });

  it('is refused with another secret, and keeps secret, address and signature out of the error', async () => {
    const stranger = cosStorage({ ...keys, secretKey: 'another-secret', endpoint: stand.origin, timeoutMs: 1_000 });

    expect(await failures(everything(stranger))).toBe(5);
    const error: unknown = await stranger.write('a.png', png, 'image/png').catch((thrown: unknown) => thrown);

    const said = JSON.stringify(error, Object.getOwnPropertyNames(error));
    expect(said).toContain('SignatureDoesNotMatch');
    expect(said).not.toMatch(/another-secret|q-sign|AKID/);
  });

  it('downloads no more than the limit and one byte, and never half an object', async () => {
    await stand.store.write('a.png', randomBytes(1_000_000), 'image/png');
    const lengths: unknown[] = [];
    const relay = await listenOnLoopback((request, response) => {
      response.on('finish', () => lengths.push(response.getHeader('content-length')));
      void stand.simulator.app.callback()(request, response);
    });
    const relayed = cosStorage({ ...keys, endpoint: relay.origin, timeoutMs: 1_000 });

    await expect(relayed.read('a.png', 10)).rejects.toBeInstanceOf(AssertionFailed);
    expect(lengths).toEqual([11]);

    stand.simulator.faults.plan({ path: '/a.png', fault: { kind: 'cut', afterBytes: 500_000 }, times: 2 });
    await expect(relayed.read('a.png', 1_000_000)).rejects.toBeInstanceOf(VendorUnavailable);
    expect(await relayed.read('a.png', 1_000_000)).toHaveLength(1_000_000);
    await relay.stop();
  });

  it.each(['<html', '<!-- cut off', '<?xml', 'OK', '<Error><Code>Nonsense'])(
    'outlives an answer that is no answer: %s',
    async (body) => {
      stand.simulator.faults.plan({ path: '/', fault: { kind: 'status', status: 404, body }, times: 1 });
      expect(await stand.store.sizeOf('a.png')).toBeNull();

      stand.simulator.faults.plan({ path: '/', fault: { kind: 'status', status: 502, body }, times: 10 });
      expect(await failures(everything(stand.store))).toBe(5);
    },
  );

  it('names real hosts when no endpoint is given', () => {
    const store = cosStorage({ ...keys, timeoutMs: 1_000 });
    const host = 'https://suyi-1250000000.cos.ap-guangzhou.myqcloud.com';

    expect(store.uploadForm({ key: 'a.png', bytesMax: 1, expiresAt: clock.now() }).url).toBe(`${host}/`);
    expect(store.signedUrl('a.png', 60).startsWith(`${host}/a.png?q-sign-algorithm=sha1&`)).toBe(true);
  });

  it('fixes the content type in the form, so that no page can be uploaded', async () => {
    const form = stand.store.uploadForm({ key: 'a.png', bytesMax: 100, expiresAt: clock.now() + minutes(1) });

    expect(await upload(stand.origin, form, png, { 'Content-Type': 'text/html' })).toBe(403);
    expect(await upload(stand.origin, form, png)).toBe(204);
    expect(stand.simulator.objects()).toMatchObject([{ key: 'a.png', contentType: 'image/png', byteLength: 16 }]);
  });
});
