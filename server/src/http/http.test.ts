import { errorCatalogue, errorCodes } from '@suyi/shared-types';
import type Router from '@koa/router';
import { makeSeller } from '../../test/make';
import { call } from '../../test/request';
import { useWorld } from '../../test/world';
import { operations, routers } from '../app';
import { clientIp } from './request-log';

const world = useWorld({ ROLES: 'web' });

describe('the API’s description', () => {
  it('names every route, and no route that is not there', () => {
    const served = routers.flatMap((router: Router) =>
      router.stack.flatMap((layer) =>
        layer.methods
          .filter((method) => method !== 'HEAD')
          .map((method) => `${method} ${String(layer.path).replace(/\/$/, '')}`),
      ),
    );
    const described = operations.map((operation) => `${operation.method.toUpperCase()} ${operation.path}`);

    expect(new Set(served)).toEqual(new Set(described));
  });

  it('is a document of OpenAPI 3.1 whose errors are all of our catalogue', async () => {
    const { status, body } = await call(world, 'GET', '/openapi.json');

    expect(status).toBe(200);
    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(body.paths as object)).toContain('/api/tasks/{id}/cancel');
    expect(JSON.stringify(body)).not.toContain('"$schema"');
  });

  it('documents every code of the catalogue, each with a Chinese sentence', () => {
    const undocumented = new Set([
      'not_found',
      'body_too_large',
      'unsupported_content_type',
      'invalid_json',
      'method_not_allowed',
      'service_unavailable',
      'vendor_unavailable',
      // Said to whoever sends money back: an operator's command.
      'order_not_refundable',
      'refund_under_way',
      'refund_too_much',
    ]);
    const named = new Set<string>(operations.flatMap((operation) => operation.errors));
    const common = new Set(['invalid_request', 'rate_limited', 'internal_error']);

    expect(errorCodes.filter((code) => !named.has(code) && !common.has(code) && !undocumented.has(code))).toEqual([]);
    for (const code of errorCodes) expect(errorCatalogue[code][1]).toMatch(/[一-龥]{4}/);
  });
});

describe('an error', () => {
  it.each([
    ['a route that is not there', 'GET', '/api/nothing', undefined, 404, 'not_found'],
    ['a page that is not there', 'GET', '/wp-admin.php', undefined, 404, 'not_found'],
    ['broken JSON', 'POST', '/api/auth/send-code', '{"phone": ', 400, 'invalid_json'],
    ['JSON that is no object', 'POST', '/api/auth/login', '[1,2]', 400, 'invalid_request'],
    ['a field that is not known', 'POST', '/api/auth/wechat', '{"wxCode":"abc","admin":true}', 400, 'invalid_request'],
    [
      'a body of a megabyte',
      'POST',
      '/api/auth/send-code',
      JSON.stringify({ phone: 'x'.repeat(1_000_000) }),
      413,
      'body_too_large',
    ],
    ['a method that is not there', 'POST', '/health', undefined, 405, 'method_not_allowed'],
    ['no token', 'GET', '/api/tasks', undefined, 401, 'unauthorized'],
  ])('for %s is problem+json in Chinese with the request’s id', async (_, method, path, body, status, code) => {
    const answer = await call(world, method, path, { body, headers: { 'x-request-id': 'my-request-1' } });

    expect(answer).toMatchObject({
      status,
      body: { code, status, title: code, requestId: 'my-request-1', type: `urn:suyi:error:${code}` },
    });
    expect(answer.body.detail).toMatch(/[一-龥]/);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.headers.get('x-request-id')).toBe('my-request-1');
  });

  it('for another kind of body says so', async () => {
    const answer = await call(world, 'POST', '/api/auth/send-code', {
      body: 'phone=1',
      headers: { 'content-type': 'text/plain' },
    });

    expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported_content_type' } });
  });

  it('for an idempotency key of another form names the header', async () => {
    const seller = await makeSeller();

    const answer = await call(world, 'POST', '/api/media/uploads', {
      token: seller.token,
      key: 'a b',
      body: { contentType: 'image/png', byteLength: 3 },
    });

    expect(answer).toMatchObject({ status: 400, body: { fields: [{ path: 'Idempotency-Key' }] } });
  });
});

describe('floods', () => {
  it('are braked a seller at a time, and told when to come back', async () => {
    const [busy, calm] = [await makeSeller(), await makeSeller()];
    const ask = (token: string) =>
      call(world, 'POST', '/api/membership/orders', { token, body: { planId: 'none', channel: 'wechat_jsapi' } });

    const answers = await Promise.all(Array.from({ length: 40 }, () => ask(busy.token)));

    const refused = answers.filter((answer) => answer.status === 429);
    expect(refused).toHaveLength(10);
    expect(refused[0]?.body).toMatchObject({ code: 'rate_limited', retryAfterSeconds: expect.any(Number) as number });
    expect((await ask(calm.token)).body.code).toBe('plan_unknown');
  });
});

describe('the address that counts', () => {
  it.each([
    [0, '1.1.1.1', '9.9.9.9', '9.9.9.9'],
    [1, '6.6.6.6, 1.1.1.1', '9.9.9.9', '1.1.1.1'],
    [2, '6.6.6.6, 1.1.1.1, 2.2.2.2', '9.9.9.9', '1.1.1.1'],
    [2, '1.1.1.1', '9.9.9.9', '1.1.1.1'],
    [1, '', '::ffff:9.9.9.9', '9.9.9.9'],
    [0, '', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    [0, '', '2001:db8::9', '2001:db8:0:0::/64'],
    [1, 'x'.repeat(400), '9.9.9.9', 'x'.repeat(40)],
  ])('with %i hops and "%s" from %s is %s', (hops, header, socket, expected) => {
    expect(clientIp(header, socket, hops)).toBe(expected);
  });
});

describe('health', () => {
  it('is alive and ready, with what was looked at', async () => {
    expect(await call(world, 'GET', '/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await call(world, 'GET', '/health/ready')).toMatchObject({
      status: 200,
      body: {
        status: 'ready',
        checks: {
          database: { isGood: true },
          storage: { isGood: true },
          queue: { isGood: true },
          ledger: { isGood: true },
        },
      },
    });
  });
});
