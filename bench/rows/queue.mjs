import { startAgent } from '../lib/agents.mjs';
import { addSellers, addTasks, makeDatabase, mediaId, onDatabase, sellerId, withoutIndexes } from '../lib/database.mjs';
import { expectOnly, load, requestBytes } from '../lib/load.mjs';
import { median, middle, middleRatio, takeTurns } from '../lib/rounds.mjs';

/*
 * Two databases on one server, small and big, and our own server on each: what a claim and a page cost when the table has a
 * thousand rows and when it has a million.
 */

const sellers = 1_000;
/** Seller 0 has the long history; the rest stand in the queue. */
const historian = 0;
const waitingIn = { small: 1_000, big: 100_000 };
const pageSize = 20;

const someSeller = `CONCAT('usr_bench', LPAD(1 + MOD(n, ${sellers - 1}), 12, '0'))`;
const theirPhoto = `CONCAT('med_bench', LPAD(1 + MOD(n, ${sellers - 1}), 12, '0'))`;
const queued = { status: 'queued', user: someSeller, media: theirPhoto, wakeAt: '1000000 + n' };
const done = { status: 'succeeded' };

async function fill(url, size, { historyCount, total }) {
  await addSellers(url, sellers);
  await withoutIndexes(url, 'tasks', async () => {
    const own = { user: `'${sellerId(historian)}'`, media: `'${mediaId(historian)}'` };
    await addTasks(url, { ...done, ...own, from: 0, count: historyCount });
    await addTasks(url, { ...queued, from: 100_000, count: waitingIn[size] });
    await addTasks(url, { ...queued, type: 'model_pose12', from: 250_000, count: waitingIn[size] });
    const rest = total - historyCount - 2 * waitingIn[size];
    for (let made = 0; made < rest; made += 200_000) {
      const count = Math.min(200_000, rest - made);
      await addTasks(url, { ...done, user: someSeller, media: theirPhoto, from: 400_000 + made, count });
    }
  });
}

/** Back to waiting, as it was before. */
const putBack = (url) =>
  onDatabase(url, (connection) =>
    connection.query(
      `UPDATE tasks SET status = 'queued', lease_token = NULL, vendor_slot = NULL, wake_at = 1000000, attempts = 0
       WHERE status = 'submitting'`,
    ),
  );

async function twoSizes({ serverUrl, dataDir, isQuick }) {
  const total = isQuick ? 300_000 : 1_000_000;
  const sizes = {};
  for (const [size, wish] of [
    ['small', { historyCount: 100, total: 100 + 2 * waitingIn.small }],
    ['big', { historyCount: 21_000, total }],
  ]) {
    const url = await makeDatabase(serverUrl, `bench_${size}`);
    const agent = await startAgent('ours', { DATABASE_URL: url, DATA_DIR: `${dataDir}-${size}` });
    await fill(url, size, wish);
    sizes[size] = { url, agent };
  }
  return { ...sizes, total };
}

const inWords = (count) => count.toLocaleString('en');

export async function queueRows(setting) {
  const { small, big, total } = await twoSizes(setting);
  const rows = [];
  for (const kind of ['tasks', 'poses'])
    rows.push(await claimRow(kind, { small, big, total, isQuick: setting.isQuick }));
  rows.push(await crowdRow(big, setting));
  rows.push(...(await historyRows({ small, big, total, isQuick: setting.isQuick })));
  for (const { agent } of [small, big]) await agent.stop();
  return rows;
}

async function claimRow(kind, { small, big, total, isQuick }) {
  const turn =
    ({ url, agent }) =>
    async () => {
      const { msPerClaim } = await agent.claim({ kind, calls: 40, limit: 5 });
      await putBack(url);
      return msPerClaim;
    };
  const turns = await takeTurns({ small: turn(small), big: turn(big) }, { rounds: isQuick ? 3 : 7 });
  const shown = (values) => `${median(values).toFixed(1)} ms`;
  return {
    what: `a claim of 5 ${kind === 'poses' ? 'sets of poses' : 'tasks'}, ${inWords(waitingIn.big)} waiting among ${inWords(total)}`,
    peer: `ours, ${inWords(waitingIn.small)} waiting`,
    ours: shown(turns.big),
    theirs: shown(turns.small),
    ratio: middleRatio(turns.big, turns.small, (ms) => ms),
    bar: { atMost: 1.5 },
  };
}

/** Four workers at once, each a process of its own, on the big queue. */
async function crowdRow(big, { dataDir, isQuick }) {
  const settings = { DATABASE_URL: big.url, DATA_DIR: `${dataDir}-crowd` };
  const workers = await Promise.all(Array.from({ length: 4 }, () => startAgent('ours', settings)));
  const wish = { kind: 'tasks', calls: isQuick ? 60 : 300, limit: 10 };
  const startedAt = performance.now();
  const alone = await workers[0].claim({ ...wish, calls: 60 });
  const aloneMs = (performance.now() - startedAt) / alone.ids.length;
  await putBack(big.url);

  const crowdAt = performance.now();
  const claims = await Promise.all(workers.map((worker) => worker.claim(wish)));
  const crowdMs = performance.now() - crowdAt;
  for (const worker of workers) await worker.stop();
  await putBack(big.url);

  const ids = claims.flatMap((claim) => claim.ids);
  const twice = ids.length - new Set(ids).size;
  const perSecond = (ids.length / crowdMs) * 1_000;
  return {
    what: `4 workers claim ${inWords(ids.length)} of ${inWords(waitingIn.big)}: taken twice`,
    peer: 'none may be',
    ours: String(twice),
    theirs: '0',
    ratio: twice,
    bar: { atMost: 0 },
    note: `${Math.round(perSecond)}/s by four, ${Math.round(1_000 / aloneMs)}/s by one`,
  };
}

async function historyRows({ small, big, total, isQuick }) {
  const pages = {
    first: await pageOf(small, null),
    million: await pageOf(big, null),
    deep: await pageOf(big, (isQuick ? 500 : 1_000) * pageSize),
  };
  const turns = await takeTurns(
    Object.fromEntries(Object.entries(pages).map(([name, page]) => [name, () => read(page, isQuick ? 500 : 1_200)])),
    { rounds: isQuick ? 3 : 7 },
  );
  const row = (what, theirs) => ({
    what,
    peer: 'first page, 100 tasks in all',
    ours: `${middle(theirs, (ms) => ms).toFixed(1)} ms`,
    theirs: `${middle(turns.first, (ms) => ms).toFixed(1)} ms`,
    ratio: middleRatio(theirs, turns.first, (ms) => ms),
    bar: { atMost: 1.5 },
  });
  return [
    row(`a seller's history, first page, ${inWords(total)} tasks`, turns.million),
    row(`the same, page ${isQuick ? 500 : '1,000'}`, turns.deep),
  ];
}

async function pageOf({ url, agent }, skip) {
  let path = `/api/tasks?limit=${pageSize}`;
  if (skip !== null) {
    const [rows] = await onDatabase(url, (connection) =>
      connection.query('SELECT id FROM tasks WHERE user_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?', [
        sellerId(historian),
        skip,
      ]),
    );
    path += `&cursor=${rows[0].id}`;
  }
  const [token] = await agent.tokens([historian]);
  return {
    port: await agent.listen(),
    bytes: requestBytes({ method: 'GET', path, headers: { authorization: `Bearer ${token}` } }),
  };
}

/** Milliseconds a page takes one reader who asks again and again. */
async function read({ port, bytes }, ms) {
  const done = await load({ port, next: () => bytes, connections: 1, ms });
  expectOnly(200, done, 'the history');
  return 1_000 / done.perSecond;
}
