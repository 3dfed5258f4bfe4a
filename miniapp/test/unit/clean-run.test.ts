import { phone, resetPhone, type SentRequest } from '../stand-ins/taro';
import { findDraft, forgetDraftOf } from '../../src/state/clean-draft';
import { advance, clearRun, leaveRun, startRun, useCleanRun } from '../../src/state/clean-run';
import { openSession, restoreSession } from '../../src/state/session';
import { inDays, problemBody, sampleSession, sampleTask } from './samples';

const photo = { path: 'wxfile://a.jpg', byteLength: 1000, width: 1200, height: 1600, contentType: 'image/jpeg' };
const params = { preset: 'main' as const, hasShadow: false };

const ticket = {
  mediaId: 'media_1',
  upload: { url: '/api/media/form', fields: { key: 'a', policy: 'b' }, fileField: 'file', expiresAt: inDays(1) },
};
const media = {
  id: 'media_1',
  status: 'ready',
  contentType: 'image/jpeg',
  byteLength: 1000,
  width: 1200,
  height: 1600,
  url: null,
  createdAt: inDays(0),
};

let answerTask: () => { statusCode: number; data: unknown };

beforeEach(() => {
  resetPhone();
  restoreSession();
  openSession(sampleSession());
  clearRun();
  jest.useFakeTimers();
  answerTask = () => ({ statusCode: 202, data: sampleTask('queued') });
  phone.answer = ({ url }: SentRequest) => {
    if (url.endsWith('/uploads')) return { statusCode: 201, data: ticket };
    if (url.endsWith('/complete')) return { statusCode: 200, data: media };
    return answerTask();
  };
});

afterEach(() => jest.useRealTimers());

async function passing(promise: Promise<void>): Promise<void> {
  await jest.advanceTimersByTimeAsync(120_000);
  await promise;
}

const run = () => useCleanRun.getState().run;
const taskPosts = () => phone.sent.filter(({ url, method }) => method === 'POST' && url.endsWith('/api/tasks'));
const keysOf = (requests: SentRequest[]) => new Set(requests.map(({ header }) => header['Idempotency-Key']));

/** What the phone remembers when WeChat kills the program: storage, and nothing else. */
function restartApp(): void {
  useCleanRun.setState({ run: { phase: 'idle' } });
}

it('goes from the photo to an accepted task, the form fields first', async () => {
  await passing(startRun(photo, params));

  expect(run()).toMatchObject({ phase: 'accepted', task: { id: 'task_1' } });
  expect(phone.uploads[0]).toMatchObject({ formData: { key: 'a', policy: 'b' }, filePath: photo.path });
  expect(findDraft()).toMatchObject({ taskId: 'task_1' });
});

it('posts under the same key after the program was killed on the way', async () => {
  answerTask = () => {
    throw new Error('request:fail');
  };
  await passing(startRun(photo, params));
  expect(run()).toMatchObject({ phase: 'stopped', problem: { code: 'unreachable' } });

  restartApp();
  answerTask = () => ({ statusCode: 200, data: sampleTask('succeeded') });
  const draft = findDraft();
  if (!draft) throw new Error('the draft was lost');
  await passing(advance(draft));

  expect(run()).toMatchObject({ phase: 'accepted' });
  expect(keysOf(taskPosts()).size).toBe(1);
  expect(phone.uploads).toHaveLength(1);
});

it('does not start twice on a double tap', async () => {
  await passing(Promise.all([startRun(photo, params), startRun(photo, params)]).then(() => undefined));

  expect(taskPosts()).toHaveLength(1);
});

it('asks for a new upload ticket when the form breaks off, and gives up after three', async () => {
  let broken = 2;
  phone.answerUpload = () => {
    if (broken-- > 0) throw new Error('uploadFile:fail');
    return { statusCode: 204, data: '' };
  };

  await passing(startRun(photo, params));

  expect(run()).toMatchObject({ phase: 'accepted' });
  expect(phone.uploads).toHaveLength(3);
});

it('after a clear no keeps the uploaded photo and makes a new key', async () => {
  answerTask = () => problemBody(402, 'quota_insufficient', '可用次数不足，请续费后再试。');
  await passing(startRun(photo, params));
  const stopped = run();
  if (stopped.phase !== 'stopped') throw new Error('expected the run to stop');

  answerTask = () => ({ statusCode: 202, data: sampleTask('queued') });
  clearRun();
  await passing(advance(stopped.draft));

  expect(run()).toMatchObject({ phase: 'accepted' });
  expect(keysOf(taskPosts()).size).toBe(2);
  expect(phone.uploads).toHaveLength(1);
});

it('uploads again a photo that the server no longer has', async () => {
  answerTask = () => problemBody(404, 'media_not_found', '没有找到这张图片，请重新上传。');
  await passing(startRun(photo, params));

  expect(run()).toMatchObject({ phase: 'stopped', draft: { mediaId: null } });
});

it.each([
  ['a refusal that nothing cures', 422, 'media_unreadable', 'idle'],
  ['a want of uses', 402, 'quota_insufficient', 'stopped'],
])('after %s the next visit finds what can still be done', async (_name, status, code, phase) => {
  answerTask = () => problemBody(status, code, '没有做成。');
  await passing(startRun(photo, params));

  leaveRun();

  expect(run().phase).toBe(phase);
  expect(findDraft() === null).toBe(phase === 'idle');
});

it('goes on while the seller looks at other pages, and is over once its task was handed on', async () => {
  const going = startRun(photo, params);
  leaveRun();
  expect(run().phase).toBe('uploading');

  await passing(going);
  leaveRun();

  expect(run().phase).toBe('idle');
  expect(findDraft()).toMatchObject({ taskId: 'task_1' });
});

it('hides the draft from another person and forgets it once its result was seen', async () => {
  await passing(startRun(photo, params));

  openSession(sampleSession('user_2'));
  expect(findDraft()).toBeNull();
  expect(run()).toEqual({ phase: 'idle' });

  openSession(sampleSession('user_1'));
  expect(findDraft()).not.toBeNull();
  forgetDraftOf('task_1');
  expect(findDraft()).toBeNull();
});
