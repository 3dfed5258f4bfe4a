import { setTimeout as sleep } from 'node:timers/promises';
import { makeTestDatabase, type TestDatabase } from '../database';
import { drawGarmentPhoto } from '../draw';
import { freePort } from '../free-port';
import { call, sendFile } from '../request';
import { startServer, type ServerProcess } from '../server-process';
import type { World } from '../world';

type Line = { msg: string; requestId?: string; taskId?: string; vendor?: string; outcome?: string };

let files: TestDatabase;
let server: ServerProcess;

beforeAll(async () => {
  files = await makeTestDatabase();
  server = await startServer({
    PORT: String(await freePort()),
    DATABASE_URL: files.url,
    DATA_DIR: files.folder,
    LOG_LEVEL: 'debug',
    IMAGING_PROCESSES: '1',
  });
}, 60_000);

afterAll(async () => {
  await server.stop();
  await files.remove();
}, 60_000);

const lines = (): Line[] =>
  server
    .output()
    .split('\n')
    .filter((text) => text.startsWith('{'))
    .map((text) => JSON.parse(text) as Line);

it('leads from a phone’s request to the vendor that was asked for it, and to all that became of its task', async () => {
  const reach = { origin: server.origin } as World;
  const ask = (
    method: string,
    path: string,
    requestId: string,
    more: { token?: string; body?: unknown; key?: string },
  ) => call(reach, method, path, { ...more, headers: { 'x-request-id': requestId } });
  const wxCode = 'a-secret-code.1';
  const session = await ask('POST', '/api/auth/wechat', 'phone-login-1', { body: { wxCode } });
  const token = String(session.body.token);
  const ordered = await ask('POST', '/api/membership/orders', 'phone-order-1', {
    token,
    body: { planId: 'monthly', channel: 'wechat_jsapi' },
  });
  const { id } = ordered.body.order as { id: string };
  await fetch(`${server.origin}/sandbox/orders/${id}/pay`, { method: 'POST', headers: { accept: 'application/json' } });
  await ask('POST', `/api/membership/orders/${id}/confirm`, 'phone-confirm-1', { token });
  const photo = await drawGarmentPhoto({ width: 480, height: 640 });
  const ticket = await call(reach, 'POST', '/api/media/uploads', {
    token,
    body: { contentType: 'image/jpeg', byteLength: photo.length },
  });
  await sendFile(reach, ticket.body, photo);
  const mediaId = String(ticket.body.mediaId);
  await call(reach, 'POST', `/api/media/uploads/${mediaId}/complete`, { token });

  const task = await ask('POST', '/api/tasks', 'phone-task-1', {
    token,
    body: { type: 'basic_clean', mediaId, params: { preset: 'taobao_white' } },
    key: 'the-task-1',
  });
  const taskId = String(task.body.id);
  for (let n = 0; n < 300 && !lines().some(({ msg }) => msg === 'task ended'); n += 1) await sleep(100);

  const of = (requestId: string) => lines().filter((line) => line.requestId === requestId);
  expect(of('phone-login-1')).toEqual([
    expect.objectContaining({ msg: 'vendor call', vendor: 'wechat', outcome: 'answered' }),
    expect.objectContaining({ msg: 'request' }),
  ]);
  expect(of('phone-order-1')).toContainEqual(expect.objectContaining({ msg: 'vendor call', vendor: 'wechat-pay' }));
  expect(of('phone-task-1')).toContainEqual(expect.objectContaining({ msg: 'task ordered', taskId }));
  expect(lines()).toContainEqual(
    expect.objectContaining({ msg: 'task ended', taskId, outcome: 'succeeded', reason: null }),
  );
  expect(session.headers.get('x-request-id')).toBe('phone-login-1');
  expect(server.output()).not.toContain(wxCode);
  expect(server.output()).not.toContain(token);
}, 90_000);
