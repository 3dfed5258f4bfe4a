import { act, cleanup, fireEvent, render } from '@testing-library/react';
import { posesWanted, type TaskDto, type ToolsDto } from '@suyi/shared-types';
import { signRequestsFor } from '../../src/api/client';
import { delayOf } from '../../src/features/history/delay';
import { effectWords, pictureOf, statusWords } from '../../src/features/history/task-words';
import { Viewer } from '../../src/features/poses/viewer';
import { frameNameOf, makingWords } from '../../src/features/poses/pose-words';
import { framesOf } from '../../src/state/frames';
import { usePicks } from '../../src/state/picks';
import { useSaveRun } from '../../src/state/save-run';
import { useSession } from '../../src/state/session';
import { useToolsStore } from '../../src/state/tools';
import PosesPage from '../../src/subpackages/task/poses/index';
import ResultPage from '../../src/subpackages/task/result/index';
import Taro, { phone, resetPhone } from '../stand-ins/taro';
import { inDays, problemBody, sampleMembership, sampleSession, sampleSet, sampleTask } from './samples';

const { params } = sampleSet(12);
const pose = (status: TaskDto['status'], changes: Partial<TaskDto> = {}): TaskDto => ({
  ...sampleTask(status, 'set_1'),
  type: 'model_pose12',
  params,
  ...changes,
});

const tools: ToolsDto = {
  items: [
    {
      type: 'model_pose12',
      price: 1,
      isOpen: true,
      pausedReason: null,
      retryAfterSeconds: null,
      waiting: 0,
      estimate: null,
      choices: [
        { name: 'scene', label: '场景', options: [{ value: 'street', label: '街拍' }], default: 'street' },
        { name: 'category', label: '品类', options: [{ value: 'dress', label: '连衣裙' }], default: 'dress' },
      ],
    },
  ],
  messageTemplateId: null,
};

/** What the server says of the set now, and what it answers to a cancel or a retry. */
let isOpen: boolean;
let answers: { task: TaskDto; deed: () => { statusCode: number; data: unknown } };

beforeEach(() => {
  resetPhone();
  cleanup();
  useSession.setState({ session: sampleSession() });
  usePicks.setState({ shown: null, isPicking: false, frameIds: [] });
  useSaveRun.setState({ run: { phase: 'idle' }, saved: [] });
  useToolsStore.setState({ tools: null, problem: null });
  signRequestsFor({ token: () => 't', onSignedOut: () => undefined });
  isOpen = true;
  answers = { task: sampleSet(12), deed: () => ({ statusCode: 200, data: answers.task }) };
  phone.params = { id: 'set_1' };
  phone.answer = ({ method, url }) => {
    if (url === '/api/tools') return { statusCode: 200, data: standing(isOpen) };
    if (url === '/api/membership') return { statusCode: 200, data: sampleMembership(8) };
    if (method === 'GET') return { statusCode: 200, data: answers.task };
    return answers.deed();
  };
});

async function open(task: TaskDto): Promise<void> {
  answers.task = task;
  render(<PosesPage />);
  await settle();
}

const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 20)));
const words = (id = '') => (id === '' ? document.body : document.getElementById(id))?.textContent ?? null;
const posts = () => phone.sent.filter(({ method }) => method === 'POST');

async function tap(id: string): Promise<void> {
  const element = document.getElementById(id);
  if (!element) throw new Error(`no ${id}`);
  await act(async () => void fireEvent.click(element));
  await settle();
}

/** How the tool stands. */
const standing = (isOpen: boolean): ToolsDto => ({
  ...tools,
  items: tools.items.map((tool) => ({ ...tool, isOpen })),
});

const span = { lowSeconds: 190, highSeconds: 355 };

it.each([
  ['third in line', pose('queued', { queuePosition: 2, estimate: span }), '排队第 3 位', '约 3–6 分钟后做好'],
  ['in line, nothing known', pose('queued', { queuePosition: null }), '正在排队', '通常几分钟'],
  ['being made', pose('running', { estimate: span, progress: 30 }), '正在制作', '约 3–6 分钟后做好'],
  ['coming in', { ...sampleSet(5), status: 'saving' as const }, '正在收图 5/12', '逐张检查'],
  ['not known to have begun', pose('uncertain'), '正在向合作方确认', '自动退回'],
])('tells of a set that is %s', (_name, task, title, detail) => {
  const told = makingWords(task);

  expect(told.title).toBe(title);
  expect(told.detail).toContain(detail);
});

describe('a set that takes longer than usual', () => {
  const tool = (isOpen: boolean) => standing(isOpen).items[0] ?? null;
  const [old, young] = ['2026-11-23T04:00:00.000Z', '2026-11-23T04:09:00.000Z'];
  const nowMs = Date.parse('2026-11-23T04:10:00.000Z');

  it.each<[string, TaskDto, { isOpen?: boolean; hadEstimate?: boolean }, string | null]>([
    ['is made for minutes, nobody knows how long', pose('running', { createdAt: old }), {}, 'slow'],
    ['is made within its estimate', pose('running', { createdAt: old, estimate: span }), {}, null],
    ['has just begun', pose('running', { createdAt: young }), {}, null],
    ['has outlived its estimate', pose('running', { createdAt: young }), { hadEstimate: true }, 'slow'],
    ['lost its estimate to a pause', pose('running', { createdAt: young }), { hadEstimate: true, isOpen: false }, null],
    ['waits while the tool rests', pose('queued', { createdAt: old }), { isOpen: false }, 'paused'],
    ['waits in line', pose('queued', { createdAt: old }), {}, null],
    ['comes in', pose('saving', { createdAt: old }), {}, null],
  ])('is called what it is when it %s', (_name, task, { isOpen: open = true, hadEstimate }, delay) => {
    expect(delayOf(task, { tool: tool(open), hadEstimate, nowMs })).toBe(delay);
  });

  it('says so on its page, and that the use comes back by itself', async () => {
    await open(pose('running', { createdAt: inDays(-0.01) }));

    expect(words('poses-estimate')).toBe('比平时久一些，仍在制作；超时会自动退回次数');
  });

  it('tells of a pause where an estimate would stand, also of one that began since', async () => {
    useToolsStore.setState({ tools: standing(true), problem: null });
    isOpen = false;
    await open(pose('queued', { queuePosition: 0 }));

    expect(words('poses-estimate')).toBe('合作方暂停接单，恢复后自动继续');
  });

  it('does not leave the page still when the server cannot be reached', async () => {
    const answer = phone.answer;
    phone.answer = (request) =>
      request.url.endsWith('/set_1') ? problemBody(503, 'service_unavailable', '请稍后再试。') : answer(request);
    jest.useFakeTimers();
    render(<PosesPage />);
    await act(() => jest.advanceTimersByTimeAsync(2600));
    expect(words('task-silent')).toBeNull();
    await act(() => jest.advanceTimersByTimeAsync(6000));
    expect(words('task-silent')).toContain('暂时连不上，正在重试');

    phone.answer = answer;
    await act(() => jest.advanceTimersByTimeAsync(12_000));
    jest.useRealTimers();
    expect(words('task-silent')).toBeNull();
    expect(words('poses-status')).toContain('已完成');
  });
});

it('gives its place to the other tool’s page when it is opened with one of its tasks', async () => {
  await open(sampleTask('succeeded', 'set_1'));
  expect(phone.navigations).toEqual(['redirectTo /subpackages/task/result/index?id=set_1']);
  expect(document.getElementById('poses-save-all')).toBeNull();

  cleanup();
  phone.navigations = [];
  answers.task = sampleSet(12);
  render(<ResultPage />);
  await settle();
  expect(phone.navigations).toEqual(['redirectTo /subpackages/task/poses/index?id=set_1']);
  expect(document.getElementById('clean-save')).toBeNull();
});

it.each([
  [pose('uncertain'), '确认中'],
  [{ ...sampleSet(5), status: 'saving' as const }, '收图 5/12'],
  [sampleSet(9), '部分完成'],
  [sampleSet(12), '已完成'],
])('has a word of its own for each state in the history', (task, word) => {
  expect(statusWords(task).text).toBe(word);
});

it('shows a set in the history by the small copy of its first frame', () => {
  expect(pictureOf(sampleSet(12))).toContain('small-0.jpg');
  expect(pictureOf(pose('queued'))).toContain('in.jpg');
  expect(effectWords(sampleSet(9))).toBe('次数已退回');
});

it('names each saved file by its place in the set', () => {
  const task = { ...sampleSet(12), finishedAt: '2026-11-23T17:04:00.000Z' };
  const third = framesOf(task)[2];

  expect(third && frameNameOf(task)(third)).toBe('素衣-十二姿势-1124-0104-03.jpg');
});

describe('a set that is being made', () => {
  it('shows the photo, the choices in words, and a place for each frame to come', async () => {
    await open({ ...sampleSet(5), status: 'saving', finishedAt: null, quotaEffect: 'held' });

    expect(words()).toContain('街拍 · 连衣裙');
    expect(words('poses-effect')).toContain('已预留 1 次');
    expect(document.querySelectorAll('[id^=poses-frame-]')).toHaveLength(5);
    expect(document.querySelectorAll('.gallery__place')).toHaveLength(posesWanted);
    expect(document.getElementById('poses-save-all')).toBeNull();
  });

  it('promises a message only where one was agreed to', async () => {
    await open(pose('running'));
    expect(words()).not.toContain('微信会通知您');

    cleanup();
    await open(pose('running', { params: { ...params, shouldNotify: true } }));
    expect(words()).toContain('微信会通知您');
  });

  it('can be cancelled while it waits, after a question, and not later', async () => {
    await open(pose('queued'));
    answers.deed = () => {
      answers.task = pose('cancelled', { quotaEffect: 'released' });
      return { statusCode: 200, data: answers.task };
    };

    await tap('poses-cancel');
    expect(phone.dialogs.at(-1)).toContain('次数会马上退回');
    expect(words('poses-status')).toContain('已取消');
    expect(words('poses-effect')).toBe('次数已退回');

    cleanup();
    await open(pose('running'));
    expect(document.getElementById('poses-cancel')).toBeNull();
  });

  it('keeps the picture on the screen when the next answer signs its link anew', async () => {
    jest.useFakeTimers();
    answers.task = { ...sampleSet(2), status: 'saving', finishedAt: null };
    render(<PosesPage />);
    await act(() => jest.advanceTimersByTimeAsync(50));
    answers.task = { ...sampleSet(3, 'second'), status: 'saving', finishedAt: null };
    await act(() => jest.advanceTimersByTimeAsync(3000));
    jest.useRealTimers();

    const sources = [...document.querySelectorAll('.gallery__picture')].map((image) => image.getAttribute('src'));
    expect(sources.map((source) => source?.replace(/.*sign=/, ''))).toEqual(['first', 'first', 'second']);
  });
});

describe('a set that is incomplete', () => {
  it('says what is there, that the use is back, and makes another one once, however often it is tapped', async () => {
    await open(sampleSet(9));
    expect(words('poses-incomplete')).toContain('做好 9 张，少了 3 张');
    expect(words('poses-effect')).toContain('次数已退回');
    answers.deed = () => ({ statusCode: 202, data: { ...pose('queued'), id: 'set_2', retryOf: 'set_1' } });

    const button = document.getElementById('poses-retry') ?? document.body;
    await act(async () => void [fireEvent.click(button), fireEvent.click(button)]);
    await settle();

    expect(posts().map(({ url }) => url)).toEqual(['/api/tasks/set_1/retry']);
    expect(phone.navigations).toEqual(['redirectTo /subpackages/task/poses/index?id=set_2']);
  });

  it('sends the same key again when the app was killed before the answer came', async () => {
    answers.deed = () => {
      throw Object.assign(new Error(), { errMsg: 'request:fail' });
    };
    await open(sampleSet(9));
    jest.useFakeTimers();
    fireEvent.click(document.getElementById('poses-retry') ?? document.body);
    await act(() => jest.advanceTimersByTimeAsync(10_000));
    jest.useRealTimers();

    cleanup();
    answers.deed = () => ({ statusCode: 202, data: { ...pose('queued'), id: 'set_2', retryOf: 'set_1' } });
    await open(sampleSet(9));
    await tap('poses-retry');

    const keys = posts().map(({ header }) => header['Idempotency-Key']);
    expect(keys.length).toBeGreaterThan(1);
    expect(new Set(keys).size).toBe(1);
  });

  it('leads to the membership when no use is left', async () => {
    answers.deed = () => problemBody(402, 'quota_insufficient', '可用次数不足，请续费后再试。');
    await open(sampleSet(9));

    await tap('poses-retry');

    expect(phone.dialogs.at(-1)).toContain('可用次数不足');
    expect(phone.navigations).toEqual(['navigateTo /subpackages/membership/index/index']);
  });
});

it.each([
  ['vendor_failed', 'poses-retry'],
  ['vendor_moderated', 'poses-again'],
])('offers what helps first when a set failed by %s', async (errorCode, first) => {
  const finishedAt = inDays(0);
  await open(pose('failed', { errorCode, errorReason: '没有做出图来。', quotaEffect: 'released', finishedAt }));

  expect(words('task-broken-off')).toContain('没有做出图来。');
  expect(words('poses-effect')).toBe('次数已退回');
  expect(words()).not.toContain('用时');
  expect(document.getElementById(first)?.className).toContain('button--primary');
});

describe('a finished set', () => {
  it('goes on by itself from where the permission stopped it', async () => {
    let isAllowed = false;
    phone.saveToAlbum = () => ({ errMsg: isAllowed || phone.saved.length < 3 ? 'ok' : 'fail auth deny' });
    await open(sampleSet(12));

    await tap('poses-save-all');
    expect(words('poses-save-trouble')).toContain('已保存 3 张，还有 9 张');

    await tap('poses-settings');
    expect(phone.saved).toHaveLength(3);
    expect(words('poses-save-trouble')).toContain('长按图片');

    isAllowed = true;
    phone.authSetting = { 'scope.writePhotosAlbum': true };
    await tap('poses-settings');
    expect(phone.saved).toHaveLength(12);
    expect(words('poses-saved')).toContain('已全部保存');
    expect(phone.toasts).toEqual(['9 张已保存到相册']);
  });

  it('saves what is picked, and offers the rest afterwards', async () => {
    await open(sampleSet(12));

    await tap('poses-pick');
    await tap('poses-pick-0');
    await tap('poses-pick-4');
    expect(words('poses-save-picked')).toBe('保存选中 2 张');
    await tap('poses-save-picked');

    expect(phone.saved.map((file) => /frame-(\d+)/.exec(file)?.[1])).toEqual(['0', '4']);
    expect(words('poses-save-all')).toBe('保存剩下 10 张到相册');
  });

  it('opens one large at a tap, and says that its pictures are made by a machine', async () => {
    await open(sampleSet(12));

    await tap('poses-frame-11');

    expect(phone.navigations).toEqual(['navigateTo /subpackages/task/frame/index?id=set_1&at=11']);
    expect(words('poses-ai-label')).toContain('AI 生成标识');
  });

  it('shows the seller’s own photo beside the set, and makes another set of it', async () => {
    await open(sampleSet(12));

    await tap('poses-original');
    await tap('poses-again-photo');

    expect(phone.previewed).toEqual(['/api/media/files/in.jpg']);
    expect(phone.navigations).toEqual(['redirectTo /subpackages/task/pose/index?again=set_1']);
  });

  it('asks before it deletes, and nothing turns meanwhile', async () => {
    let say: (confirm: boolean) => void = () => undefined;
    const question = jest
      .spyOn(Taro, 'showModal')
      .mockImplementation(() => new Promise((resolve) => (say = (confirm) => resolve({ confirm }))));
    await open(sampleSet(12));
    await tap('poses-delete');
    expect(document.querySelector('#poses-delete .button__busy')).toBeNull();

    say(false);
    await settle();
    question.mockRestore();
    expect(phone.sent.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });

  it('forgets what it saved of a set that is deleted', async () => {
    await open(sampleSet(12));
    await tap('poses-save-all');
    answers.deed = () => ({ statusCode: 204, data: '' });

    await tap('poses-delete');

    expect(useSaveRun.getState().saved).toEqual([]);
    expect(phone.navigations).toEqual(['switchTab /pages/workspace/index']);
  });
});

it('zooms by WeChat’s own viewer, with the picture that was tapped in front', async () => {
  const set = sampleSet(12);
  render(<Viewer task={set} frames={framesOf(set)} firstIndex={4} />);

  const pictures = document.querySelectorAll('.viewer__stage');
  await act(async () => void fireEvent.click(pictures[4] ?? document.body));

  expect(phone.previewed).toHaveLength(12);
  expect(phone.previewed[0]).toContain('frame-4.jpg');
  expect(words('poses-viewer-place')).toBe('5 / 12');
});

it('holds the seller’s own photo against a frame, to and fro', async () => {
  const set = sampleSet(12);
  render(<Viewer task={set} frames={framesOf(set)} firstIndex={4} />);

  await tap('poses-viewer-compare');
  expect(document.querySelector('#poses-viewer-original img')?.getAttribute('src')).toContain('in.jpg');
  await tap('poses-viewer-original');

  expect(document.getElementById('poses-viewer-original')).toBeNull();
  expect(words('poses-viewer-place')).toBe('5 / 12');
});
