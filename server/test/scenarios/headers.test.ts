import { once } from 'node:events';
import { connect } from 'node:net';
import { operations } from '../../src/app';
import type { Operation } from '../../src/http/operations';
import { drawGarmentPhoto } from '../draw';
import { makeMedia, makeSeller } from '../make';
import { call } from '../request';
import { useWorld } from '../world';

// A proxy in front: each request comes from an address of its own, so that no brake answers instead of what is looked at.
const world = useWorld({ ROLES: 'web', TRUST_PROXY: '1' });

let serial = 0;
const freshAddress = (): string => `10.${(serial += 1) >> 8}.${serial & 255}.1`;

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(new URL(path, world.origin), {
    redirect: 'manual',
    headers: { 'x-forwarded-for': freshAddress(), ...headers },
  });

/** A page, an answer, a refusal and a picture of each kind that this server sends. */
async function oneOfEach(): Promise<Record<string, Response>> {
  const seller = await makeSeller({ uses: 2 });
  const mediaId = await makeMedia(seller, await drawGarmentPhoto({ width: 480, height: 640 }));
  const body = { type: 'basic_clean', mediaId, params: {} };
  const task = await call(world, 'POST', '/api/tasks', { token: seller.token, body });
  const { url } = task.body.input as { url: string };
  const authorization = `Bearer ${seller.token}`;
  return {
    answer: await get('/api/tasks', { authorization }),
    refusal: await get('/api/tasks'),
    nothing: await get('/api/nothing'),
    picture: await get(url),
    'picture refused': await get(url.replace(/s=\w{8}/, 's=00000000')),
    h5: await get('/'),
    'no page': await get('/wp-admin.php'),
    'admin log-in': await get('/admin/login', { accept: 'text/html' }),
    'admin refused': await get('/admin/users', { accept: 'text/html' }),
    'admin api': await get('/api/admin/users'),
    description: await get('/openapi.json'),
    health: await get('/health'),
  };
}

describe('every answer', () => {
  it('tells browsers to guess nothing, frame nothing, and come by TLS', async () => {
    for (const [name, { headers }] of Object.entries(await oneOfEach())) {
      const said = { name, ...Object.fromEntries(headers) };
      expect(said).toMatchObject({
        'x-content-type-options': 'nosniff',
        'strict-transport-security': expect.stringMatching(/^max-age=31536000/) as string,
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'") as string,
        'referrer-policy': expect.stringMatching(/^(no-referrer|same-origin)$/) as string,
        'x-request-id': expect.any(String) as string,
      });
      expect(said).not.toHaveProperty('x-powered-by');
      expect(said).not.toHaveProperty('server');
    }
  });

  it('shows the admin site’s pages to their own scripts alone, and keeps none', async () => {
    const { 'admin log-in': login, 'admin api': api } = await oneOfEach();

    for (const answer of [login, api]) {
      const policy = answer?.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/unsafe-(inline|eval)/);
      expect(answer?.headers.get('cache-control')).toBe('no-store');
      expect(answer?.headers.get('x-robots-tag')).toContain('noindex');
    }
  });

  it('is kept by nobody else when it is a seller’s picture', async () => {
    const { picture } = await oneOfEach();

    expect(picture?.status).toBe(200);
    expect(picture?.headers.get('content-type')).toBe('image/jpeg');
    expect(picture?.headers.get('cache-control')).toMatch(/^private/);
  });
});

describe('another site', () => {
  it('may read nothing, from any path', async () => {
    const paths = operations.map(({ path }) => path.replace(/[:*]\w+|\{\*key\}/g, 'x'));
    const found: string[] = [];

    for (const path of new Set([...paths, '/', '/openapi.json'])) {
      const asking = { origin: 'https://evil.example', 'x-forwarded-for': freshAddress() };
      const preflight = {
        ...asking,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      };
      for (const [method, headers] of [
        ['GET', asking],
        ['OPTIONS', preflight],
      ] as const) {
        const answer = await fetch(world.origin + path, { method, headers, redirect: 'manual' });
        await answer.arrayBuffer();
        const allows = [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'));
        // 503 is what /health/ready says of a server whose worker is not running.
        if (allows.length > 0 || answer.status === 500)
          found.push(`${method} ${path} ${answer.status} ${allows.join()}`);
      }
    }

    expect(found).toEqual([]);
  });
});

describe('a body of five megabytes', () => {
  const long = JSON.stringify({ phone: 'x'.repeat(5_000_000) });
  const posts = operations.filter(({ method }) => method === 'post');
  /** What is verified over the raw bytes, and a form, take bodies too, though none is described. */
  const alsoRead = new Set([
    '/api/payments/wechat/notify',
    '/api/payments/alipay/notify',
    '/api/wechat/push',
    '/api/webhooks/runninghub/:token',
    '/admin/login',
  ]);
  const nameOf = ({ path }: Operation): string => path;

  it.each(posts.map((operation) => [nameOf(operation), operation] as const))(
    'is not taken in by %s',
    async (path, operation) => {
      const { token } = await makeSeller();
      const isRead =
        alsoRead.has(path) || (operation.bodyType !== 'multipart/form-data' && operation.body !== undefined);
      const isAdmins = /^\/(api\/)?admin\//.test(path);

      const { status } = await call(world, 'POST', path.replace(/:\w+/g, 'tsk_0000000000000000000000000'), {
        token: isAdmins && operation.isPublic ? undefined : token,
        body: long,
        headers: {
          'x-forwarded-for': freshAddress(),
          'content-type': path.startsWith('/admin') ? 'application/x-www-form-urlencoded' : 'application/json',
        },
      });

      // Refused before it was read, or because of its length; a route that wants no body never looks.
      if (isAdmins && !operation.isPublic) expect(status).toBe(401);
      else if (isRead) expect(status).toBe(413);
      else expect([204, 401, 403, 404]).toContain(status);
    },
  );

  it.each(['/api/auth/send-code', '/api/payments/wechat/notify', '/api/auth/logout', '/admin/login'])(
    'does not hold up what comes behind it on the same line, though its length was not told: %s',
    async (path) => {
      const type = path.startsWith('/admin') ? 'application/x-www-form-urlencoded' : 'application/json';
      const { hostname, port, host } = new URL(world.origin);
      const socket = connect(Number(port), hostname);
      let heard = '';
      socket.on('data', (chunk) => (heard += chunk.toString()));
      const chunk = `10000\r\n${'x'.repeat(0x1_0000)}\r\n`;

      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`,
      );
      for (let n = 0; n < 80; n += 1) if (!socket.write(chunk)) await once(socket, 'drain');
      socket.write(`0\r\n\r\nGET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      await once(socket, 'close');

      expect(heard).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(heard).toContain('{"status":"ok"}');
    },
  );
});
