import { Agent, createServer, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A load balancer as small as one can be: takes turns among the servers that last said at /health/ready that they are, and
 * never sends a request twice. What breaks off is a 502, as behind any other; the phone decides whether to ask again.
 */
export async function startBalancer(port) {
  const agent = new Agent({ keepAlive: true });
  const origins = new Set();
  const ready = new Set();
  let turn = 0;
  let isOver = false;

  async function look() {
    for (const origin of origins) {
      const answer = await fetch(`${origin}/health/ready`, { signal: AbortSignal.timeout(3_000) }).catch(() => null);
      await answer?.arrayBuffer().catch(() => null);
      if (answer?.ok) ready.add(origin);
      else ready.delete(origin);
    }
  }

  function pass(input, output) {
    const open = [...ready];
    const origin = open[(turn += 1) % open.length];
    if (!origin) return void output.writeHead(503).end();

    const onward = request(origin + input.url, { method: input.method, headers: input.headers, agent });
    onward.on('response', (answer) => {
      output.writeHead(answer.statusCode, answer.headers);
      answer.pipe(output);
      answer.on('error', () => output.destroy());
    });
    onward.on('error', () => {
      if (output.headersSent) output.destroy();
      else output.writeHead(502).end();
    });
    input.on('error', () => onward.destroy());
    input.pipe(onward);
  }

  const looking = (async () => {
    for (; !isOver; await sleep(250)) await look();
  })();
  const server = createServer(pass);
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });

  return {
    add: (origin) => void origins.add(origin),
    isReady: (origin) => ready.has(origin),
    async stop() {
      isOver = true;
      await looking;
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
