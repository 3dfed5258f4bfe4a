import sharp from 'sharp';
import { request } from 'undici';
import { listenOnLoopback, type Listening } from '../listen';
import { createRunningHubSimulator, type RunningHubSimulator } from './runninghub';

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

let vendor: RunningHubSimulator;
let server: Listening;
let photo: Buffer;

beforeAll(async () => {
  photo = await sharp({ create: { width: 60, height: 80, channels: 3, background: '#345' } })
    .jpeg()
    .toBuffer();
});
beforeEach(async () => {
  vendor = createRunningHubSimulator({ ...account, paceMs: 8, frameWidth: 48, ladderScale: 0.0001 });
  server = await listenOnLoopback(vendor.app.callback());
});
afterEach(async () => {
  vendor.stop();
  await vendor.webhooks.idle();
  await server.stop();
});

type Answer = { status: number; body: Record<string, unknown> };

async function post(path: string, body: object, headers: Record<string, string> = bearer): Promise<Answer> {
  const response = await request(server.origin + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.statusCode, body: (await response.body.json()) as Record<string, unknown> };
}

async function upload(bytes: Buffer = photo): Promise<Answer> {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(bytes)]), 'photo.jpg');
  const response = await fetch(`${server.origin}/openapi/v2/media/upload/binary`, {
    method: 'POST',
    headers: bearer,
    body: form,
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

it('works', async () => {
  const uploaded = await upload();
  const fileName = (uploaded.body.data as { fileName: string }).fileName;
  const made = await post(`/openapi/v2/run/ai-app/${account.webappId}`, {
    nodeInfoList: [
      { nodeId: '2', fieldName: 'image', fieldValue: fileName },
      { nodeId: '5', fieldName: 'text', fieldValue: 'street' },
    ],
  });
  await new Promise((resolve) => setTimeout(resolve, 40));
  const queried = await post('/openapi/v2/query', { taskId: made.body.taskId });
  const results = queried.body.results as { url: string }[];
  const picture = await request(results[1]?.url ?? '');
  expect(await sharp(Buffer.from(await picture.body.arrayBuffer())).metadata()).toMatchObject({
    width: 48,
    height: 64,
  });
  expect(results).toHaveLength(13);
});
