import type { TaskDto } from '@suyi/shared-types';
import { framesOf } from '../../src/state/frames';
import { recallSaved, saveFrames, savedIdsOf, useSaveRun } from '../../src/state/save-run';
import { phone, resetPhone } from '../stand-ins/taro';
import { sampleSet } from './samples';

const set = sampleSet(12);
const fileNameOf = () => 'frame.jpg';

beforeEach(() => {
  resetPhone();
  startApp();
  jest.useFakeTimers();
});
afterEach(() => jest.useRealTimers());

/** A new run of the app: nothing is known but what the phone kept. */
function startApp(): void {
  useSaveRun.setState({ run: { phase: 'idle' }, saved: [] });
  recallSaved();
}

/** Saves to the end, however often it pauses. */
async function save(frames = framesOf(set)): Promise<void> {
  const saving = saveFrames({ taskId: set.id, frames, fileNameOf });
  await jest.runAllTimersAsync();
  await saving;
}

const run = () => useSaveRun.getState().run;
const savedIds = () => savedIdsOf(useSaveRun.getState().saved, set.id);
const restOf = (task: TaskDto) => framesOf(task).filter(({ id }) => !savedIds().includes(id));
/** As a phone fails. */
const failure = (errMsg: string) => Object.assign(new Error(errMsg), { errMsg });
const place = (filePath: string) => Number(/frame-(\d+)/.exec(filePath)?.[1]);

it('saves all twelve in their order, one at a time', async () => {
  const shown: number[] = [];
  const unsubscribe = useSaveRun.subscribe(({ run: now }) => now.phase === 'saving' && shown.push(now.done));

  await save();
  unsubscribe();

  expect(phone.saved.map(place)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect([...new Set(shown)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(run()).toEqual({ phase: 'saved', taskId: set.id, done: 12 });
});

it('goes on after a kill with what is left, and saves none twice', async () => {
  phone.saveToAlbum = () => (phone.saved.length === 5 ? new Promise(() => undefined) : { errMsg: 'ok' });
  void saveFrames({ taskId: set.id, frames: framesOf(set), fileNameOf });
  await jest.runAllTimersAsync();

  startApp();
  phone.saveToAlbum = () => ({ errMsg: 'ok' });
  await save(restOf(set));

  expect(phone.saved.map(place).sort((one, other) => one - other)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(restOf(set)).toEqual([]);
});

it('stops at a refused permission, and goes on where it stopped once that is given', async () => {
  let isAllowed = false;
  phone.saveToAlbum = () => ({ errMsg: isAllowed || phone.saved.length < 3 ? 'ok' : 'fail auth deny' });

  await save();
  expect(run()).toMatchObject({ phase: 'stopped', why: 'denied', done: 3 });
  const rest = run();
  if (rest.phase !== 'stopped') throw new Error('it did not stop');
  expect(rest.rest).toHaveLength(9);

  isAllowed = true;
  await save(framesOf(set).filter(({ id }) => rest.rest.includes(id)));
  expect(phone.saved.map(place)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

it('tries a broken picture three times, saves the others, and says that one is left', async () => {
  phone.answerDownload = ({ url }) => {
    if (url.includes('frame-4')) throw failure('downloadFile:fail');
    return { statusCode: 200, tempFilePath: url };
  };

  await save();

  expect(phone.downloads.filter((url) => url.includes('frame-4'))).toHaveLength(3);
  expect(phone.saved).toHaveLength(11);
  expect(run()).toMatchObject({ phase: 'stopped', why: 'failed', done: 11 });
  expect(restOf(set).map(({ url }) => place(url))).toEqual([4]);
});

it('saves a picture that came at the second try once', async () => {
  let tries = 0;
  phone.answerDownload = ({ url }) => {
    if (url.includes('frame-0') && (tries += 1) === 1) throw failure('downloadFile:fail timeout');
    return { statusCode: 200, tempFilePath: url };
  };

  await save();

  expect(phone.saved).toHaveLength(12);
  expect(run().phase).toBe('saved');
});

it('gives up after two broken pictures in a row instead of trying them all', async () => {
  phone.saveToAlbum = () => ({ errMsg: 'fail no space left' });

  await save();

  expect(phone.downloads).toHaveLength(6);
  expect(run()).toMatchObject({ phase: 'stopped', why: 'failed', done: 0 });
});

it('stops at once without a network', async () => {
  phone.networkType = 'none';
  phone.answerDownload = () => {
    throw failure('downloadFile:fail');
  };

  await save();

  expect(phone.downloads).toHaveLength(1);
  expect(run()).toMatchObject({ phase: 'stopped', why: 'offline' });
});

it.each([403, 410])('asks for new links when they have run out (%i), and goes on', async (statusCode) => {
  phone.answer = () => ({ statusCode: 200, data: sampleSet(12, 'fresh') });
  phone.answerDownload = ({ url }) =>
    url.includes('sign=fresh') || url.includes('frame-0') || url.includes('frame-1')
      ? { statusCode: 200, tempFilePath: url }
      : { statusCode, tempFilePath: '' };

  await save();

  expect(phone.saved.map(place)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(phone.sent.map(({ method, url }) => `${method} ${url}`)).toEqual([`GET /api/tasks/${set.id}`]);
});

it('takes no second wish while one is being fulfilled', async () => {
  const both = [1, 2].map(() => saveFrames({ taskId: set.id, frames: framesOf(set), fileNameOf }));
  await jest.runAllTimersAsync();
  await Promise.all(both);

  expect(phone.saved).toHaveLength(12);
});

it('knows a picture again under a new link, and saves it twice when asked to', async () => {
  await save();

  const renewed = framesOf(sampleSet(12, 'fresh'));
  expect(renewed.every(({ id }) => savedIds().includes(id))).toBe(true);
  await save(renewed.slice(0, 1));
  expect(phone.saved).toHaveLength(13);
});
