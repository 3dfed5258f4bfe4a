import type { IncomingHttpHeaders } from 'node:http';
import { inspect } from 'node:util';
import sharp from 'sharp';
import { VendorUnavailable } from '../../lib/errors';
import { logger } from '../../lib/logger';
import { listenOnLoopback, type Listening } from '../../sandbox/listen';
import { readBody } from '../../sandbox/read-body';
import { createRunningHubSimulator, type RunningHubSimulator } from '../../sandbox/runninghub/runninghub';
import type { PoseOrder } from './port';
import { runningHub, type RunningHubSettings } from './runninghub';

/** What the vendor of a test answers: JSON, or text as it stands, or a fault of the line. */
type Scripted = { status?: number; body?: unknown; fault?: 'reset' | 'cut' | 'silence' };
type Seen = { method: string; path: string; headers: IncomingHttpHeaders; body: Buffer };

const apiKey = '0123456789abcdef0123456789abcdef';
const nodes = {
  image: { nodeId: '2', fieldName: 'image' },
  prompt: { nodeId: '5', fieldName: 'text' },
  result: { nodeId: '9' },
};
const photo = { bytes: Buffer.from('ffd8ffe000104a464946', 'hex'), contentType: 'image/jpeg' };
const order: PoseOrder = {
  photo: 'api/8d1f.jpg',
  prompt: '街拍，十二个分镜，a-secret-prompt',
  webhookUrl: 'https://suyi.example/api/webhooks/runninghub/webhook-token',
};
const jobId = '1980123456789012345';
const noCost = { millicoins: null, milliyuan: null, seconds: null };

let listening: Listening;
let seen: Seen[];
let script: Scripted[];

beforeEach(async () => {
  seen = [];
  script = [];
  listening = await listenOnLoopback(async (request, response) => {
    const body = (await readBody(request, 1_000_000)) ?? Buffer.alloc(0);
    seen.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body });
    const { status = 200, body: said = {}, fault } = script.shift() ?? { status: 404, body: 'unscripted' };
    if (fault === 'silence') return;
    if (fault === 'reset') return request.socket.destroy();
    const text = Buffer.from(typeof said === 'string' ? said : JSON.stringify(said));
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': text.length });
    if (fault !== 'cut') return response.end(text);
    response.write(text.subarray(0, text.length - 1), () => request.socket.destroy());
  });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await listening.stop();
});

const adapter = (changes: Partial<RunningHubSettings> = {}) =>
  runningHub({
    apiBase: listening.origin,
    apiKey,
    webappId: '1937084629516193794',
    nodes,
    resultHosts: ['127.0.0.1'],
    apiVersion: 'v2',
    instanceType: 'default',
    timeoutMs: 2_000,
    ...changes,
  });
const answer = (body: unknown, status = 200): void => void script.push({ status, body });
const sentJson = (index = 0): unknown => JSON.parse(seen[index]!.body.toString('utf8'));
const failureOf = (asking: Promise<unknown>): Promise<unknown> =>
  asking.then(
    (value) => Promise.reject(new Error(`it was answered: ${inspect(value)}`)),
    (error: unknown) => error,
  );
/** The test's eye on the log; the lines are written all the same. */
const watchLog = (level: 'info' | 'warn') => jest.spyOn(logger, level);

/** What says nothing about whether something was done. */
const noAnswers: [name: string, scripted: Scripted][] = [
  ['a 500 without a body', { status: 500, body: '' }],
  ['a 502 of a proxy', { status: 502, body: '<html>bad gateway</html>' }],
  ['a 504 with an empty object', { status: 504, body: {} }],
  ['a 404 of nobody knows whom', { status: 404, body: 'not found' }],
  ['a redirect', { status: 302, body: '' }],
  ['text that is no JSON', { body: '<html>' }],
  ['nothing', { body: '' }],
  ['JSON that is no object', { body: '"ok"' }],
  ['an object without anything', { body: {} }],
  ['a number that nobody knows', { body: { code: 77_777, msg: 'APIKEY_TASK_IS_RUNNING' } }],
  ['a number that is a word', { body: { errorCode: 'SYSTEM_ERROR' } }],
  ['a number that is no number', { body: { code: { a: 1 }, errorCode: ['421'] } }],
  ...['500', '1000', '1005', '1006', '1010', '1011', '1012', '1504'].map((code): [string, Scripted] => [
    `number ${code}`,
    { body: { errorCode: code, errorMessage: 'busy 421' } },
  ]),
  ['silence', { fault: 'silence' }],
  ['a connection that is reset', { fault: 'reset' }],
  ['an answer that is cut', { body: { code: 0, taskId: jobId, data: { fileName: 'a.jpg' } }, fault: 'cut' }],
];

const refusals: [code: number, kind: string][] = [
  ...[415, 421, 1003, 1520, 814].map((code): [number, string] => [code, 'busy']),
  ...[414, 416, 812].map((code): [number, string] => [code, 'balance']),
  ...[301, 380, 412, 433, 435, 436, 801, 802, 803, 1101, 806, 810, 811, 901, 1001, 1002, 1601, 1007, 1009, 1014].map(
    (code): [number, string] => [code, 'configuration'],
  ),
  ...[808, 809, 1008, 1013].map((code): [number, string] => [code, 'photo']),
  ...[1501, 1505].map((code): [number, string] => [code, 'moderation']),
];

describe('upload', () => {
  it('sends the bytes as a file with the key in a header alone, and gives the name (v2)', async () => {
    answer({
      code: 0,
      message: 'success',
      data: { type: 'image', download_url: 'https://x/y', fileName: 'openapi/ab.jpg' },
    });

    expect(await adapter().upload(photo)).toEqual({ refused: false, photo: 'openapi/ab.jpg' });

    const [{ method, path, headers, body }] = seen as [Seen];
    expect([method, path, headers.authorization]).toEqual([
      'POST',
      '/openapi/v2/media/upload/binary',
      `Bearer ${apiKey}`,
    ]);
    const form = await formOf(headers, body);
    expect([...form.keys()]).toEqual(['file']);
    const file = form.get('file') as File;
    expect([file.name, file.type]).toEqual(['photo.jpg', 'image/jpeg']);
    expect(Buffer.from(await file.arrayBuffer())).toEqual(photo.bytes);
  });

  it('sends key, kind and file, and gives the name (v1)', async () => {
    answer({ code: 0, msg: 'success', data: { fileName: 'api/ab.png', fileType: 'image' } });

    expect(await adapter({ apiVersion: 'v1' }).upload(photo)).toEqual({ refused: false, photo: 'api/ab.png' });

    const [{ path, headers, body }] = seen as [Seen];
    expect([path, headers.authorization]).toEqual(['/task/openapi/upload', `Bearer ${apiKey}`]);
    const form = await formOf(headers, body);
    expect([form.get('apiKey'), form.get('fileType')]).toEqual([apiKey, 'image']);
    expect((form.get('file') as File).size).toBe(photo.bytes.length);
  });

  it.each<[string, object, string]>([
    ['in the other spelling', { filename: 'openapi/cd.jpg', download_url: 'https://x/y' }, 'openapi/cd.jpg'],
    ['or the link where no name is', { fileName: null, download_url: 'https://x/y.jpg' }, 'https://x/y.jpg'],
    ['or the link where the name is empty', { fileName: '', download_url: 'https://x/z.jpg' }, 'https://x/z.jpg'],
  ])('takes the name %s', async (_name, data, expected) => {
    answer({ code: 0, data });

    expect(await adapter().upload(photo)).toEqual({ refused: false, photo: expected });
  });

  it.each(refusals)('takes %i for a no: %s', async (code, kind) => {
    answer({ code, msg: 'no' });

    expect(await adapter().upload(photo)).toEqual({ refused: true, kind, code: String(code) });
  });

  it.each(noAnswers)('takes %s for no answer', async (_name, scripted) => {
    script.push(scripted);

    expect(await failureOf(adapter({ timeoutMs: 300 }).upload(photo))).toBeInstanceOf(VendorUnavailable);
    expect(seen).toHaveLength(1);
  });

  it.each<[string, unknown, number]>([
    ['a yes without a name', { code: 0, data: null }, 200],
    ['a yes with a name that is none', { code: 0, data: { fileName: 7 } }, 200],
    ['a name that an outage brings along', { code: 0, data: { fileName: 'openapi/ab.jpg' } }, 502],
    ['a name beside an unknown number', { code: 77_777, data: { fileName: 'openapi/ab.jpg' } }, 200],
  ])('takes %s for no answer', async (_name, body, status) => {
    answer(body, status);

    expect(await failureOf(adapter().upload(photo))).toBeInstanceOf(VendorUnavailable);
  });
});

describe('create', () => {
  it('orders by the app, with the node list, without metadata, and hears the id (v2)', async () => {
    answer({
      taskId: jobId,
      status: 'QUEUED',
      errorCode: '',
      errorMessage: '',
      results: null,
      clientId: 'c',
      promptTips: '',
    });

    expect(await adapter().create(order)).toEqual({ refused: false, jobId });

    expect(seen[0]).toMatchObject({ method: 'POST', path: '/openapi/v2/run/ai-app/1937084629516193794' });
    expect(seen[0]!.headers).toMatchObject({ authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' });
    expect(sentJson()).toEqual({
      nodeInfoList: [
        { nodeId: '2', fieldName: 'image', fieldValue: order.photo },
        { nodeId: '5', fieldName: 'text', fieldValue: order.prompt },
      ],
      instanceType: 'default',
      usePersonalQueue: 'false',
      addMetadata: false,
      webhookUrl: order.webhookUrl,
    });
  });

  it('orders by the app, with the node list, without metadata, and hears the id (v1)', async () => {
    answer({
      code: 0,
      msg: 'success',
      data: { taskId: jobId, taskStatus: 'RUNNING', promptTips: '{"node_errors": {}}' },
    });

    const poses = adapter({ apiVersion: 'v1', instanceType: 'plus' });
    expect(await poses.create(order)).toEqual({ refused: false, jobId });

    expect(seen[0]).toMatchObject({ method: 'POST', path: '/task/openapi/ai-app/run' });
    expect(sentJson()).toEqual({
      apiKey,
      webappId: '1937084629516193794',
      nodeInfoList: [
        { nodeId: '2', fieldName: 'image', fieldValue: order.photo },
        { nodeId: '5', fieldName: 'text', fieldValue: order.prompt },
      ],
      instanceType: 'plus',
      addMetadata: false,
      webhookUrl: order.webhookUrl,
    });
  });

  it.each([
    ['at the top', `{"taskId": 1980123456789012345, "status": "QUEUED"}`],
    ['in data', `{"code":0,"data":{"taskId":1980123456789012345}}`],
    ['last of all', `{"status":"QUEUED","taskId":1980123456789012345}`],
  ])('loses no digit of an id that comes without quotes %s', async (_name, body) => {
    answer(body);

    expect(await adapter().create(order)).toEqual({ refused: false, jobId });
  });

  it.each([
    ['a status that failed right away', { taskId: jobId, status: 'FAILED', errorCode: '1501', errorMessage: 'no' }],
    ['the number for running', { code: 804, msg: 'running', data: { taskId: jobId } }],
    ['the number for queued', { taskId: jobId, status: '', errorCode: 813 }],
    ['a number 0 as text', { taskId: jobId, errorCode: '0' }],
    ['no number but null', { taskId: jobId, errorCode: null, code: null }],
    ['tips that are no JSON', { taskId: jobId, promptTips: 'none' }],
    ['a short id without quotes', { taskId: 42, status: 'QUEUED' }, '42'],
  ])('takes an id with %s for a job', async (_name, body, expected = jobId) => {
    answer(body);

    expect(await adapter().create(order)).toEqual({ refused: false, jobId: expected });
  });

  it('takes a job with node errors for a job, and logs the nodes alone', async () => {
    const warn = watchLog('warn');
    const nodeErrors = { '5': { errors: [{ details: 'a-secret-prompt' }], class_type: 'Text' } };
    answer({
      code: 0,
      data: { taskId: jobId, promptTips: JSON.stringify({ result: false, node_errors: nodeErrors }) },
    });

    expect(await adapter({ apiVersion: 'v1' }).create(order)).toEqual({ refused: false, jobId });

    expect(warn.mock.calls).toEqual([[{ jobId, faultyNodes: ['5'] }, expect.any(String)]]);
  });

  describe.each(['v2', 'v1'] as const)('in %s', (apiVersion) => {
    it.each(refusals)('takes %i for a no: %s, whatever the words say', async (code, kind) => {
      const data = { promptTips: '', taskId: null };
      answer({ code, msg: 'APIKEY_TASK_IS_RUNNING', data });
      answer({ taskId: '', status: 'FAILED', errorCode: String(code), errorMessage: 'SUCCESS', results: null });

      const poses = adapter({ apiVersion });

      expect(await poses.create(order)).toEqual({ refused: true, kind, code: String(code) });
      expect(await poses.create(order)).toEqual({ refused: true, kind, code: String(code) });
    });

    it.each(noAnswers)('does not know after %s, and never asks twice by itself', async (_name, scripted) => {
      script.push(scripted, { body: { taskId: jobId } });

      const error = await failureOf(adapter({ apiVersion, timeoutMs: 300 }).create(order));

      expect(error).toBeInstanceOf(VendorUnavailable);
      expect(inspect(error, { depth: 10 })).not.toMatch(/0123456789abcdef|a-secret-prompt|webhook-token|8d1f/);
      expect(seen).toHaveLength(1);
    });
  });

  it.each<[string, unknown, number, string, string]>([
    ['a number under 429', { code: 421 }, 429, 'busy', '421'],
    ['a number under 400', { errorCode: '1007' }, 400, 'configuration', '1007'],
    ['a number under 401', { code: 412 }, 401, 'configuration', '412'],
    ['a number under 503', { code: 421, msg: 'TASK_QUEUE_MAXED' }, 503, 'busy', '421'],
    ['429 alone', '', 429, 'busy', 'http_429'],
    ['429 with a page', '<html>slow down</html>', 429, 'busy', 'http_429'],
    ['429 that repeats itself', { code: 429, msg: 'too many requests' }, 429, 'busy', '429'],
  ])('hears %s', async (_name, body, status, kind, code) => {
    answer(body, status);

    expect(await adapter().create(order)).toEqual({ refused: true, kind, code });
  });

  it.each<[string, unknown, number]>([
    ['code 0 without an id', { code: 0, msg: 'success', data: null }, 200],
    ['an empty id', { taskId: '', status: 'QUEUED' }, 200],
    ['the id 0', { taskId: 0, status: 'QUEUED' }, 200],
    ['an id that is no id', { taskId: 'a b/c', status: 'QUEUED' }, 200],
    ['an id that is longer than any', { taskId: '9'.repeat(65) }, 200],
    ['running, but no id', { code: 804, msg: 'APIKEY_TASK_IS_RUNNING', data: null }, 200],
    ['failed, but no id', { code: 805, data: null }, 200],
    ['not found', { code: 807, data: null }, 200],
    ['an unknown failure under 429', { code: 1005 }, 429],
    ['an id that an outage brings along', { taskId: jobId, status: 'QUEUED' }, 502],
  ])('does not know after %s', async (_name, body, status) => {
    answer(body, status);

    expect(await failureOf(adapter().create(order))).toBeInstanceOf(VendorUnavailable);
  });

  it('logs one line a refusal, with the number and nothing of the order', async () => {
    const [info, warn] = [watchLog('info'), watchLog('warn')];
    answer({ code: 421, msg: order.prompt });
    answer({ code: 433, msg: order.prompt, data: { promptTips: order.prompt } });

    await adapter().create(order);
    await adapter().create(order);

    expect(info.mock.calls).toEqual([[{ kind: 'busy', code: '421' }, expect.any(String)]]);
    expect(warn.mock.calls).toEqual([[{ kind: 'configuration', code: '433' }, expect.any(String)]]);
  });
});

describe('query', () => {
  const ask = (body: unknown, status = 200) => {
    answer(body, status);
    return adapter().query(jobId);
  };
  const result = (n: number, changes: object = {}) => ({
    url: `https://rh-images.example/${n}.png`,
    nodeId: '9',
    outputType: 'png',
    text: null,
    ...changes,
  });

  it.each(['v2', 'v1'] as const)('asks the same question about jobs of either form (%s)', async (apiVersion) => {
    answer({ taskId: jobId, status: 'RUNNING' });

    await adapter({ apiVersion }).query(jobId);

    expect(seen[0]).toMatchObject({ method: 'POST', path: '/openapi/v2/query' });
    expect(seen[0]!.headers.authorization).toBe(`Bearer ${apiKey}`);
    expect(sentJson()).toEqual({ taskId: jobId });
  });

  it.each<[string, object, boolean]>([
    ['CREATE', { status: 'CREATE', errorCode: '' }, false],
    ['QUEUED', { status: 'QUEUED', errorCode: null }, false],
    ['RUNNING', { status: 'RUNNING', errorCode: 0 }, true],
    ['running in small letters', { status: 'running' }, true],
    ['a word that nobody knows', { status: 'POLISHING' }, false],
    ['success without its results yet', { status: 'SUCCESS', results: null }, true],
    ['success without a word on results', { status: 'SUCCESS' }, true],
    ['number 804', { errorCode: '804', errorMessage: 'APIKEY_TASK_IS_RUNNING' }, true],
    ['number 813', { errorCode: 813, status: 'FAILED' }, false],
    ['number 804 of v1', { code: 804, msg: 'APIKEY_TASK_IS_RUNNING', data: { netWssUrl: 'wss://x' } }, true],
    ['number 813 of v1', { code: 813, msg: 'APIKEY_TASK_IS_QUEUED', data: null }, false],
    ['code 0 with null of v1', { code: 0, msg: 'success', data: null }, true],
  ])('takes %s for open', async (_name, body, isRunning) => {
    expect(await ask(body)).toEqual({ state: 'open', isRunning });
  });

  it("lists the result node's pictures in order, each once, and what they cost", async () => {
    const view = await ask({
      taskId: jobId,
      status: 'SUCCESS',
      errorCode: '',
      usage: { consumeMoney: '0.12', consumeCoins: '24.5', taskCostTime: '131', thirdPartyConsumeMoney: '1.4445' },
      results: [
        result(3),
        result(99, { nodeId: '2' }), // The seller's own photo, saved on the way.
        result(1, { outputType: 'JPG' }),
        result(3),
        result(2, { nodeId: 9, outputType: null, url: 'https://rh-images.example/2.webp?sign=1' }),
        result(4, { outputType: 'mp4', url: 'https://rh-images.example/4.mp4' }),
        result(5, { outputType: 'txt', url: null, text: 'a caption' }),
        null,
        result(6, { nodeId: null }),
      ],
    });

    expect(view).toEqual({
      state: 'succeeded',
      pictures: [
        'https://rh-images.example/3.png',
        'https://rh-images.example/1.png',
        'https://rh-images.example/2.webp?sign=1',
      ],
      cost: { millicoins: 24_500, milliyuan: 1_565, seconds: 131 },
    });
  });

  it('takes all pictures where the vendor names no nodes', async () => {
    const results = [1, 2].map((n) => ({ url: `https://rh-images.example/${n}.png`, outputType: 'png' }));

    expect(await ask({ status: 'SUCCESS', results })).toMatchObject({ pictures: results.map(({ url }) => url) });
  });

  it('succeeds without pictures when the vendor says so, and when none is of the result node', async () => {
    const warn = watchLog('warn');

    expect(await ask({ status: 'SUCCESS', results: [] })).toEqual({ state: 'succeeded', pictures: [], cost: noCost });
    expect(warn).not.toHaveBeenCalled();
    expect(await ask({ status: 'SUCCESS', results: [result(1, { nodeId: '7' })] })).toMatchObject({ pictures: [] });
    expect(warn.mock.calls).toEqual([[{ jobId, resultNode: '9', nodes: ['7'] }, expect.any(String)]]);
  });

  it.each<[string, object, object]>([
    [
      'numbers',
      { consumeCoins: 3, consumeMoney: 0.0004, taskCostTime: 12.6 },
      { millicoins: 3_000, milliyuan: 0, seconds: 13 },
    ],
    ['third party money alone', { consumeMoney: null, thirdPartyConsumeMoney: '2.4' }, { ...noCost, milliyuan: 2_400 }],
    ['nulls', { consumeCoins: null, consumeMoney: null, taskCostTime: null }, noCost],
    ['garbage', { consumeCoins: 'many', consumeMoney: {}, taskCostTime: '-1', thirdPartyConsumeMoney: 'NaN' }, noCost],
    ['more than can be', { consumeCoins: '1e9', consumeMoney: '99999999999', taskCostTime: '' }, noCost],
    ['no object', [], noCost],
  ])('reads usage of %s', async (_name, usage, cost) => {
    expect(await ask({ status: 'SUCCESS', results: [], usage })).toMatchObject({ cost });
    expect(await ask({ status: 'FAILED', errorCode: '805', usage })).toMatchObject({ cost });
  });

  it.each<[string, object, string, string]>([
    ['FAILED alone', { status: 'FAILED' }, 'vendor', 'failed'],
    ['FAILED with 805', { taskId: jobId, status: 'FAILED', errorCode: '805' }, 'vendor', '805'],
    ['FAILED with 1000', { taskId: jobId, status: 'FAILED', errorCode: '1000' }, 'vendor', '1000'],
    ['FAILED with 1003 of its own', { taskId: jobId, status: 'FAILED', errorCode: '1003' }, 'vendor', '1003'],
    ['FAILED with an unknown number', { taskId: jobId, status: 'FAILED', errorCode: 'x y' }, 'vendor', 'unreadable'],
    ['FAILED by moderation', { taskId: jobId, status: 'FAILED', errorCode: 1501 }, 'moderation', '1501'],
    ['FAILED over real people', { status: 'FAILED', errorCode: '1505' }, 'moderation', '1505'],
    ['CANCEL', { taskId: jobId, status: 'CANCEL', errorCode: '' }, 'vendor', 'cancel'],
    ['CANCELED', { status: 'CANCELED' }, 'vendor', 'canceled'],
    ['CANCELLED', { status: 'CANCELLED' }, 'vendor', 'cancelled'],
    ['number 805', { errorCode: '805' }, 'vendor', '805'],
    ['number 1015', { errorCode: 1015, status: '' }, 'vendor', '1015'],
    ['number 1501 alone', { errorCode: '1501' }, 'moderation', '1501'],
    ['number 805 of v1', { code: 805, msg: 'x', data: { failedReason: { node_name: 'KSampler' } } }, 'vendor', '805'],
  ])('takes %s for a failure', async (_name, body, kind, code) => {
    expect(await ask(body)).toEqual({ state: 'failed', kind, code, cost: noCost });
  });

  it('logs of a failure the kind of exception and the node, and nothing that holds the prompt', async () => {
    const warn = watchLog('warn');
    const failedReason = {
      exception_type: 'torch.OutOfMemoryError',
      node_name: 'KSampler',
      exception_message: order.prompt,
      traceback: [order.prompt],
      current_inputs: { text: [order.prompt] },
    };

    await ask({ taskId: jobId, status: 'FAILED', errorCode: '805', errorMessage: order.prompt, failedReason });
    await ask({
      code: 805,
      msg: order.prompt,
      data: { failedReason: { ...failedReason, exception_type: order.prompt } },
    });

    const facts = { jobId, code: '805', exceptionType: 'torch.OutOfMemoryError', nodeName: 'KSampler' };
    expect(warn.mock.calls).toEqual([
      [facts, expect.any(String)],
      [{ ...facts, exceptionType: null }, expect.any(String)],
    ]);
  });

  it.each(['423', '807', '1004'])('takes %s for gone, under any status', async (code) => {
    expect(await ask({ errorCode: code })).toEqual({ state: 'gone', code });
    expect(await ask({ code: Number(code) }, 404)).toEqual({ state: 'gone', code });
    expect(await ask({ taskId: jobId, status: 'FAILED', errorCode: code })).toEqual({ state: 'gone', code });
  });

  it.each<[string, unknown, number]>([
    ...noAnswers
      .filter(([, { fault }]) => !fault)
      .map(([name, { body, status = 200 }]): [string, unknown, number] => [name, body, status]),
    ['a rate limit', { errorCode: '1003', taskId: jobId }, 200],
    ['429', '', 429],
    ['a wrong key', { code: 412 }, 200],
    ['a wrong key in the clothes of a failure', { taskId: '', status: 'FAILED', errorCode: '1002' }, 200],
    ['a failure under 500', { taskId: jobId, status: 'FAILED', errorCode: '' }, 500],
    ['results that are no list', { status: 'SUCCESS', results: 'none' }, 200],
    ['an unknown word beside a number', { status: 'ERROR', errorCode: '1005' }, 200],
    ['the answer for another job', { taskId: '1980123456789012346', status: 'SUCCESS', results: [result(1)] }, 200],
    ['code 0 with an object', { code: 0, data: { a: 1 } }, 200],
  ])('learns nothing from %s', async (_name, body, status) => {
    expect(await failureOf(ask(body, status))).toBeInstanceOf(VendorUnavailable);
  });

  it.each(['silence', 'reset', 'cut'] as const)('learns nothing from %s', async (fault) => {
    script.push({ body: { taskId: jobId, status: 'SUCCESS', results: [] }, fault });

    expect(await failureOf(adapter({ timeoutMs: 300 }).query(jobId))).toBeInstanceOf(VendorUnavailable);
  });

  it('recognises its job by an id that comes without quotes', async () => {
    expect(await ask(`{"taskId":${jobId},"status":"SUCCESS","results":[]}`)).toMatchObject({ state: 'succeeded' });
  });

  it("reads v1's outputs, should the vendor answer in that shape", async () => {
    const output = { fileType: 'png', taskCostTime: '64', consumeCoins: '13', consumeMoney: null };
    const data = ['9', '4', '9'].map((nodeId, n) => ({
      ...output,
      nodeId,
      fileUrl: `https://rh-images.example/${n}.png`,
    }));

    expect(await ask({ code: 0, msg: 'success', data })).toEqual({
      state: 'succeeded',
      pictures: ['https://rh-images.example/0.png', 'https://rh-images.example/2.png'],
      cost: { millicoins: 13_000, milliyuan: null, seconds: 64 },
    });
    expect(await ask({ code: 0, data: [] })).toMatchObject({ state: 'succeeded', pictures: [] });
  });
});

describe('cancel', () => {
  it('asks for the end of this job, and takes an ended or unknown one for no fault', async () => {
    for (const code of [0, 423, 807, 1004, 805]) answer({ code, msg: 'x', data: null });

    for (let n = 0; n < 5; n += 1) await adapter().cancel(jobId);

    expect(seen.map(({ path }) => path)).toEqual(Array(5).fill('/task/openapi/cancel'));
    expect(sentJson()).toEqual({ apiKey, taskId: jobId });
    expect(seen[0]!.headers.authorization).toBe(`Bearer ${apiKey}`);
  });

  it.each<[string, Scripted]>([
    ['an outage', { status: 502, body: '' }],
    ['a page', { body: '<html>' }],
    ['a rate limit', { body: { code: 1003 } }],
    ['a wrong key', { body: { code: 412 } }],
    ['a job that goes on', { body: { code: 804 } }],
    ['a reset', { fault: 'reset' }],
  ])('does not know after %s', async (_name, scripted) => {
    script.push(scripted);

    expect(await failureOf(adapter().cancel(jobId))).toBeInstanceOf(VendorUnavailable);
  });
});

describe('account', () => {
  const state = {
    remainCoins: '1234.5',
    currentTaskCounts: '2',
    remainMoney: '88.123',
    currency: 'CNY',
    apiType: 'SHARED',
  };

  it('asks with the key in small letters, and reads numbers that come as text', async () => {
    answer({ code: 0, msg: 'success', data: state });
    answer(state);

    const account = { refused: false, openJobs: 2, millicoins: 1_234_500, milliyuan: 88_123 };
    expect(await adapter().account()).toEqual(account);
    expect(await adapter().account()).toEqual(account);
    expect(seen[0]!.path).toBe('/uc/openapi/accountStatus');
    expect(sentJson()).toEqual({ apikey: apiKey });
  });

  it('knows what it is told and no more: other money than yuan is not yuan', async () => {
    answer({ code: 0, data: { ...state, currency: 'USD', remainCoins: null, currentTaskCounts: 0 } });

    expect(await adapter().account()).toEqual({ refused: false, openJobs: 0, millicoins: null, milliyuan: null });
  });

  it('hears a no, and takes everything else for no answer', async () => {
    answer({ code: 802, msg: 'TOKEN' });
    expect(await adapter().account()).toEqual({ refused: true, kind: 'configuration', code: '802' });

    for (const body of [{ code: 0, data: null }, { code: 0, data: {} }, '<html>', { code: 1005 }]) {
      answer(body);
      expect(await failureOf(adapter().account())).toBeInstanceOf(VendorUnavailable);
    }
  });
});

it('waits no longer than it was told, whatever it asks', async () => {
  script = Array.from({ length: 6 }, () => ({ fault: 'silence' }));
  const poses = adapter({ timeoutMs: 200 });
  const start = performance.now();

  await Promise.all(
    [
      poses.upload(photo),
      poses.create(order),
      poses.query(jobId),
      poses.cancel(jobId),
      poses.account(),
      poses.download(`${listening.origin}/1.png`),
    ].map(failureOf),
  );

  expect(performance.now() - start).toBeLessThan(4_000);
});

describe('mistakes that others made', () => {
  const documented = [
    '/openapi/v2/media/upload/binary',
    '/openapi/v2/query',
    '/openapi/v2/run/ai-app/1937084629516193794',
    '/task/openapi/ai-app/run',
    '/task/openapi/cancel',
    '/task/openapi/upload',
    '/uc/openapi/accountStatus',
  ];

  it('mistake 1: asks only addresses that RunningHub documents', async () => {
    for (const apiVersion of ['v2', 'v1'] as const) {
      const poses = adapter({ apiVersion });
      script = Array.from({ length: 5 }, () => ({ body: { code: 1005 } }));
      await Promise.allSettled([
        poses.upload(photo),
        poses.create(order),
        poses.query(jobId),
        poses.cancel(jobId),
        poses.account(),
      ]);
    }

    expect([...new Set(seen.map(({ path }) => path))].sort()).toEqual(documented);
    expect(new Set(seen.map(({ method }) => method))).toEqual(new Set(['POST']));
    expect(new Set(seen.map(({ headers }) => headers.authorization))).toEqual(new Set([`Bearer ${apiKey}`]));
    expect(seen.map(({ path }) => path).join()).not.toContain(apiKey);
  });

  it('mistake 2: the image node gets the name that the upload gave, not a path of ours', async () => {
    answer({ code: 0, data: { fileName: 'openapi/given-by-the-vendor.jpg' } });
    answer({ taskId: jobId, status: 'QUEUED' });

    const uploaded = await adapter().upload(photo);
    if (uploaded.refused) throw new Error('the upload is answered with a name');
    await adapter().create({ ...order, photo: uploaded.photo });

    expect(sentJson(1)).toMatchObject({
      nodeInfoList: [{ nodeId: '2', fieldName: 'image', fieldValue: 'openapi/given-by-the-vendor.jpg' }, {}],
    });
  });

  it('mistake 3: a refused connection is an outage, never a made-up job', async () => {
    const poses = adapter();
    await listening.stop();

    for (const asking of [
      poses.upload(photo),
      poses.create(order),
      poses.query(jobId),
      poses.cancel(jobId),
      poses.account(),
      poses.download(`${listening.origin}/1.png`),
    ]) {
      const error = await failureOf(asking);
      expect(error).toBeInstanceOf(VendorUnavailable);
      expect(inspect(error, { depth: 10 })).not.toContain(apiKey);
    }
  });
});

/** The sandbox knows nothing of this adapter and reads the same documents: what both understand is likely what was meant. */
describe.each(['v2', 'v1'] as const)('with the sandbox, in %s', (apiVersion) => {
  let vendor: RunningHubSimulator;
  let sandbox: Listening;
  let garment: { bytes: Buffer; contentType: string };

  beforeAll(async () => {
    const plain = sharp({ create: { width: 60, height: 80, channels: 3, background: '#b04030' } });
    garment = { bytes: await plain.jpeg().toBuffer(), contentType: 'image/jpeg' };
  });
  beforeEach(async () => {
    const webappId = '1937084629516193794';
    vendor = createRunningHubSimulator({ apiKey, webappId, nodes, slots: 2, paceMs: 600_000, frameWidth: 48 });
    sandbox = await listenOnLoopback(vendor.app.callback());
  });
  afterEach(async () => {
    vendor.stop();
    await sandbox.stop();
  });

  const poses = (changes: Partial<RunningHubSettings> = {}) =>
    adapter({ apiBase: sandbox.origin, apiVersion, timeoutMs: 5_000, ...changes });
  const begin = async () => {
    const uploaded = await poses().upload(garment);
    if (uploaded.refused) throw new Error(`the upload is refused with ${uploaded.code}`);
    return poses().create({ ...order, webhookUrl: 'http://127.0.0.1:1/webhook', photo: uploaded.photo });
  };
  const beginJob = async (): Promise<string> => {
    const created = await begin();
    if (created.refused) throw new Error(`the order is refused with ${created.code}`);
    return created.jobId;
  };

  it('brings a photo there, and twelve pictures back', async () => {
    const id = await beginJob();
    const before = await poses().query(id);
    vendor.finish(id);
    const view = await poses().query(id);

    expect(before).toMatchObject({ state: 'open' });
    expect(vendor.find(id)).toMatchObject({ prompt: order.prompt });
    if (view.state !== 'succeeded') throw new Error(`the job is ${view.state}`);
    expect(view.cost).toMatchObject({ millicoins: expect.any(Number), seconds: expect.any(Number) });
    const pictures = await Promise.all(view.pictures.map((url) => poses().download(url)));
    expect(pictures.map(({ refused }) => refused)).toEqual(Array(12).fill(false));

    vendor.expireLinks();
    expect(await poses().download(view.pictures[0]!)).toMatchObject({ refused: true, kind: 'gone' });
  });

  it('hears how jobs fail, end early and are not known', async () => {
    const [failing, stopped] = [await beginJob(), await beginJob()];
    vendor.fail(failing, 1501);
    await poses().cancel(stopped);
    await poses().cancel(stopped); // Ended already: no fault.

    expect(await poses().query(failing)).toMatchObject({ state: 'failed', kind: 'moderation', code: '1501' });
    expect(await poses().query(stopped)).toMatchObject({ state: 'failed', kind: 'vendor' });
    expect(await poses().query('1999999999999999999')).toMatchObject({ state: 'gone' });
    await expect(poses().cancel('1999999999999999999')).resolves.toBeUndefined();
  });

  it('hears each no for what it is', async () => {
    await beginJob();
    await beginJob();

    expect(await begin()).toMatchObject({ refused: true, kind: 'busy', code: '421' });
    vendor.setSlots(9);
    for (const [code, kind] of [
      [415, 'busy'],
      [416, 'balance'],
      [1505, 'moderation'],
      [803, 'configuration'],
    ] as const) {
      vendor.mishaps.refuse(code);
      expect(await begin()).toMatchObject({ refused: true, kind, code: String(code) });
    }
    vendor.mishaps.refuse(1003, 1, 429);
    expect(await begin()).toMatchObject({ kind: 'busy', code: '1003' });
    expect(await poses().create(order)).toMatchObject({ kind: 'configuration' }); // A photo that nobody uploaded.
    expect(await poses({ webappId: '7' }).create(order)).toMatchObject({ kind: 'configuration', code: '901' });
    expect(vendor.openJobs()).toBe(2);
  });

  it('does not know after a lost answer, though the job was made', async () => {
    vendor.faults.plan({ path: 'ai-app', times: 1, fault: { kind: 'lost' } });

    expect(await failureOf(begin())).toBeInstanceOf(VendorUnavailable);
    expect(vendor.openJobs()).toBe(1);
  });

  it('knows the account', async () => {
    await beginJob();

    expect(await poses().account()).toMatchObject({ refused: false, openJobs: 1, millicoins: expect.any(Number) });
    expect(await poses({ apiKey: 'another' }).account()).toMatchObject({ refused: true, kind: 'configuration' });
  });
});

/** Read back by somebody else's reader. */
function formOf(headers: IncomingHttpHeaders, body: Buffer): Promise<FormData> {
  return new Response(body, { headers: { 'content-type': headers['content-type'] ?? '' } }).formData();
}
