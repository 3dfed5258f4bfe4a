import { setTimeout as sleep } from 'node:timers/promises';
import { tsImport } from 'tsx/esm/api';
import { startAgent } from '../lib/agents.mjs';
import { addSellers, makeDatabase, mediaId, sellerId } from '../lib/database.mjs';
import { median, takeTurns } from '../lib/rounds.mjs';

/** A 12-megapixel photo through the real server and worker, against what it is made of; and what its loop felt of ten at once. */
export async function cleanRows({ serverUrl, dataDir, isQuick }) {
  const { drawGarmentPhoto } = await tsImport('../../server/test/draw.ts', import.meta.url);
  const photo = await drawGarmentPhoto({ width: 3_000, height: 4_000 });
  const base64 = photo.toString('base64');

  const url = await makeDatabase(serverUrl, 'bench_clean');
  const settings = { DATABASE_URL: url, DATA_DIR: dataDir, ROLES: 'web,worker' };
  const ours = await startAgent('ours', settings);
  await addSellers(url, 20);
  for (let n = 0; n < 20; n += 1) await ours.store({ key: `input/${sellerId(n)}/${mediaId(n)}`, base64 });
  const floor = await startAgent('image-floor');
  await floor.hold(base64);
  await ours.hold(base64);

  const turns = await takeTurns({ ours: () => ours.clean(), floor: () => floor.floor() }, { rounds: isQuick ? 4 : 9 });
  const engineMs = turns.ours.map(({ ms }) => ms);
  const ratioTo = (pick) => median(turns.ours.map(({ ms }, at) => ms / pick(turns.floor[at])));
  const sumOf = (pick) => median(turns.floor.map(pick));
  const mattingMs = ({ mattingMs: matting, vipsMs }) => matting + vipsMs;
  const inferenceMs = ({ inferenceMs: inference, vipsMs }) => inference + vipsMs;

  const { port, token } = {
    port: await ours.listen(),
    token: await ours.tokens(Array.from({ length: 20 }, (_, n) => n)),
  };
  const loop = await tenAtOnce(ours, { port, token });
  await Promise.all([ours.stop(), floor.stop()]);
  const ms = (value) => `${Math.round(value)} ms`;
  return [
    {
      what: 'basic_clean of a 12-megapixel photo',
      peer: 'its own matting + libvips alone',
      ours: ms(median(engineMs)),
      theirs: ms(sumOf(mattingMs)),
      ratio: ratioTo(mattingMs),
      bar: { atMost: 1.3 },
      note: `matting ${ms(sumOf((turn) => turn.mattingMs))}, libvips ${ms(sumOf((turn) => turn.vipsMs))}`,
    },
    {
      what: 'basic_clean of a 12-megapixel photo',
      peer: 'its network alone + libvips alone',
      ours: ms(median(engineMs)),
      theirs: ms(sumOf(inferenceMs)),
      ratio: ratioTo(inferenceMs),
      note: `network ${ms(sumOf((turn) => turn.inferenceMs))}`,
    },
    {
      what: "the server's event loop while 10 such photos are cleaned: longest pause",
      peer: '50 ms',
      ours: `${loop.maxMs.toFixed(0)} ms`,
      theirs: '50 ms',
      ratio: loop.maxMs / 50,
      bar: { atMost: 1 },
      note: `p99 ${loop.p99Ms.toFixed(1)} ms; processor on the loop ${loop.cpuMs.toFixed(0)} ms a photo`,
    },
  ];
}

/** Ten tasks as phones order them, waited for by the phone; the loop's pauses meanwhile. */
async function tenAtOnce(ours, { port, token }) {
  const ask = async (n, path, options = {}) => {
    const headers = { authorization: `Bearer ${token[n]}`, 'content-type': 'application/json', prefer: 'wait=20' };
    return (await fetch(`http://127.0.0.1:${port}${path}`, { ...options, headers })).json();
  };
  const order = async (n) => {
    const wish = { type: 'basic_clean', mediaId: mediaId(n), params: { preset: 'main', hasShadow: false } };
    let task = await ask(n, '/api/tasks', { method: 'POST', body: JSON.stringify(wish) });
    for (
      ;
      ['queued', 'submitting', 'running', 'saving'].includes(task.status);
      task = await ask(n, `/api/tasks/${task.id}`)
    ) {
      await sleep(250);
    }
    return task.status;
  };
  const round = async (from) => {
    const endings = await Promise.all(Array.from({ length: 10 }, (_, at) => order(from + at)));
    if (endings.some((status) => status !== 'succeeded')) throw new Error(`ten photos ended as ${endings.join(', ')}`);
  };
  await round(0);
  await ours.watchLoop();
  const before = await ours.cpu();
  await round(10);
  const after = await ours.cpu();
  const cpuMs = (after.user + after.system - before.user - before.system) / 10_000;
  return { ...(await ours.loopDelay()), cpuMs };
}
