import { Agent, createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type RoundRobin = { origin: string; healthy(): string[]; stop(): Promise<void> };

/**
 * A load balancer as small as one can be: takes turns among the servers whose /health/ready last said yes, keeps its
 * connections to them, and never sends a request twice: what goes wrong is answered with 502.
 */
export async function startRoundRobin(origins: readonly string[], askEveryMs = 100): Promise<RoundRobin> {
  const ready = new Set<string>();
  const agent = new Agent({ keepAlive: true });
  let turn = 0;

  async function look(): Promise<void> {
    for (const origin of origins) {
      const answer = await fetch(`${origin}/health/ready`, { headers: { connection: 'close' } }).catch(() => null);
      if (answer?.ok) ready.add(origin);
      else ready.delete(origin);
      await answer?.arrayBuffer();
    }
  }

  function pass(input: IncomingMessage, output: ServerResponse): void {
    const open = [...ready];
    const origin = open[(turn += 1) % open.length];
    if (origin === undefined) return void output.writeHead(503).end('no server is ready');

    const onward = request(origin + (input.url ?? '/'), { method: input.method, headers: input.headers, agent });
    onward.on('response', (answer) => {
      const { connection: _ours, ...headers } = answer.headers;
      output.writeHead(answer.statusCode ?? 502, headers);
      answer.pipe(output);
      answer.on('error', () => output.destroy());
    });
    onward.on('error', (error) => (output.headersSent ? output.destroy() : output.writeHead(502).end(error.message)));
    input.pipe(onward);
  }

  await look();
  let isOver = false;
  const looking = (async () => {
    while (!isOver) {
      await new Promise((resolve) => setTimeout(resolve, askEveryMs));
      await look();
    }
  })();
  const server: Server = createServer(pass);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    healthy: () => [...ready],
    stop: async () => {
      isOver = true;
      await looking;
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
