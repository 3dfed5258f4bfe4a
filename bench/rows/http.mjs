import { startAgent } from '../lib/agents.mjs';
import { addSellers, makeDatabase, mediaId, randomKey } from '../lib/database.mjs';
import { expectOnly, load, requestBytes } from '../lib/load.mjs';
import { middle, middleRatio, takeTurns, turnMs } from '../lib/rounds.mjs';

const sellers = 1_000;
const connections = 32;

/** One turn: requests for `ms`, all answered with `status`, and what each cost the server's process. */
export async function turnOf(agent, { port, next, ms, status, who }) {
  const before = await agent.cpu();
  const done = await load({ port, next, connections, ms });
  const after = await agent.cpu();
  expectOnly(status, done, who);
  const cpuUs = (after.user + after.system - before.user - before.system) / done.count;
  return { perSecond: done.perSecond, cpuUs };
}

/** The tokens of all sellers, at one server. */
export const tokensOf = (agent) => agent.tokens(Array.from({ length: sellers }, (_, n) => n));

const rowOf = ({ what, peer, ours, theirs, bar }) => ({
  what,
  peer,
  ours: `${Math.round(middle(ours, (turn) => turn.perSecond))}/s`,
  theirs: `${Math.round(middle(theirs, (turn) => turn.perSecond))}/s`,
  ratio: middleRatio(ours, theirs, (turn) => turn.perSecond),
  bar,
  note: `CPU ${Math.round(middle(ours, (turn) => turn.cpuUs))} against ${Math.round(middle(theirs, (turn) => turn.cpuUs))} µs`,
});

/** Creating tasks over HTTP, against Express 5 and Knex that do the same. Each has a database of its own on one server. */
export async function httpRows({ serverUrl, dataDir, isQuick }) {
  const contestants = {};
  for (const name of ['ours', 'express-knex']) {
    const url = await makeDatabase(serverUrl, `bench_http_${name === 'ours' ? 'ours' : 'peer'}`);
    if (name !== 'ours') {
      // The tables are ours: a start of the product makes them.
      const maker = await startAgent('ours', { DATABASE_URL: url, DATA_DIR: `${dataDir}-peer` });
      await maker.stop();
    }
    const agent = await startAgent(name, { DATABASE_URL: url, DATA_DIR: dataDir });
    await addSellers(url, sellers);
    const [port, tokens] = [await agent.listen(), await tokensOf(agent)];
    const next = () => {
      const n = Math.floor(Math.random() * sellers);
      const body = JSON.stringify({
        type: 'basic_clean',
        mediaId: mediaId(n),
        params: { preset: 'main', hasShadow: false },
      });
      const headers = { authorization: `Bearer ${tokens[n]}`, 'idempotency-key': randomKey() };
      return requestBytes({ method: 'POST', path: '/api/tasks', headers, body });
    };
    contestants[name] = {
      agent,
      turn: (round) =>
        turnOf(agent, { port, next, ms: turnMs(round, isQuick ? 1_000 : 2_500), status: 202, who: name }),
    };
  }

  const turns = await takeTurns(
    { ours: contestants.ours.turn, theirs: contestants['express-knex'].turn },
    { rounds: isQuick ? 3 : 7 },
  );
  for (const { agent } of Object.values(contestants)) await agent.stop();
  const what = 'create a task over HTTP, 1,000 sellers';
  return [
    rowOf({ what, peer: 'Express 5 + Knex, same work', ours: turns.ours, theirs: turns.theirs, bar: { atLeast: 1 } }),
  ];
}

/** A signed-in route that does nothing else, against the same on Express and on bare Koa. They share a database: it is only read. */
export async function routeRows({ serverUrl, dataDir, isQuick }) {
  const url = await makeDatabase(serverUrl, 'bench_route');
  const ours = await startAgent('ours', { DATABASE_URL: url, DATA_DIR: dataDir });
  await addSellers(url, sellers);
  const peers = {
    ours,
    express: await startAgent('express-knex', { DATABASE_URL: url }),
    koa: await startAgent('bare-koa', { DATABASE_URL: url }),
  };

  const contestants = {};
  for (const [name, agent] of Object.entries(peers)) {
    const [port, tokens] = [await agent.listen(), await tokensOf(agent)];
    const requests = tokens.map((token) =>
      requestBytes({ method: 'GET', path: '/api/bench/probe?limit=10', headers: { authorization: `Bearer ${token}` } }),
    );
    const next = () => requests[Math.floor(Math.random() * sellers)];
    const turn = (round) => ({ port, ms: turnMs(round, isQuick ? 800 : 2_000), status: 200, who: name });
    contestants[name] = (round) => turnOf(agent, { ...turn(round), next });
    if (name !== 'koa') continue;
    const nothing = requestBytes({ method: 'GET', path: '/static', headers: {} });
    contestants.still = (round) => turnOf(agent, { ...turn(round), next: () => nothing });
  }

  const turns = await takeTurns(contestants, { rounds: isQuick ? 3 : 9 });
  for (const agent of Object.values(peers)) await agent.stop();
  const what = 'a signed-in route';
  return [
    rowOf({
      what,
      peer: 'the same on Express 5 + Knex',
      ours: turns.ours,
      theirs: turns.express,
      bar: { atLeast: 1.5 },
    }),
    rowOf({ what, peer: 'the same on bare Koa + mysql2', ours: turns.ours, theirs: turns.koa, bar: { atLeast: 0.4 } }),
    rowOf({ what, peer: 'bare Koa, a constant, nothing asked', ours: turns.ours, theirs: turns.still }),
  ];
}
