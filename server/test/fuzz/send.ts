import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import { fillIn, type Cast } from './cast';
import type { Case } from './cases';

export type Reply = { status: number; headers: IncomingHttpHeaders; text: string; ms: number; sent: string };

const agent = new Agent({ keepAlive: true, maxSockets: 4 });
export const closeConnections = (): void => agent.destroy();

/** Sends it exactly as it stands: `fetch` would tidy the path and the headers up. Rejects when no answer came. */
export function send(origin: string, one: Case, cast: Cast): Promise<Reply> {
  const { hostname, port } = new URL(origin);
  const path = fillIn(`${one.path}${one.query === '' ? '' : `?${one.query}`}`, cast);
  const body = one.body === null ? null : Buffer.from(fillIn(one.body, cast));
  const token = cast.tokens[one.who];
  const headers = {
    ...(token !== null && { authorization: `Bearer ${token}` }),
    ...Object.fromEntries(Object.entries(one.headers).map(([name, value]) => [name, fillIn(value, cast)])),
    ...(body !== null && { 'content-length': String(body.length) }),
  };
  const startedAt = performance.now();

  return new Promise((resolve, reject) => {
    const outgoing = request({ agent, hostname, port, path, method: one.method, headers, timeout: 20_000 });
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in 20 s')));
    outgoing.on('error', reject);
    outgoing.on('response', (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => {
        const ms = performance.now() - startedAt;
        const text = Buffer.concat(parts).toString('utf8');
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, ms, sent: `${one.method} ${path}` });
      });
    });
    outgoing.end(body ?? undefined);
  });
}
