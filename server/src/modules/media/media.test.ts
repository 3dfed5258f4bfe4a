import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { drawGarmentPhoto } from '../../../test/draw';
import { makeSeller, type Seller } from '../../../test/make';
import { call, sendFile, upload, type Answer } from '../../../test/request';
import { useWorld } from '../../../test/world';
import { clock, hours, minutes } from '../../lib/clock';
import { inTransaction } from '../../db/transaction';
import { storage } from '../../vendors/storage/port';
import { Media } from './models';
import { eraseMedia, sweepMedia } from './service';

const world = useWorld({ ROLES: 'web' });

let seller: Seller;
beforeEach(async () => {
  seller = await makeSeller();
});

const ticketFor = (contentType = 'image/jpeg', byteLength = 1_000, key?: string): Promise<Answer> =>
  call(world, 'POST', '/api/media/uploads', { token: seller.token, body: { contentType, byteLength }, key });

const complete = (ticket: Answer, token = seller.token): Promise<Answer> =>
  call(world, 'POST', `/api/media/uploads/${String(ticket.body.mediaId)}/complete`, { token });

/** A PNG head that promises so many pixels, with next to none behind it. */
function lyingPng(width: number, height: number): Buffer {
  const chunk = (type: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(body.length);
    head.write(type, 4, 'latin1');
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(crcOf(Buffer.concat([Buffer.from(type, 'latin1'), body])));
    return Buffer.concat([head, body, crc]);
  };
  const size = Buffer.alloc(13);
  size.writeUInt32BE(width);
  size.writeUInt32BE(height, 4);
  size.set([8, 2, 0, 0, 0], 8);
  const magic = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([
    magic,
    chunk('IHDR', size),
    chunk('IDAT', deflateSync(Buffer.alloc(100))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function crcOf(bytes: Buffer): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let n = 0; n < 8; n += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

const plain = (width: number, height: number): sharp.Sharp =>
  sharp({ create: { width, height, channels: 3, background: '#789' } });

describe('a picture', () => {
  it('goes straight into the store and comes back upright by a link that ends', async () => {
    const bytes = await plain(800, 600).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const ticket = await ticketFor();
    expect((await sendFile(world, ticket.body, bytes)).status).toBe(204);

    const done = await complete(ticket);

    expect(done).toMatchObject({
      status: 200,
      body: { status: 'ready', width: 600, height: 800, contentType: 'image/jpeg', byteLength: bytes.length },
    });
    const link = new URL(String(done.body.url), world.origin);
    const seen = await fetch(link);
    expect(seen.headers.get('content-type')).toBe('image/jpeg');
    expect(Buffer.from(await seen.arrayBuffer()).equals(bytes)).toBe(true);

    clock.advance(hours(2));
    expect((await fetch(link)).status).toBe(410);
    link.searchParams.set('e', '99999999999');
    expect((await fetch(link)).status).toBe(403);
  });

  it('is told its type by its bytes, whatever the phone called it', async () => {
    const ticket = await ticketFor('image/jpeg');
    await sendFile(world, ticket.body, await plain(400, 400).webp().toBuffer());

    expect((await complete(ticket)).body).toMatchObject({ status: 'ready', contentType: 'image/webp' });
  });

  it.each([
    ['text', async () => Buffer.from('this is no picture at all'.repeat(40)), 'media_unsupported_type'],
    [
      'an SVG',
      async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
      'media_unsupported_type',
    ],
    ['a GIF', async () => plain(400, 400).gif().toBuffer(), 'media_unsupported_type'],
    ['nothing', async () => Buffer.alloc(0), 'media_empty'],
    ['a picture of 30,000 × 30,000', async () => lyingPng(30_000, 30_000), 'media_too_many_pixels'],
    ['a truncated JPEG', async () => (await drawGarmentPhoto()).subarray(0, 4_000), 'media_unreadable'],
    ['a picture that is too small', async () => plain(200, 200).jpeg().toBuffer(), 'media_too_small'],
    ['a picture that is too long', async () => plain(400, 4_400).jpeg().toBuffer(), 'media_bad_ratio'],
  ] as const)('is refused when it is %s, and leaves nothing behind', async (_, make, code) => {
    const ticket = await ticketFor();
    expect((await sendFile(world, ticket.body, await make())).status).toBe(204);

    const answer = await complete(ticket);

    expect(answer.body.code).toBe(code);
    expect(answer.body.detail).toMatch(/[一-龥]/);
    expect(await storage.current.sizeOf(`input/${seller.id}/${String(ticket.body.mediaId)}`)).toBeNull();
    expect((await complete(ticket)).body.code).toBe('media_not_found');
  });

  it.each([
    ['CMYK', async () => plain(600, 600).toColourspace('cmyk').jpeg().toBuffer()],
    ['16-bit', async () => plain(600, 600).toColourspace('rgb16').png().toBuffer()],
  ])('may be %s', async (_, make) => {
    const ticket = await ticketFor();
    await sendFile(world, ticket.body, await make());

    expect((await complete(ticket)).body).toMatchObject({ status: 'ready', width: 600 });
  });

  it('of 31 MB is refused before, and while it comes in', async () => {
    expect(await ticketFor('image/jpeg', 31 * 1024 * 1024)).toMatchObject({
      status: 413,
      body: { code: 'media_too_large' },
    });

    const ticket = await ticketFor();
    const answer = await sendFile(world, ticket.body, Buffer.alloc(31 * 1024 * 1024, 1)).catch(() => null);

    expect(answer === null || answer.body.code === 'media_too_large').toBe(true);
    expect((await complete(ticket)).body.code).toBe('media_missing');
  });

  it.each([
    ['image/heic', 'media_heic_unsupported'],
    ['image/gif', 'media_unsupported_type'],
    ['application/pdf', 'media_unsupported_type'],
  ])('is refused at sight when the phone calls it %s', async (contentType, code) => {
    expect((await ticketFor(contentType)).body.code).toBe(code);
  });
});

describe('a ticket', () => {
  it('is the same one for the same key', async () => {
    const [first, again] = [
      await ticketFor('image/jpeg', 5, 'ticket-key-1'),
      await ticketFor('image/jpeg', 5, 'ticket-key-1'),
    ];

    expect(again.body.mediaId).toBe(first.body.mediaId);
    expect((await ticketFor('image/png', 5, 'ticket-key-1')).body.code).toBe('idempotency_key_reused');
  });

  it('puts one object under one key and no other, until its time is over', async () => {
    const bytes = await plain(400, 400).jpeg().toBuffer();
    const ticket = (await ticketFor()).body as { upload: { fields: Record<string, string> } };
    const forged = structuredClone(ticket);
    forged.upload.fields.key = `input/${seller.id}/med_somebody_elses`;

    expect((await sendFile(world, forged, bytes)).body.code).toBe('upload_refused');
    clock.advance(minutes(16));
    expect((await sendFile(world, ticket, bytes)).body.code).toBe('upload_expired');
  });

  it('is asked for before a byte is taken in', async () => {
    const body = Buffer.alloc(5 * 1024 * 1024, 1);

    const answer = await sendFile(
      world,
      { upload: { url: '/api/media/files', fields: {}, fileField: 'file' } },
      body,
    ).catch(() => null);

    expect(answer === null || answer.body.code === 'upload_refused').toBe(true);
    expect(await readdir(join(world.database.folder, 'files', 'incoming'))).toEqual([]);
  });

  it('of an account that was deleted while we looked brings nothing back', async () => {
    const ticket = await ticketFor();
    await sendFile(world, ticket.body, await drawGarmentPhoto());

    const [answer] = await Promise.all([complete(ticket), inTransaction((tx) => eraseMedia(seller.id, tx))]);

    expect((await Media.findByPk(String(ticket.body.mediaId)))?.status).toBe('erased');
    expect(['media_not_found', undefined]).toContain(answer.body.code);
    await sweepMedia(100);
    expect(await storage.current.sizeOf(`input/${seller.id}/${String(ticket.body.mediaId)}`)).toBeNull();
  });

  it('is one ticket for ten requests with one key at once', async () => {
    const tickets = await Promise.all(Array.from({ length: 10 }, () => ticketFor('image/jpeg', 5, 'ten-at-once')));

    expect(new Set(tickets.map((ticket) => ticket.body.mediaId)).size).toBe(1);
  });

  it('cannot be completed before the picture came, nor by another seller', async () => {
    const ticket = await ticketFor();
    const other = await makeSeller();

    expect((await complete(ticket)).body.code).toBe('media_missing');
    expect((await complete(ticket, other.token)).body.code).toBe('media_not_found');
  });

  it('that was never used is forgotten after a day, with whatever lay there', async () => {
    const ticket = await ticketFor();
    await sendFile(world, ticket.body, await plain(400, 400).jpeg().toBuffer());
    const mediaId = await upload(world, seller.token, await plain(400, 400).jpeg().toBuffer());

    clock.advance(hours(30));
    await sweepMedia(100);

    expect(await Media.findByPk(String(ticket.body.mediaId))).toBeNull();
    expect(await storage.current.sizeOf(`input/${seller.id}/${String(ticket.body.mediaId)}`)).toBeNull();
    expect(await Media.findByPk(mediaId)).not.toBeNull();
  });
});
