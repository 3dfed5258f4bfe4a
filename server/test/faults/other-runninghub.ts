import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';

/*
 * A RunningHub of another make than server/src/sandbox: written from the vendor's documents and from what its users report,
 * with nothing but node:http. Where the vendor may answer in several ways, this one takes turns through all of them, the
 * unfriendly ones included.
 */

/** What becomes of one order. */
export type Fate =
  | 'whole'
  | 'short' // nine pictures
  | 'empty' // it succeeded, without one
  | 'failed'
  | 'moderated'
  | 'stopped' // cancelled by somebody at the vendor's
  | 'silent' // it runs for ever
  | 'reset_before' // no job, and no answer
  | 'reset_after' // a job, and no answer
  | 'late' // a job, and an answer long after anybody waits for it
  | 'busy'
  | 'unpaid';

/** How the end of a job is told: `early` comes before the answer to its order, `bare` has its number without quotes. */
export type Telling = 'once' | 'twice' | 'never' | 'early' | 'bare';

export type OtherJob = {
  id: string;
  webhookUrl: string;
  fate: Fate;
  telling: Telling;
  /** False: whoever ordered it was not told its number. */
  isAnswered: boolean;
  createdAt: number;
  endedAt: number | null;
  state: 'open' | 'SUCCESS' | 'FAILED' | 'CANCEL';
  /** Which pictures the result node gives, in the order of the answer. */
  pictures: number[];
  /** The first question after the end finds `SUCCESS` and no results yet. */
  isSlow: boolean;
  looks: number;
  /** HTTP status of every webhook that was sent. */
  told: number[];
};

type Wish = Fate | [Fate, Telling];
type Options = { slots: number; seed: number; script: Wish[]; chance: number };
type Body = Record<string, unknown>;
type Reply = { status?: number; type?: string; body: string | Buffer };

type Hub = Options & {
  port: number;
  random: () => number;
  jobs: OtherJob[];
  files: Set<string>;
  /** What came as the seller's photo. */
  uploads: Buffer[];
  pictures: Buffer[];
  fetched: Map<string, number>;
  turns: Map<string, number>;
  sendings: Set<Promise<unknown>>;
  count: { creates: number; queries: number; cancels: number; accounts: number };
  /** Orders beyond the slots. `isOwed`: a job whose making nobody was told of had one of them. */
  beyond: { isOwed: boolean }[];
  /** Orders and questions that break the vendor's rules. */
  faults: string[];
};

export type OtherRunningHub = Pick<Hub, 'jobs' | 'uploads' | 'count' | 'beyond' | 'faults'> & {
  environment: Record<string, string>;
  stop(): Promise<void>;
};

const apiKey = '0f3b9c5d7e1a42688642a1e7d5c9b3f0';
const webappId = '1987654321098765433';
const nodes = {
  image: { nodeId: '31', fieldName: 'image' },
  prompt: { nodeId: '144', fieldName: 'text' },
  result: { nodeId: '208' },
};

/** What the picture of this number shows, mostly. */
export const colourOf = (picture: number): [number, number, number] => [
  picture % 2 ? 215 : 45,
  picture % 4 < 2 ? 60 : 190,
  20 + Math.floor(picture / 4) * 90,
];

export async function startOtherRunningHub(options: Options): Promise<OtherRunningHub> {
  const hub: Hub = {
    ...options,
    script: [...options.script],
    port: 0,
    random: generator(options.seed),
    jobs: [],
    files: new Set(),
    uploads: [],
    pictures: await Promise.all(Array.from({ length: 13 }, (_, n) => drawPicture(n))),
    fetched: new Map(),
    turns: new Map(),
    sendings: new Set(),
    count: { creates: 0, queries: 0, cancels: 0, accounts: 0 },
    beyond: [],
    faults: [],
  };
  const server = createServer((request, response) => {
    serve(hub, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  hub.port = (server.address() as AddressInfo).port;

  return {
    jobs: hub.jobs,
    uploads: hub.uploads,
    count: hub.count,
    beyond: hub.beyond,
    faults: hub.faults,
    environment: {
      RUNNINGHUB_API_BASE: `http://127.0.0.1:${hub.port}`,
      RUNNINGHUB_API_KEY: apiKey,
      RUNNINGHUB_POSE12_WEBAPP_ID: webappId,
      RUNNINGHUB_POSE12_NODES: JSON.stringify(nodes),
      RUNNINGHUB_RESULT_HOSTS: 'localhost',
    },
    async stop() {
      await Promise.all(hub.sendings);
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function serve(hub: Hub, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const bytes = await readAll(request);
  const path = request.url ?? '';
  const reply = path.startsWith('/output/') ? picture(hub, path) : await api(hub, { path, request, bytes });
  if (reply === null) return void request.socket.destroy();

  const type = reply.type ?? turn(hub, 'type', ['application/json', 'text/plain;charset=UTF-8']);
  response.writeHead(reply.status ?? 200, { 'content-type': type }).end(reply.body);
}

/** Null: the line breaks. */
async function api(
  hub: Hub,
  { path, request, bytes }: { path: string; request: IncomingMessage; bytes: Buffer },
): Promise<Reply | null> {
  if (request.method !== 'POST') return wrong(hub, `${request.method} ${path}`);
  const isAccount = path === '/uc/openapi/accountStatus';
  if (!isAccount && request.headers.authorization !== `Bearer ${apiKey}`) return wrong(hub, `${path}: no key`, 412);
  const type = request.headers['content-type'] ?? '';
  if (path === '/openapi/v2/media/upload/binary') return upload(hub, 2, form(type, bytes));
  if (path === '/task/openapi/upload') return upload(hub, 1, form(type, bytes));
  if (!type.startsWith('application/json')) return wrong(hub, `${path}: ${type}`);

  const body = JSON.parse(bytes.toString()) as Body;
  if (path === `/openapi/v2/run/ai-app/${webappId}`) return create(hub, 2, body, request);
  if (path === '/openapi/v2/query') return query(hub, body);
  if (isAccount) return account(hub, body);
  if (body.apiKey !== apiKey) return wrong(hub, `${path}: no apiKey`, 412);
  if (path === '/task/openapi/ai-app/run') {
    return body.webappId === webappId ? create(hub, 1, body, request) : wrong(hub, 'another webappId', 901);
  }
  if (path === '/task/openapi/cancel') return cancel(hub, body);
  return wrong(hub, path);
}

function upload(hub: Hub, version: 1 | 2, parts: Map<string, Buffer>): Reply {
  const file = parts.get('file');
  if (!file || file.length === 0) return wrong(hub, 'an upload without a file', 808);
  if (version === 1 && parts.get('apiKey')?.toString() !== apiKey) return wrong(hub, 'an upload without a key', 412);
  hub.uploads.push(file);
  if (hub.uploads.length === 8) return { status: 502, type: 'text/html', body: '<html>502 Bad Gateway</html>' };

  const hash = createHash('sha256').update(file).digest('hex');
  const name = `${version === 1 ? 'api' : 'openapi'}/${hash}.jpg`;
  hub.files.add(name);
  if (version === 1) return json({ code: 0, msg: 'success', data: { fileName: name, fileType: 'image' } });
  const data = {
    type: 'image',
    download_url: `http://localhost:${hub.port}/input/${hash}?x=1`,
    size: `${file.length}`,
  };
  return json({ code: 0, message: 'success', data: { ...data, [turn(hub, 'name', ['filename', 'fileName'])]: name } });
}

async function create(hub: Hub, version: 1 | 2, body: Body, request: IncomingMessage): Promise<Reply | null> {
  hub.count.creates += 1;
  const fault = faultOf(hub, body);
  if (fault) return refuse(hub, version, wrong(hub, fault, 803));
  const open = hub.jobs.filter(({ endedAt }) => endedAt === null);
  if (open.length >= hub.slots) {
    hub.beyond.push({ isOwed: open.some(({ isAnswered }) => !isAnswered) });
    return refuse(hub, version, 421);
  }

  const [fate, telling] = nextFate(hub);
  if (fate === 'reset_before') return null;
  if (fate === 'busy') return refuse(hub, version, turn(hub, 'busy', [421, 1520, 415, 1003]));
  if (fate === 'unpaid') return refuse(hub, version, turn(hub, 'unpaid', [416, 414, 812]));

  const isAnswered = fate !== 'reset_after' && fate !== 'late';
  const job = makeJob(hub, {
    fate,
    telling: isAnswered && fate !== 'silent' ? telling : lateTelling(telling),
    isAnswered,
    body,
  });
  if (job.telling === 'early') await end(hub, job);
  else if (fate !== 'silent')
    keep(
      hub,
      sleep(300 + hub.random() * 900).then(() => end(hub, job)),
    );
  if (fate === 'reset_after') return null;
  if (fate === 'late') await sleep(3_000);
  if (request.socket.destroyed) job.isAnswered = false;
  return created(hub, version, job);
}

/** A job that outlives the answer to its order cannot be told of before it. */
const lateTelling = (telling: Telling): Telling => (telling === 'early' ? 'once' : telling);

function makeJob(
  hub: Hub,
  { body, ...given }: Pick<OtherJob, 'fate' | 'telling' | 'isAnswered'> & { body: Body },
): OtherJob {
  const job: OtherJob = {
    ...given,
    id: String(1_993_847_120_563_290_113n + BigInt(hub.jobs.length) * 7_919n),
    webhookUrl: String(body.webhookUrl),
    createdAt: Date.now(),
    endedAt: null,
    state: 'open',
    pictures: shuffled(hub).slice(0, given.fate === 'short' ? 9 : given.fate === 'empty' ? 0 : 12),
    isSlow: hub.jobs.length % 4 === 1 && given.telling !== 'never',
    looks: 0,
    told: [],
  };
  hub.jobs.push(job);
  return job;
}

/** The number stands without quotes every other time: the schema calls it an int64. */
function created(hub: Hub, version: 1 | 2, job: OtherJob): Reply {
  const isBare = turn(hub, 'bare', [true, false]);
  const promptTips = '{"result": true, "error": null, "outputs_to_execute": ["208"], "node_errors": {}}';
  const told = { taskId: job.id, clientId: '7c1e0d', promptTips };
  if (version === 1)
    return json({ code: 0, msg: 'success', data: { ...told, netWssUrl: null, taskStatus: 'QUEUED' } }, isBare);
  return json(
    { ...told, status: turn(hub, 'new', ['QUEUED', 'RUNNING', 'CREATE']), ...fine(hub), results: null },
    isBare,
  );
}

function refuse(hub: Hub, version: 1 | 2, refusal: number | Reply): Reply {
  if (typeof refusal !== 'number') return refusal;
  if (version === 1) return json({ code: refusal, msg: 'TASK_QUEUE_MAXED', data: null });
  const errorCode = turn(hub, 'refusal', [refusal, String(refusal)]);
  const taskId = turn(hub, 'none', ['', null, undefined]);
  return json({
    taskId,
    status: turn(hub, 'word', ['FAILED', '', null]),
    errorCode,
    errorMessage: 'no',
    results: null,
  });
}

function query(hub: Hub, { taskId }: Body): Reply {
  hub.count.queries += 1;
  if (typeof taskId !== 'string') return wrong(hub, 'a taskId that is no string', 301);
  const mood = hub.count.queries % 17;
  if (mood === 3) return { status: 504, type: 'text/html', body: '<html>504 Gateway Time-out</html>' };
  if (mood === 8) return { ...json({ errorCode: '1003', errorMessage: 'rate limit' }), status: 429 };
  if (mood === 13) return json({ taskId, status: null, errorCode: 1011, errorMessage: 'busy', results: null });
  const job = hub.jobs.find(({ id }) => id === taskId);
  if (!job) return json({ taskId, status: '', errorCode: turn(hub, 'gone', ['1004', 807]), errorMessage: 'not found' });

  const usage = { consumeMoney: null, consumeCoins: turn(hub, 'coins', ['23', 23]), taskCostTime: '117' };
  const told = { taskId, usage: null, results: null, failedReason: {}, clientId: '7c1e0d', promptTips: '' };
  const isBare = turn(hub, 'bareQuery', [false, true]);
  if (job.state === 'open') return json({ ...told, status: openWord(job), ...fine(hub) }, isBare);
  if (job.state === 'CANCEL') return json({ ...told, status: 'CANCEL', ...fine(hub) });
  if (job.state === 'FAILED') return json({ ...told, usage, status: 'FAILED', ...failure(hub, job) });
  const results = isNotYet(job) ? null : resultsOf(hub, job);
  return json({ ...told, usage, status: 'SUCCESS', ...fine(hub), results }, isBare);
}

/** How v1 tells of a job that has ended: what a webhook carries, whoever ordered the job. */
function outputsOf(hub: Hub, job: OtherJob): Body {
  if (job.state === 'CANCEL') return { code: 807, msg: 'APIKEY_TASK_NOT_FOUND', data: null };
  if (job.state === 'FAILED') {
    const number = job.fate === 'moderated' ? 1501 : 805;
    return { code: number, msg: 'APIKEY_TASK_STATUS_ERROR', data: failure(hub, job) };
  }
  const data = resultsOf(hub, job).map(({ url, outputType, nodeId }) => ({
    fileUrl: url,
    fileType: outputType,
    nodeId,
    taskCostTime: '117',
    consumeCoins: '23',
    consumeMoney: null,
    thirdPartyConsumeMoney: null,
  }));
  return { code: 0, msg: 'success', data: job.fate === 'empty' ? [] : data };
}

function cancel(hub: Hub, { taskId }: Body): Reply {
  hub.count.cancels += 1;
  const job = hub.jobs.find(({ id }) => id === taskId);
  if (!job || job.endedAt !== null) return json({ code: 807, msg: 'APIKEY_TASK_NOT_FOUND', data: null });
  job.state = 'CANCEL';
  job.endedAt = Date.now();
  return json({ code: 0, msg: 'success', data: null });
}

function account(hub: Hub, { apikey }: Body): Reply {
  hub.count.accounts += 1;
  if (apikey !== apiKey) return wrong(hub, 'accountStatus wants apikey, all lower case', 412);
  const currentTaskCounts = String(hub.jobs.filter(({ endedAt }) => endedAt === null).length);
  const data = { remainCoins: '1280', currentTaskCounts, remainMoney: '0.000', currency: 'CNY', apiType: 'NORMAL' };
  return json({ code: 0, msg: 'success', data });
}

const endings: { [fate in Fate]?: OtherJob['state'] } = { failed: 'FAILED', moderated: 'FAILED', stopped: 'CANCEL' };

/** The slot is free first; then the webhook goes out, and again while it is not taken. */
async function end(hub: Hub, job: OtherJob): Promise<void> {
  if (job.endedAt !== null) return;
  job.endedAt = Date.now();
  job.state = endings[job.fate] ?? 'SUCCESS';
  if (job.telling === 'never') return;

  const eventData = JSON.stringify(outputsOf(hub, job));
  const { body } = json({ event: 'TASK_END', taskId: job.id, eventData }, job.telling === 'bare');
  let wanted = job.telling === 'twice' ? 2 : 1;
  for (let tries = 0; tries < 4 && wanted > 0; tries += 1) {
    const headers = { 'content-type': 'application/json;charset=UTF-8' };
    const answer = await fetch(job.webhookUrl, { method: 'POST', headers, body }).catch(() => null);
    job.told.push(answer?.status ?? 0);
    if (answer?.ok) wanted -= 1;
    else await sleep(500);
  }
}

function picture(hub: Hub, path: string): Reply {
  const [, jobId, number, suffix] = /^\/output\/(\d+)\/pose_(\d+)_\.(?:webp|png)(.*)$/.exec(path) ?? [];
  const bytes = hub.pictures[Number(number)];
  if (!jobId || !bytes || suffix !== signed(`${jobId}/${number}`)) {
    hub.faults.push(`a picture was asked for by ${path}`);
    return { status: 403, type: 'application/xml', body: '<Error/>' };
  }
  const before = hub.fetched.get(path) ?? 0;
  hub.fetched.set(path, before + 1);
  if (before === 0 && hub.fetched.size % 40 === 9) return { status: 503, type: 'text/plain', body: 'slow down' };
  return { type: turn(hub, 'pictureType', ['image/png', 'image/webp', 'application/octet-stream']), body: bytes };
}

type Result = { url: string | null; nodeId: string; outputType: string; text: string | null };

/** What other nodes saved comes first; a node that gives words has no link. */
function resultsOf(hub: Hub, job: OtherJob): Result[] {
  const at = (n: number, nodeId: string): Result => {
    const outputType = n % 3 === 1 ? 'webp' : 'png';
    const url = `http://localhost:${hub.port}/output/${job.id}/pose_${n}_.${outputType}${signed(`${job.id}/${n}`)}`;
    return { url, nodeId, outputType, text: null };
  };
  const words: Result = { url: null, nodeId: '150', outputType: 'txt', text: 'a model wears it' };
  const own = job.pictures.map((n) => at(n, nodes.result.nodeId));
  return [at(12, '31'), words, ...own.slice(0, 5), at(12, '20'), ...own.slice(5)];
}

const signed = (what: string): string => {
  const seal = createHash('md5').update(what).digest('base64');
  return `?Expires=1795000000&OSSAccessKeyId=LTAI%2Fx&Signature=${encodeURIComponent(seal)}&x-oss-process=image%2Fauto-orient,1`;
};

function failure(hub: Hub, { fate }: OtherJob): Body {
  const errorCode =
    fate === 'moderated' ? turn(hub, 'moderated', ['1501', 1505]) : turn(hub, 'failed', ['805', 1015, undefined, '']);
  const failedReason = {
    node_name: 'KSampler',
    exception_type: 'RuntimeError',
    exception_message: 'out of memory',
    traceback: [],
  };
  return { errorCode, errorMessage: 'failed', failedReason };
}

const fine = (hub: Hub): Body => ({ errorCode: turn(hub, 'fine', ['', null, undefined, 0, '0']), errorMessage: '' });

function openWord({ createdAt }: OtherJob): string {
  const age = Date.now() - createdAt;
  return age < 200 ? 'QUEUED' : age < 600 ? 'LOADING_MODELS' : 'RUNNING';
}

const isNotYet = (job: OtherJob): boolean => job.state === 'SUCCESS' && job.isSlow && job.looks++ === 0;

function nextFate(hub: Hub): [Fate, Telling] {
  const telling = turn(hub, 'telling', ['once', 'early', 'twice', 'bare', 'once', 'never', 'early', 'once', 'bare']);
  const wish = hub.script.shift();
  if (wish) return typeof wish === 'string' ? [wish, telling] : wish;
  const fates = ['failed', 'silent', 'reset_before', 'reset_after', 'busy'] as const;
  return [fates[Math.floor(hub.random() / hub.chance)] ?? 'whole', telling];
}

function faultOf(hub: Hub, { nodeInfoList, webhookUrl }: Body): string | null {
  const list = Array.isArray(nodeInfoList) ? (nodeInfoList as Body[]) : [];
  const valueOf = (node: { nodeId: string; fieldName: string }): unknown =>
    list.find(({ nodeId, fieldName }) => nodeId === node.nodeId && fieldName === node.fieldName)?.fieldValue;
  if (!hub.files.has(String(valueOf(nodes.image)))) return 'the image node got no file that was uploaded here';
  if (String(valueOf(nodes.prompt) ?? '').length < 10) return 'the prompt node got no words';
  if (!URL.canParse(String(webhookUrl))) return 'no webhookUrl';
  return hub.jobs.some((job) => job.webhookUrl === webhookUrl) ? 'two jobs for one webhookUrl' : null;
}

function wrong(hub: Hub, fault: string, number = 1001): Reply {
  hub.faults.push(fault);
  return json({ code: number, msg: fault, errorCode: number, errorMessage: fault, data: null });
}

/** JSON as this vendor writes it: `isBare` leaves the quotes off its numbers. */
function json(body: Body, isBare = false): { body: string } {
  const text = JSON.stringify(body);
  return { body: isBare ? text.replace(/"taskId":"(\d+)"/g, '"taskId":$1') : text };
}

/** The next of these, around and around. */
function turn<const T extends readonly [unknown, ...unknown[]]>(hub: Hub, name: string, all: T): T[number] {
  const at = hub.turns.get(name) ?? 0;
  hub.turns.set(name, at + 1);
  return all[at % all.length] ?? all[0];
}

function keep(hub: Hub, sending: Promise<unknown>): void {
  hub.sendings.add(sending);
  void sending.finally(() => hub.sendings.delete(sending));
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function form(type: string, bytes: Buffer): Map<string, Buffer> {
  const [, boundary = '\0'] = /boundary="?([^";]+)/.exec(type) ?? [];
  const parts = new Map<string, Buffer>();
  for (const part of bytes.toString('latin1').split(`--${boundary}`).slice(1, -1)) {
    const [head = '', ...rest] = part.split('\r\n\r\n');
    const [, name = ''] = /; name="([^"]*)"/.exec(head) ?? [];
    parts.set(name, Buffer.from(rest.join('\r\n\r\n').slice(0, -2), 'latin1'));
  }
  return parts;
}

function drawPicture(n: number): Promise<Buffer> {
  const [r, g, b] = colourOf(n);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="400">
    <rect width="300" height="400" fill="rgb(${r},${g},${b})"/><circle cx="150" cy="${120 + n * 8}" r="60" fill="#eee"/></svg>`;
  const drawn = sharp(Buffer.from(svg));
  return (n % 3 === 1 ? drawn.webp({ quality: 92 }) : drawn.png()).toBuffer();
}

function shuffled(hub: Hub): number[] {
  const order = Array.from({ length: 12 }, (_, n) => ({ n, at: hub.random() }));
  return order.sort((a, b) => a.at - b.at).map(({ n }) => n);
}

/** The same seed, the same chances: mulberry32. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
