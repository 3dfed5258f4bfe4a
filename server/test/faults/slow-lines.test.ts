import { request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { drawGarmentPhoto } from '../draw';
import { makeSeller } from '../make';
import { call } from '../request';
import { useWorld } from '../world';

// Who speaks slowly on purpose takes a connection for each byte; who has a weak line takes as long as it takes.
const world = useWorld({ ROLES: 'web' });

type Ending = { afterMs: number; heard: string };

/** Sends this, and then one byte a second for as long as the server listens. */
async function dribble(beginning: string): Promise<Ending> {
  const { hostname, port } = new URL(world.origin);
  const startedAt = performance.now();
  const socket = connect(Number(port), hostname);
  let heard = '';
  let isOpen = true;
  socket.on('data', (chunk) => (heard += chunk.toString()));
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve(void (isOpen = false))));

  socket.write(beginning);
  while (isOpen && performance.now() - startedAt < 60_000) {
    socket.write('x');
    await Promise.race([closed, sleep(1_000)]);
  }
  socket.destroy();
  return { afterMs: performance.now() - startedAt, heard };
}

/** The photo as a form, in twenty-four pieces a second apart. Resolves with the status. */
async function uploadSlowly(token: string, photo: Buffer): Promise<number> {
  const body = { contentType: 'image/jpeg', byteLength: photo.length };
  const ticket = await call(world, 'POST', '/api/media/uploads', { token, body });
  const { url, fields, fileField } = ticket.body.upload as {
    url: string;
    fields: Record<string, string>;
    fileField: string;
  };

  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append(fileField, new Blob([new Uint8Array(photo)]), 'photo');
  const whole = new Response(form);
  const bytes = Buffer.from(await whole.arrayBuffer());
  const headers = { 'content-type': whole.headers.get('content-type') ?? '', 'content-length': bytes.length };

  return new Promise((resolve, reject) => {
    const upload = request(new URL(url, world.origin), { method: 'POST', headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    upload.once('error', reject);
    void (async () => {
      const step = Math.ceil(bytes.length / 24);
      for (let at = 0; at < bytes.length; at += step) {
        upload.write(bytes.subarray(at, at + step));
        await sleep(1_000);
      }
      upload.end();
    })();
  });
}

it('a request that never ends is cut off, while a photo over a weak line arrives', async () => {
  const { token } = await makeSeller();
  const photo = await drawGarmentPhoto({ width: 480, height: 640 });
  const host = new URL(world.origin).host;
  const json = `Host: ${host}\r\nContent-Type: application/json\r\nContent-Length: 2000\r\n\r\n{"phone":"`;

  const [headers, body, unread, chunked, uploaded] = await Promise.all([
    dribble(`GET /api/tasks HTTP/1.1\r\nHost: ${host}\r\nX-Slow: `),
    dribble(`POST /api/auth/send-code HTTP/1.1\r\n${json}`),
    dribble(`POST /api/auth/logout HTTP/1.1\r\n${json}`),
    dribble(`POST /api/payments/wechat/notify HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n`),
    uploadSlowly(token, photo),
  ]);

  expect(headers.heard).toMatch(/^HTTP\/1\.1 408 /);
  expect(headers.afterMs).toBeLessThan(16_000);
  for (const { afterMs } of [body, unread, chunked]) {
    expect(afterMs).toBeGreaterThan(15_000);
    expect(afterMs).toBeLessThan(26_000);
  }
  expect(uploaded).toBe(204);
  expect((await call(world, 'GET', '/health')).status).toBe(200);
}, 90_000);
