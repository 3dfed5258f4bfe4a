import type { LookupAddress } from 'node:dns';
import type { IncomingHttpHeaders } from 'node:http';
import { VendorUnavailable } from '../../lib/errors';
import { listenOnLoopback, type Listening } from '../../sandbox/listen';
import { isPublicAddress, publicLookup } from './addresses';
import { pictureDownloads, type DownloadSettings } from './download';

const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from('pixels')]);
const jpeg = Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.from('pixels')]);
const webp = Buffer.concat([Buffer.from('RIFF'), Buffer.alloc(4), Buffer.from('WEBPVP8 ')]);
const megabyte = 1024 * 1024;

type Scripted = {
  status?: number;
  bytes?: Buffer;
  headers?: Record<string, string>;
  fault?: 'reset' | 'cut' | 'silence';
};

let listening: Listening;
let scripted: Scripted;
let asked: { path: string; headers: IncomingHttpHeaders }[];

beforeEach(async () => {
  scripted = {};
  asked = [];
  listening = await listenOnLoopback((request, response) => {
    asked.push({ path: request.url ?? '', headers: request.headers });
    const { status = 200, bytes = png, headers = {}, fault } = scripted;
    if (fault === 'silence') return;
    if (fault === 'reset') return void request.socket.destroy();
    response.writeHead(status, headers);
    if (fault !== 'cut') return void response.end(bytes);
    response.write(bytes, () => request.socket.destroy());
  });
});
afterEach(() => listening.stop());

const port = (): string => new URL(listening.origin).port;
const download = (url: string, changes: Partial<DownloadSettings> = {}) =>
  pictureDownloads({ hosts: ['127.0.0.1', 'pictures.example'], timeoutMs: 2_000, ...changes })(url);
const resolvesTo = (...addresses: string[]) =>
  publicLookup((_host, found) =>
    found(
      null,
      addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
    ),
  );

it.each([
  ['PNG', png],
  ['JPEG', jpeg],
  ['WebP', webp],
])('brings a %s as it is, and sends no key along', async (_name, bytes) => {
  scripted = { bytes, headers: { 'content-type': 'text/plain' } };

  expect(await download(`${listening.origin}/a/1.png?sign=2`)).toEqual({ refused: false, bytes });
  expect(asked[0]!.path).toBe('/a/1.png?sign=2');
  expect(asked[0]!.headers).not.toHaveProperty('authorization');
});

it.each<[string, (port: string) => string, string]>([
  ['text that is no address', () => 'not an address', 'no_address'],
  ['another scheme', () => 'file:///etc/passwd', 'not_https'],
  ['a scheme of bytes', () => 'data:image/png;base64,iVBORw0KGgo=', 'not_https'],
  ['plain HTTP to a listed name', () => 'http://pictures.example/1.png', 'not_https'],
  ['a host that is not listed', () => 'https://elsewhere.example/1.png', 'not_listed'],
  ['a host below a listed one', () => 'https://a.pictures.example/1.png', 'not_listed'],
  ['a listed name with more behind it', () => 'https://pictures.example.evil.example/1.png', 'not_listed'],
  ['a listed name with a dot at its end', () => 'https://pictures.example./1.png', 'not_listed'],
  ['a listed name as user', () => 'https://pictures.example@elsewhere.example/1.png', 'user_in_address'],
  ['a user at a listed name', () => 'https://user:word@pictures.example/1.png', 'user_in_address'],
  ['a loopback address that is not listed', (at) => `http://127.0.0.2:${at}/1.png`, 'not_listed'],
  ['the other loopback', (at) => `http://[::1]:${at}/1.png`, 'not_listed'],
  ['localhost that is not listed', (at) => `http://localhost:${at}/1.png`, 'not_listed'],
])('does not ask %s', async (_name, url, code) => {
  expect(await download(url(port()))).toEqual({ refused: true, kind: 'host', code });
  expect(asked).toEqual([]);
});

it('does not ask a private address even where it is listed, but a listed loopback', async () => {
  const hosts = ['169.254.169.254', '10.0.0.8', '[fd00::1]', '127.0.0.1'];
  const refused = { refused: true, kind: 'host', code: 'private_address' };

  expect(await download('https://169.254.169.254/latest', { hosts })).toEqual(refused);
  expect(await download('https://10.0.0.8/1.png', { hosts })).toEqual(refused);
  expect(await download('https://[fd00::1]/1.png', { hosts })).toEqual(refused);
  expect(await download(`http://127.1:${port()}/1.png`, { hosts })).toMatchObject({ refused: false });
});

it.each([['127.0.0.1'], ['::1'], ['10.1.2.3'], ['169.254.169.254'], ['fd12::1'], ['::ffff:192.168.0.1']])(
  'does not follow a listed name to %s, whatever port it names',
  async (address) => {
    const answer = await download(`https://pictures.example:${port()}/1.png`, { lookup: resolvesTo(address) });

    expect(answer).toEqual({ refused: true, kind: 'host', code: 'private_address' });
    expect(asked).toEqual([]);
  },
);

it('does not follow a name that leads to both a public and a private address', async () => {
  const lookup = resolvesTo('203.0.113.7', '127.0.0.1');

  expect(await download('https://pictures.example/1.png', { lookup })).toMatchObject({ code: 'private_address' });
});

it('asks localhost where it is listed, and not when the name leads elsewhere', async () => {
  const url = `http://localhost:${port()}/1.png`;
  const hosts = ['LocalHost'];

  expect(await download(url, { hosts })).toMatchObject({ refused: false });
  expect(await download(url, { hosts, lookup: resolvesTo('10.1.2.3') })).toMatchObject({ code: 'private_address' });
  expect(await download(url, { hosts, lookup: resolvesTo('203.0.113.7') })).toMatchObject({ code: 'private_address' });
});

it('hands public addresses on as they are, one or all', async () => {
  const resolve = (all: boolean) =>
    new Promise((done) =>
      resolvesTo('203.0.113.7', '2400:da00::6666')('pictures.example', { all }, (...found) => done(found)),
    );

  expect(await resolve(false)).toEqual([null, '203.0.113.7', 4]);
  expect(await resolve(true)).toEqual([
    null,
    [
      { address: '203.0.113.7', family: 4 },
      { address: '2400:da00::6666', family: 6 },
    ],
  ]);
});

it('takes a name that cannot be looked up for an outage', async () => {
  const fails = publicLookup((_host, found) => found(new Error('ENOTFOUND'), []));
  for (const lookup of [fails, resolvesTo()]) {
    await expect(download('https://pictures.example/1.png', { lookup })).rejects.toBeInstanceOf(VendorUnavailable);
  }
});

it.each([
  ['0.0.0.0', false],
  ['100.100.100.200', false],
  ['172.15.255.255', true],
  ['172.16.0.1', false],
  ['172.31.255.255', false],
  ['172.32.0.1', true],
  ['192.168.1.1', false],
  ['224.0.0.1', false],
  ['255.255.255.255', false],
  ['1.1.1.1', true],
  ['::', false],
  ['fe80::1', false],
  ['febf::1', false],
  ['fec0::1', false],
  ['ff02::1', false],
  ['::ffff:127.0.0.1', false],
  ['::ffff:1.1.1.1', true],
  ['2400:3200::1', true],
  ['no address', false],
])('knows whether %s is public: %s', (address, isPublic) => {
  expect(isPublicAddress(address)).toBe(isPublic);
});

it.each([301, 302, 303, 304, 307, 308])('follows no redirect: %i', async (status) => {
  scripted = { status, headers: { location: `${listening.origin}/2.png` } };

  expect(await download(`${listening.origin}/1.png`)).toEqual({ refused: true, kind: 'host', code: `http_${status}` });
  expect(asked).toHaveLength(1);
});

it.each([400, 401, 403, 404, 410, 416])('takes %i for gone', async (status) => {
  scripted = { status, bytes: Buffer.from('<Error><Code>NoSuchKey</Code></Error>') };

  expect(await download(`${listening.origin}/1.png`)).toEqual({ refused: true, kind: 'gone', code: `http_${status}` });
});

it.each<[string, Scripted]>([
  ['a 500', { status: 500 }],
  ['a 503', { status: 503 }],
  ['too many requests', { status: 429 }],
  ['a reset', { fault: 'reset' }],
  ['a cut', { fault: 'cut', headers: { 'content-length': '1000' } }],
  ['a cut in chunks', { fault: 'cut' }],
  ['silence', { fault: 'silence' }],
])('takes %s for an outage: the picture may still be had', async (_name, fault) => {
  scripted = fault;

  await expect(download(`${listening.origin}/1.png`, { timeoutMs: 300 })).rejects.toBeInstanceOf(VendorUnavailable);
});

it.each([
  ['nothing', Buffer.alloc(0)],
  ['a page', Buffer.from('<html></html>')],
  ['a GIF', Buffer.from('GIF89a......')],
  ['a RIFF that is sound', Buffer.from('RIFF....WAVE')],
  ['half a mark', png.subarray(0, 5)],
])('does not take %s for a picture', async (_name, bytes) => {
  scripted = { bytes, headers: { 'content-type': 'image/png' } };

  expect(await download(`${listening.origin}/1.png`)).toEqual({ refused: true, kind: 'content', code: 'no_picture' });
});

it('takes thirty megabytes and not a byte more, announced or not', async () => {
  const whole = Buffer.concat([png, Buffer.alloc(30 * megabyte - png.length)]);
  const longer = Buffer.concat([whole, Buffer.alloc(1)]);
  const settings = { timeoutMs: 15_000 };
  const outcomes: unknown[] = [];

  for (const [bytes, headers] of [
    [whole, { 'content-length': String(whole.length) }],
    [longer, { 'content-length': String(longer.length) }],
    [longer, { 'transfer-encoding': 'chunked' }],
  ] as const) {
    scripted = { bytes, headers };
    const answer = await download(`${listening.origin}/1.png`, settings);
    outcomes.push(answer.refused ? [answer.kind, answer.code] : answer.bytes.length);
  }

  expect(outcomes).toEqual([30 * megabyte, ['content', 'too_long'], ['content', 'too_long']]);
});
