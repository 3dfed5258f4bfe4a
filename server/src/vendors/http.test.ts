import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { registry } from '../lib/meters';
import { inScope } from '../lib/request-scope';
import { vendorHttp, type VendorHttp } from './http';

let server: Server;
let http: VendorHttp;
let asked: IncomingHttpHeaders[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.headers);
    if (request.url === '/cut') return void response.destroy();
    response.writeHead(Number(request.url?.slice(1))).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  http = vendorHttp('testers', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

beforeEach(() => {
  asked = [];
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const get = (path: string) => http.send({ method: 'GET', path });

it('tells the vendor for which request of a phone it is asked, or for which task', async () => {
  await inScope({ requestId: 'phone-request-1' }, () => get('/200'));
  await inScope({ taskId: 'tsk_1' }, async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await get('/200');
  });
  await get('/200');

  expect(asked.map((headers) => headers['x-request-id'])).toEqual(['phone-request-1', 'tsk_1', undefined]);
});

it('keeps two requests at once apart', async () => {
  await Promise.all(Array.from({ length: 20 }, (_, n) => inScope({ requestId: `request-${n}` }, () => get('/200'))));

  expect(new Set(asked.map((headers) => headers['x-request-id'])).size).toBe(20);
});

it('counts each call by vendor and outcome', async () => {
  registry.resetMetrics();

  await get('/200');
  await get('/302');
  await get('/404');
  await get('/503');
  await expect(get('/cut')).rejects.toThrow('got no usable answer');

  const text = await registry.getSingleMetricAsString('suyi_vendor_call_seconds');
  const counts = [...text.matchAll(/_count\{vendor="testers",outcome="(\w+)"\} (\d+)/g)].map(([, outcome, n]) => [
    outcome,
    n,
  ]);
  expect(Object.fromEntries(counts)).toEqual({ answered: '2', refused: '1', failed: '1', silent: '1' });
});
