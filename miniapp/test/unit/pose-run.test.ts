import type { ModelPoseParams } from '@suyi/shared-types';
import { findDraft } from '../../src/state/clean-draft';
import { clearRun, startRun, useCleanRun } from '../../src/state/clean-run';
import { findPoseDraft, forgetPoseDraftOf } from '../../src/state/pose-draft';
import { poseRuns, usePoseRun } from '../../src/state/pose-run';
import { openSession, restoreSession } from '../../src/state/session';
import { phone, resetPhone, type SentRequest } from '../stand-ins/taro';
import { inDays, problemBody, sampleSession, sampleTask } from './samples';

const photo = { path: 'wxfile://a.jpg', byteLength: 1000, width: 1200, height: 1600, contentType: 'image/jpeg' };
const params: ModelPoseParams = {
  scene: 'beach',
  category: 'dress',
  model: 'woman',
  body: 'slim',
  shouldNotify: true,
};
const pose = { ...sampleTask('queued', 'task_pose'), type: 'model_pose12' as const };

let mediaMade = 0;
let answerTask: (request: SentRequest) => { statusCode: number; data: unknown };

beforeEach(() => {
  resetPhone();
  restoreSession();
  openSession(sampleSession());
  poseRuns.clear();
  clearRun();
  jest.useFakeTimers();
  mediaMade = 0;
  answerTask = () => ({ statusCode: 202, data: pose });
  phone.answer = (request) => {
    if (request.url.endsWith('/uploads')) {
      mediaMade += 1;
      const upload = { url: '/api/media/form', fields: { key: 'a' }, fileField: 'file', expiresAt: inDays(1) };
      return { statusCode: 201, data: { mediaId: `media_${mediaMade}`, upload } };
    }
    if (request.url.endsWith('/complete')) return { statusCode: 200, data: sampleMedia() };
    return answerTask(request);
  };
});

afterEach(() => jest.useRealTimers());

const sampleMedia = () => ({
  id: 'media_1',
  status: 'ready',
  contentType: 'image/jpeg',
  byteLength: 1000,
  width: 1200,
  height: 1600,
  url: null,
  createdAt: inDays(0),
});

async function passing(...promises: Promise<void>[]): Promise<void> {
  await jest.advanceTimersByTimeAsync(120_000);
  await Promise.all(promises);
}

const taskPosts = () => phone.sent.filter(({ url, method }) => method === 'POST' && url.endsWith('/api/tasks'));
const keysOf = (requests: SentRequest[]) => new Set(requests.map(({ header }) => header['Idempotency-Key']));
const restartApp = () => usePoseRun.setState({ run: { phase: 'idle' } });

it('posts the whole wish, and does not hold the line for minutes of work', async () => {
  await passing(poseRuns.start(photo, params));

  const [post] = taskPosts();
  expect(JSON.parse(post?.data ?? '')).toEqual({ type: 'model_pose12', mediaId: 'media_1', params });
  expect(post?.header.Prefer).toBeUndefined();
  expect(usePoseRun.getState().run).toMatchObject({ phase: 'accepted', task: { id: 'task_pose' } });
});

it('keeps its key before anything is sent', async () => {
  phone.answer = () => {
    throw new Error('request:fail');
  };
  const going = poseRuns.start(photo, params);

  const kept = findPoseDraft();
  await passing(going);

  expect(kept).toMatchObject({ params, mediaId: null, taskId: null });
  expect(kept?.key).toMatch(/^[0-9a-z]+-[0-9a-z]+$/);
});

it('sends one key through silence, a killed app and a double tap', async () => {
  answerTask = () => {
    throw new Error('request:fail');
  };
  await passing(poseRuns.start(photo, params));
  restartApp();
  const draft = findPoseDraft();
  if (!draft) throw new Error('the draft was lost');

  answerTask = () => ({ statusCode: 202, data: pose });
  await passing(poseRuns.advance(draft), poseRuns.advance(draft));

  expect(keysOf(taskPosts()).size).toBe(1);
  expect(taskPosts().at(-1)).toMatchObject({ data: expect.stringContaining('"shouldNotify":true') });
  expect(mediaMade).toBe(1);
});

it('a second start while one is going does not take the kept key away', async () => {
  const first = poseRuns.start(photo, params);
  const key = findPoseDraft()?.key;
  const second = poseRuns.start(photo, params);

  expect(findPoseDraft()?.key).toBe(key);
  await passing(first, second);
  expect([...keysOf(taskPosts())]).toEqual([key]);
});

it('keeps photo and key while the tool rests, so that the same tap works later', async () => {
  answerTask = () =>
    problemBody(503, 'task_type_paused', '这项功能暂时停用，恢复前不会扣除次数。', { retryAfterSeconds: 60 });
  await passing(poseRuns.start(photo, params));
  const stopped = usePoseRun.getState().run;
  if (stopped.phase !== 'stopped') throw new Error('expected the run to stop');
  expect(taskPosts()).toHaveLength(1);

  answerTask = () => ({ statusCode: 202, data: pose });
  await passing(poseRuns.advance(stopped.draft));

  expect(usePoseRun.getState().run.phase).toBe('accepted');
  expect(keysOf(taskPosts()).size).toBe(1);
  expect(mediaMade).toBe(1);
});

it('is not posted for the next person on this phone, and waits for its owner', async () => {
  phone.answerUpload = () => {
    openSession(sampleSession('user_2'));
    return { statusCode: 204, data: '' };
  };
  await passing(poseRuns.start(photo, params));

  expect(taskPosts()).toEqual([]);
  expect(usePoseRun.getState().run).toEqual({ phase: 'idle' });
  expect(findPoseDraft()).toBeNull();
  openSession(sampleSession());
  expect(findPoseDraft()).toMatchObject({ mediaId: 'media_1', params });
});

it('goes its own way beside a white picture', async () => {
  answerTask = ({ data }) => ({ statusCode: 202, data: data?.includes('model_pose12') ? pose : sampleTask('queued') });

  await passing(poseRuns.start(photo, params), startRun(photo, { preset: 'main', hasShadow: false }));

  expect([findPoseDraft()?.taskId, findDraft()?.taskId]).toEqual(['task_pose', 'task_1']);
  expect(useCleanRun.getState().run).toMatchObject({ phase: 'accepted', task: { id: 'task_1' } });
  forgetPoseDraftOf('task_pose');
  expect([findPoseDraft(), findDraft()?.taskId]).toEqual([null, 'task_1']);
});
