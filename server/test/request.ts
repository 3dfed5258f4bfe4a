import type { World } from './world';

export type Answer = { status: number; body: Record<string, unknown> & { code?: string }; headers: Headers };

type Options = { token?: string; body?: unknown; key?: string; headers?: Record<string, string> };

/** One request to the running server, as a phone sends it. */
export async function call(world: World, method: string, path: string, options: Options = {}): Promise<Answer> {
  const { token, body, key, headers } = options;
  const response = await fetch(world.origin + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token && { authorization: `Bearer ${token}` }),
      ...(key && { 'idempotency-key': key }),
      ...headers,
    },
    body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return {
    status: response.status,
    body: isJson && text ? (JSON.parse(text) as Answer['body']) : {},
    headers: response.headers,
  };
}

/** Sends a file as `wx.uploadFile` does: the ticket's fields, then the file. */
export async function sendFile(world: World, ticket: Record<string, unknown>, bytes: Buffer): Promise<Answer> {
  const { url, fields, fileField } = ticket.upload as {
    url: string;
    fields: Record<string, string>;
    fileField: string;
  };
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append(fileField, new Blob([new Uint8Array(bytes)]), 'photo');
  const response = await fetch(new URL(url, world.origin), { method: 'POST', body: form });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return {
    status: response.status,
    body: isJson ? (JSON.parse(text) as Answer['body']) : {},
    headers: response.headers,
  };
}

/** Ticket, upload, completion: the id of a picture that is ready. */
export async function upload(world: World, token: string, bytes: Buffer): Promise<string> {
  const ticket = await call(world, 'POST', '/api/media/uploads', {
    token,
    body: { contentType: 'image/jpeg', byteLength: bytes.length },
  });
  expect(ticket.status).toBe(201);
  expect((await sendFile(world, ticket.body, bytes)).status).toBe(204);
  const done = await call(world, 'POST', `/api/media/uploads/${String(ticket.body.mediaId)}/complete`, { token });
  expect(done).toMatchObject({ status: 200, body: { status: 'ready' } });
  return String(ticket.body.mediaId);
}
