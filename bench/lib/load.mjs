import { connect } from 'node:net';

/**
 * Sends requests over `connections` kept-alive connections, one at a time each, for `ms` milliseconds, and counts the answers by
 * status. `next()` gives the bytes of the next request. Nothing of HTTP is parsed but the status, the head's end and the
 * length: a client that costs more than the server would measure itself.
 */
export async function load({ port, next, connections, ms }) {
  const statuses = new Map();
  const latencies = [];
  const startedAt = performance.now();
  const until = startedAt + ms;

  const side = () =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      let pending = '';
      let sentAt = 0;
      const send = () => {
        if (performance.now() >= until) {
          socket.end();
          resolve();
          return;
        }
        sentAt = performance.now();
        socket.write(next());
      };
      socket.on('connect', send);
      socket.on('error', reject);
      socket.on('data', (bytes) => {
        pending += bytes.latin1Slice(0, bytes.length);
        const head = pending.indexOf('\r\n\r\n');
        if (head < 0) return;
        const length = Number(/\r\ncontent-length: (\d+)/i.exec(pending.slice(0, head))?.[1] ?? 0);
        if (pending.length < head + 4 + length) return;
        const status = pending.slice(9, 12);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        latencies.push(performance.now() - sentAt);
        pending = '';
        send();
      });
    });

  await Promise.all(Array.from({ length: connections }, side));
  const took = performance.now() - startedAt;
  return {
    statuses: Object.fromEntries(statuses),
    count: latencies.length,
    perSecond: (latencies.length / took) * 1_000,
  };
}

/** The bytes of one request. */
export function requestBytes({ method, path, headers, body = '' }) {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body ? ['content-type: application/json', `content-length: ${Buffer.byteLength(body)}`] : []),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** All answers had this status, or the row means nothing. */
export function expectOnly(status, { statuses }, who) {
  const others = Object.keys(statuses).filter((each) => each !== String(status));
  if (others.length > 0) throw new Error(`${who} answered ${JSON.stringify(statuses)} where only ${status} is right`);
}
