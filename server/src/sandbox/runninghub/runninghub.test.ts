import sharp from 'sharp';
import { request } from 'undici';
import { clock, days } from '../../lib/clock';
import { listenOnLoopback, type Listening } from '../listen';
import { createRunningHubSimulator, type RunningHubSimulator, type SandboxJob } from './runninghub';

const account = {
  apiKey: 'a'.repeat(32),
  webappId: '1994000000000000012',
  nodes: {
    image: { nodeId: '2', fieldName: 'image' },
    prompt: { nodeId: '5', fieldName: 'text' },
    result: { nodeId: '9' },
  },
  slots: 3,
};
const bearer = { authorization: `Bearer ${account.apiKey}` };
const slowMs = 60_000; // Long enough that no job ends by itself while a test looks.

let vendor: RunningHubSimulator;
let server: Listening;
let shop: Listening;
/** What our server heard at its webhook, and what it answers. */
let heard: { bodies: string[]; status: number };
let photo: Buffer;

beforeAll(async () => {
  const background = { r: 40, g: 90, b: 160 };
  photo = await sharp({ create: { width: 60, height: 80, channels: 3, background } })
    .jpeg()
    .toBuffer();
});
beforeEach(async () => {
  heard = { bodies: [], status: 200 };
  shop = await listenOnLoopback((incoming, response) => {
    let body = '';
    incoming.on('data', (part: Buffer) => (body += part.toString('utf8')));
    incoming.on('end', () => {
      heard.bodies.push(body);
      response.writeHead(heard.status).end();
    });
  });
  vendor = createRunningHubSimulator({ ...account, paceMs: slowMs, frameWidth: 48, ladderScale: 0.0001 });
  server = await listenOnLoopback(vendor.app.callback());
});
afterEach(async () => {
  vendor.stop();
  await vendor.webhooks.idle();
  await Promise.all([server.stop(), shop.stop()]);
  clock.reset();
});

type Reply = Record<string, unknown>;

async function post(path: string, body: object, headers: Record<string, string> = bearer): Promise<Reply> {
  const response = await request(server.origin + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { ...((await response.body.json()) as Reply), http: response.statusCode };
}

async function send(
  path: string,
  bytes: Buffer,
  fields: Record<string, string> = {},
  headers = bearer,
): Promise<Reply> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([new Uint8Array(bytes)]), 'photo.jpg');
  const response = await fetch(server.origin + path, { method: 'POST', headers, body: form });
  return (await response.json()) as Reply;
}

async function upload(bytes: Buffer = photo): Promise<string> {
  const reply = await send('/openapi/v2/media/upload/binary', bytes);
  return (reply.data as { fileName: string }).fileName;
}

const nodesOf = (image: string, prompt = 'street, dress') => [
  { nodeId: '2', fieldName: 'image', fieldValue: image },
  { nodeId: '5', fieldName: 'text', fieldValue: prompt },
];
const runPath = `/openapi/v2/run/ai-app/${account.webappId}`;
const webhookUrl = () => `${shop.origin}/hook`;

async function create(change: object = {}): Promise<Reply> {
  return post(runPath, {
    nodeInfoList: nodesOf(await upload()),
    addMetadata: false,
    webhookUrl: webhookUrl(),
    ...change,
  });
}

/** A job that has been made. */
async function made(): Promise<SandboxJob> {
  const { taskId } = await create();
  const job = vendor.find(String(taskId));
  if (!job) throw new Error('no job was made');
  return job;
}

const query = (taskId: string): Promise<Reply> => post('/openapi/v2/query', { taskId });
const v1 = (path: string, body: object): Promise<Reply> => post(path, { apiKey: account.apiKey, ...body });

type Result = { url: string; nodeId: string; outputType: string };
const resultsOf = async (jobId: string): Promise<Result[]> => (await query(jobId)).results as Result[];

async function get(url: string): Promise<{ status: number; type: string; bytes: Buffer }> {
  const response = await request(url);
  return {
    status: response.statusCode,
    type: String(response.headers['content-type']),
    bytes: Buffer.from(await response.body.arrayBuffer()),
  };
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !isSo(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(isSo()).toBe(true);
}

describe('one job', () => {
  it('queues, runs and gives twelve pictures by v2, after one of another node that is no result', async () => {
    vendor.setPaceMs(2_000); // Half a second in the queue.
    const answer = await create();
    const job = await query(String(answer.taskId));
    await until(() => vendor.find(String(answer.taskId))?.state === 'RUNNING');
    const running = await query(String(answer.taskId));
    vendor.finish(String(answer.taskId));
    const done = await query(String(answer.taskId));

    expect(answer).toMatchObject({ taskId: expect.stringMatching(/^\d{19}$/), status: 'QUEUED', errorCode: '' });
    expect(answer).not.toHaveProperty('code');
    expect([job.status, running.status, done.status]).toEqual(['QUEUED', 'RUNNING', 'SUCCESS']);
    expect(job).toMatchObject({ results: null, usage: null });
    expect(done.usage).toEqual({
      consumeMoney: null,
      consumeCoins: '1',
      taskCostTime: '1',
      thirdPartyConsumeMoney: null,
    });
    const results = done.results as Result[];
    expect(results.map(({ nodeId }) => nodeId)).toEqual(['3', ...Array.from({ length: 12 }, () => '9')]);
    expect(results.map(({ outputType }) => outputType)).toEqual(results.map(({ url }) => url.split('.').at(-1)));
  });

  it('draws twelve different pictures of the size asked for, the same for the same photo', async () => {
    const [first, second] = [await made(), await made()];
    vendor.finish(first.id);
    vendor.finish(second.id);

    const pictures = await Promise.all((await resultsOf(first.id)).slice(1).map(({ url }) => get(url)));
    const again = await get((await resultsOf(second.id))[3]?.url ?? '');

    for (const { status, type, bytes } of pictures) {
      const { width, height, format } = await sharp(bytes).metadata();
      expect({ status, type, width, height }).toEqual({ status: 200, type: `image/${format}`, width: 48, height: 64 });
    }
    expect(new Set(pictures.map(({ bytes }) => bytes.toString('base64'))).size).toBe(12);
    expect(again.bytes.equals(pictures[2]?.bytes ?? Buffer.alloc(0))).toBe(true);
  });

  it('goes the same way by v1, and its webhook carries what outputs says', async () => {
    const uploaded = await send('/task/openapi/upload', photo, { apiKey: account.apiKey, fileType: 'input' });
    const { fileName } = uploaded.data as { fileName: string };
    const order = { webappId: account.webappId, nodeInfoList: nodesOf(fileName), webhookUrl: webhookUrl() };
    const answer = await v1('/task/openapi/ai-app/run', order);
    const { taskId } = answer.data as { taskId: string };

    expect(uploaded).toMatchObject({ code: 0, data: { fileName: expect.stringMatching(/^api\/\w{64}\.jpg$/) } });
    expect(answer).toMatchObject({
      code: 0,
      data: { taskStatus: 'QUEUED', taskId: expect.stringMatching(/^\d{19}$/) },
    });
    expect(await v1('/task/openapi/status', { taskId })).toMatchObject({ code: 0, data: 'QUEUED' });
    expect(await v1('/task/openapi/outputs', { taskId })).toMatchObject({ code: 813 });

    vendor.finish(taskId);
    await vendor.webhooks.idle();
    const { http: _http, ...outputs } = await v1('/task/openapi/outputs', { taskId });
    const [told] = heard.bodies.map((body) => JSON.parse(body) as { eventData: string });

    expect(outputs).toMatchObject({
      code: 0,
      data: expect.arrayContaining([expect.objectContaining({ nodeId: '9' })]),
    });
    expect(told).toMatchObject({ event: 'TASK_END', taskId });
    expect(JSON.parse(told?.eventData ?? '')).toEqual(outputs);
    expect(await query(taskId)).toMatchObject({ status: 'SUCCESS' });
  });

  it('can be cancelled once, which frees its slot and tells nobody', async () => {
    const job = await made();

    expect(await v1('/task/openapi/cancel', { taskId: job.id })).toMatchObject({ code: 0 });
    expect(await v1('/task/openapi/cancel', { taskId: job.id })).toMatchObject({ code: 423 });
    expect(await v1('/task/openapi/cancel', { taskId: '1' })).toMatchObject({ code: 807 });
    expect(await query(job.id)).toMatchObject({ status: 'CANCEL', results: null });
    expect(vendor.openJobs()).toBe(0);
    expect(heard.bodies).toEqual([]);
  });

  it('writes the prompt into its pictures unless it is told not to', async () => {
    const nodeInfoList = nodesOf(await upload(), 'a secret prompt');
    const loud = String((await create({ nodeInfoList, addMetadata: undefined })).taskId);
    const quiet = String((await create({ nodeInfoList, addMetadata: false })).taskId);
    vendor.finish(loud);
    vendor.finish(quiet);

    for (const index of [1, 2]) {
      const { url = '', outputType } = (await resultsOf(loud))[index] ?? {};
      const { bytes } = await get(url);
      expect(bytes.toString('latin1')).toContain('a secret prompt');
      expect(await sharp(bytes).metadata()).toMatchObject({ width: 48, format: outputType === 'png' ? 'png' : 'jpeg' });
      expect((await get((await resultsOf(quiet))[index]?.url ?? '')).bytes.toString('latin1')).not.toContain('secret');
    }
  });
});

describe('what the vendor checks', () => {
  const stranger = { authorization: `Bearer ${'b'.repeat(32)}` };

  it.each([
    ['another app', '901', `/openapi/v2/run/ai-app/1994000000000000099`, {}],
    ['no nodes', '1007', runPath, { nodeInfoList: [] }],
    ['a photo that nobody uploaded', '803', runPath, { nodeInfoList: nodesOf('openapi/made-up.png') }],
    ['a link in place of a name', '803', runPath, { nodeInfoList: nodesOf('https://example.com/a.png') }],
  ])('an order for %s gets %s by v2, under HTTP 200 and without a job', async (_name, errorCode, path, change) => {
    const nodeInfoList = nodesOf(await upload());

    expect(await post(path, { nodeInfoList, ...change })).toMatchObject({ http: 200, taskId: '', errorCode });
    expect(vendor.jobs()).toEqual([]);
  });

  it.each([
    ['without the prompt', (name: string) => nodesOf(name).slice(0, 1)],
    ['without the image', (name: string) => nodesOf(name).slice(1)],
    ['under another field name', (name: string) => nodesOf(name).map((node) => ({ ...node, fieldName: 'value' }))],
    ['with a node that is not the app’s', (name: string) => [...nodesOf(name), { ...nodesOf(name)[1], nodeId: '77' }]],
  ])('a node list %s is 803 in both versions', async (_name, spoil) => {
    const nodeInfoList = spoil(await upload());

    expect(await post(runPath, { nodeInfoList })).toMatchObject({ errorCode: '803' });
    expect(await v1('/task/openapi/ai-app/run', { webappId: account.webappId, nodeInfoList })).toMatchObject({
      code: 803,
    });
  });

  it('an app id that was written as a number is another app: its last digits are gone', async () => {
    const nodeInfoList = nodesOf(await upload());

    const reply = await v1('/task/openapi/ai-app/run', { webappId: Number(account.webappId), nodeInfoList });

    expect(reply).toMatchObject({ code: 901 });
  });

  it('the key, in the header of both versions and in the bodies of the first', async () => {
    const nodeInfoList = nodesOf(await upload());

    expect(await post(runPath, { nodeInfoList }, stranger)).toMatchObject({ http: 200, errorCode: '1002' });
    expect(await post('/openapi/v2/query', { taskId: '1' }, {})).toMatchObject({ errorCode: '1002' });
    expect(await send('/openapi/v2/media/upload/binary', photo, {}, stranger)).toMatchObject({ code: 401, data: null });
    expect(await send('/task/openapi/upload', photo, { apiKey: 'other' })).toMatchObject({ code: 412 });
    expect(await post('/task/openapi/status', { apiKey: 'other', taskId: '1' })).toMatchObject({ code: 412 });
    expect(await post('/task/openapi/status', { apiKey: account.apiKey, taskId: '1' }, {})).toMatchObject({
      code: 412,
    });
  });

  it('the account’s status alone wants the key in small letters', async () => {
    await made();

    expect(await v1('/uc/openapi/accountStatus', {})).toMatchObject({ code: 301 });
    expect(await post('/uc/openapi/accountStatus', { apikey: account.apiKey })).toMatchObject({
      code: 0,
      data: { remainCoins: '100000', currentTaskCounts: '1' },
    });
  });

  it('an upload: pictures only, 30 MB at most, and for one day', async () => {
    const path = '/openapi/v2/media/upload/binary';
    const tooLarge = Buffer.concat([photo, Buffer.alloc(30 * 1024 * 1024)]);

    expect(await send(path, Buffer.from('<html>'))).toMatchObject({ code: 808 });
    expect(await send(path, tooLarge)).toMatchObject({ code: 809 });
    const { data } = await send(path, photo);
    const { fileName, download_url: link } = data as { fileName: string; download_url: string };
    expect((await get(link)).bytes.equals(photo)).toBe(true);

    clock.advance(days(1));
    expect(await get(link)).toMatchObject({ status: 404 });
    expect(await post(runPath, { nodeInfoList: nodesOf(fileName) })).toMatchObject({ errorCode: '803' });
  });

  it('slots: queued and running jobs take one each, and one more is 421 in both versions', async () => {
    const [first] = [await made(), await made(), await made()];
    const nodeInfoList = nodesOf(await upload());

    expect(await create()).toMatchObject({ taskId: '', errorCode: '421' });
    expect(await v1('/task/openapi/ai-app/run', { webappId: account.webappId, nodeInfoList })).toMatchObject({
      code: 421,
    });
    vendor.finish(first.id);
    expect(await create()).toMatchObject({ errorCode: '' });
    expect(vendor.openJobsMax()).toBe(3);
    expect(vendor.counts()).toMatchObject({ creates: 6, createsMade: 4, createsOverSlots: 2 });
  });

  it('a path that does not exist is a wrong token, under HTTP 200; a job that does not exist has a number too', async () => {
    expect(await post('/v1/status/1', {})).toMatchObject({ http: 200, code: 412 });
    expect(await query('1990000000000000000')).toMatchObject({ http: 200, errorCode: '1004' });
    expect(await v1('/task/openapi/outputs', { taskId: '1990000000000000000' })).toMatchObject({ code: 807 });
  });
});

describe('the webhook', () => {
  it('is sent again, three times at most, unless it is answered with a 2xx', async () => {
    heard.status = 500;
    vendor.finish((await made()).id);
    await until(() => heard.bodies.length === 4);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(heard.bodies).toHaveLength(4);

    heard = { bodies: [], status: 204 };
    vendor.fail((await made()).id);
    await vendor.webhooks.idle();
    expect(heard.bodies).toHaveLength(1);
    expect(heard.bodies[0]).toContain('\\"code\\":805');
  });

  it('is dropped, repeated or late when told to be', async () => {
    vendor.webhooks.setMode({ kind: 'repeat', times: 3 });
    vendor.finish((await made()).id);
    await vendor.webhooks.idle();
    expect(heard.bodies).toHaveLength(3);

    vendor.webhooks.setMode({ kind: 'delay', ms: 20 });
    vendor.finish((await made()).id);
    expect(heard.bodies).toHaveLength(3);
    await vendor.webhooks.idle();
    expect(heard.bodies).toHaveLength(4);

    vendor.webhooks.setMode({ kind: 'drop' });
    vendor.finish((await made()).id);
    await vendor.webhooks.idle();
    expect(heard.bodies).toHaveLength(4);
    expect(vendor.webhooks.attempts()[0]).toMatchObject({ mode: 'drop', status: null });
  });

  it('can be looked up and sent once more', async () => {
    const job = await made();
    expect(await v1('/task/openapi/getWebhookDetail', { taskId: job.id })).toMatchObject({ code: 807 });
    vendor.finish(job.id);
    await vendor.webhooks.idle();

    const { data } = await v1('/task/openapi/getWebhookDetail', { taskId: job.id });
    const { id } = data as { id: string };
    const retried = await v1('/task/openapi/retryWebhook', { webhookId: id, webhookUrl: `${shop.origin}/other` });
    await vendor.webhooks.idle();

    expect(data).toMatchObject({ taskId: job.id, webhookUrl: webhookUrl(), callbackStatus: 'SUCCESS', retryCount: 0 });
    expect(retried).toMatchObject({ code: 0 });
    expect(heard.bodies).toHaveLength(2);
    expect(JSON.stringify(data)).not.toContain(account.apiKey);
  });
});

describe('what goes wrong', () => {
  it('refuses as often as planned, by number and HTTP status, and makes nothing', async () => {
    vendor.mishaps.refuse(1505);
    vendor.mishaps.refuse(1003, 1, 429);

    expect(await create()).toMatchObject({ http: 200, errorCode: '1505' });
    expect(await create()).toMatchObject({ http: 429, errorCode: '1003' });
    expect(vendor.jobs()).toEqual([]);
    expect(await create()).toMatchObject({ errorCode: '' });
  });

  it('fails, hangs and falls short as often as planned, counting only jobs that were made', async () => {
    vendor.setPaceMs(4);
    vendor.mishaps.refuse(421);
    vendor.mishaps.fail(1501);
    vendor.mishaps.shortOf(7);
    vendor.mishaps.shortOf(0);
    await create();
    const [failed, short, none, whole] = [await made(), await made(), await made(), await made()];
    await until(() => vendor.openJobs() === 0);
    vendor.mishaps.silence();
    const silent = await made();
    await new Promise((resolve) => setTimeout(resolve, 40));

    expect(await query(failed.id)).toMatchObject({ status: 'FAILED', errorCode: '1501', results: null });
    const lengths = [short, none, whole].map(async ({ id }) => (await resultsOf(id)).length);
    expect(await Promise.all(lengths)).toEqual([1 + 7, 1, 1 + 12]);
    expect(await query(silent.id)).toMatchObject({ status: 'RUNNING' });
    expect(vendor.finish(silent.id, 3)).toBe(true);
    expect(await resultsOf(silent.id)).toHaveLength(1 + 3);
    expect(vendor.finish(silent.id)).toBe(false);
  });

  it('breaks the line before a job is made, or after', async () => {
    vendor.faults.plan({ path: 'ai-app', times: 1, fault: { kind: 'reset' } });
    await expect(create()).rejects.toThrow();
    expect(vendor.jobs()).toEqual([]);

    vendor.faults.plan({ path: 'ai-app', times: 1, fault: { kind: 'lost' } });
    await expect(create()).rejects.toThrow();
    expect(vendor.jobsByWebhook(webhookUrl())).toHaveLength(1);
  });

  it('lets links die after a day, or when told to', async () => {
    const old = await made();
    vendor.finish(old.id);
    const link = (await resultsOf(old.id))[1]?.url ?? '';
    expect(await get(link)).toMatchObject({ status: 200 });
    vendor.expireLinks();
    expect(await get(link)).toMatchObject({ status: 404 });

    const next = await made();
    vendor.finish(next.id);
    const later = (await resultsOf(next.id))[1]?.url ?? '';
    expect(await get(later)).toMatchObject({ status: 200 });
    clock.advance(days(1));
    expect(await get(later)).toMatchObject({ status: 404 });
  });

  it('gives half pictures, and pages of text under a picture’s name', async () => {
    const job = await made();
    vendor.finish(job.id);
    const link = (await resultsOf(job.id))[2]?.url ?? '';
    const whole = await get(link);

    vendor.mishaps.setPictures('broken');
    const half = await get(link);
    vendor.mishaps.setPictures('text');
    const text = await get(link);

    expect(half.bytes.length).toBe(Math.floor(whole.bytes.length / 2));
    expect(text).toMatchObject({ status: 200, type: 'image/jpeg' });
    expect(text.bytes.toString()).toContain('<html>');
  });

  it('is out altogether until it is back, while its pictures stay', async () => {
    const job = await made();
    vendor.finish(job.id);
    const link = (await resultsOf(job.id))[1]?.url ?? '';

    vendor.mishaps.setOutage('status');
    expect((await request(`${server.origin}/openapi/v2/query`, { method: 'POST' })).statusCode).toBe(503);
    vendor.mishaps.setOutage('reset');
    await expect(query(job.id)).rejects.toThrow();
    expect(await get(link)).toMatchObject({ status: 200 });

    vendor.reset();
    expect(await query(job.id)).toMatchObject({ status: 'SUCCESS' });
  });

  it('has no money left until it has', async () => {
    vendor.mishaps.setBalanceEmpty(true);
    expect(await create()).toMatchObject({ errorCode: '416' });
    expect(await post('/uc/openapi/accountStatus', { apikey: account.apiKey })).toMatchObject({
      data: { remainCoins: '0' },
    });

    vendor.mishaps.setBalanceEmpty(false);
    expect(await create()).toMatchObject({ errorCode: '' });
  });

  it('draws the same luck from the same seed, each mishap about as often as told', () => {
    const drawn = (seed: number): string[] => {
      vendor.mishaps.misbehave({ refuse: 0.05, fail: 0.05, resetBefore: 0.05, resetAfter: 0.05, silent: 0.05, seed });
      return Array.from({ length: 2_000 }, () => {
        const { refusal, isResetBefore, isResetAfter, settle } = vendor.mishaps.drawCreate();
        return [
          refusal ? 'refused' : '',
          isResetBefore ? 'before' : '',
          isResetAfter ? 'after' : '',
          settle().kind,
        ].join();
      });
    };
    const [first, again, other] = [drawn(7), drawn(7), drawn(8)];

    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    for (const word of ['refused', 'before', 'after', 'fail', 'silent']) {
      const share = first.filter((luck) => luck.includes(word)).length / first.length;
      expect(share).toBeGreaterThan(0.03);
      expect(share).toBeLessThan(0.07);
    }
  });

  it('does by chance what it was told to', async () => {
    vendor.mishaps.misbehave({ resetBefore: 1 });
    await expect(create()).rejects.toThrow();
    vendor.mishaps.misbehave({ resetAfter: 1, dropWebhook: 1 });
    await expect(create()).rejects.toThrow();
    const [job] = vendor.jobsByWebhook(webhookUrl());
    vendor.finish(job?.id ?? '');
    await vendor.webhooks.idle();

    expect(vendor.counts()).toMatchObject({ creates: 2, createsMade: 1 });
    expect(heard.bodies).toEqual([]);
  });
});
