import { act, fireEvent, render, renderHook } from '@testing-library/react';
import type { TaskDto } from '@suyi/shared-types';
import { ApiProblem } from '../../src/api/problem';
import { PoseResumeCard } from '../../src/features/workspace/pose-resume-card';
import { RecentTasks } from '../../src/features/workspace/recent-tasks';
import { ResumeCard } from '../../src/features/workspace/resume-card';
import { ToolCards } from '../../src/features/workspace/tool-cards';
import WorkspacePage from '../../src/pages/workspace';
import type { CleanDraft } from '../../src/state/clean-draft';
import { clearRun, useCleanRun } from '../../src/state/clean-run';
import type { PoseDraft } from '../../src/state/pose-draft';
import { poseRuns, usePoseRun } from '../../src/state/pose-run';
import { closeSession, openSession } from '../../src/state/session';
import { useToolsStore } from '../../src/state/tools';
import { useUnfinished } from '../../src/state/use-unfinished';
import { phone, resetPhone } from '../stand-ins/taro';
import { estimateWords, readyWords } from '../../src/ui/wording';
import { inDays, problemBody, sampleMembership, sampleSession, sampleTask, sampleTools } from './samples';

const draft: CleanDraft = {
  userId: 'user_1',
  key: 'key-12345678',
  photo: { path: '', byteLength: 1000, width: 1200, height: 1600, contentType: 'image/jpeg' },
  params: { preset: 'main', hasShadow: false },
  mediaId: 'media_1',
  taskId: null,
};
const accepted = { ...draft, taskId: 'task_1' };

beforeEach(() => {
  resetPhone();
  clearRun();
  poseRuns.clear();
  useToolsStore.setState({ tools: null, problem: null });
});

const tapOpen = () => fireEvent.click(document.getElementById('resume-open') ?? document.body);

it('says that a picture is being made while it is, and opens its progress', () => {
  useCleanRun.setState({ run: { phase: 'making', draft } });

  const { container } = render(<ResumeCard draft={draft} task={null} onGone={() => undefined} />);
  tapOpen();

  expect(container.textContent).toContain('正在制作');
  expect(container.textContent).not.toContain('继续制作');
  expect(document.getElementById('resume-drop')).toBeNull();
  expect(phone.navigations).toEqual(['navigateTo /subpackages/task/clean/index']);
});

it.each<[string, CleanDraft | null, TaskDto | null, string]>([
  ['a photo that a closed app left on the server', draft, null, '继续不会重复扣除次数'],
  ['a task still being made', accepted, sampleTask('running'), '正在制作'],
  ['a task that is done', accepted, sampleTask('succeeded'), '图片做好了'],
  ['a task that failed', accepted, sampleTask('failed'), '没有做成'],
  ['a task not known here', accepted, null, '上次的图片还没看'],
  ['nothing', null, null, ''],
])('finds the words for %s', (_name, kept, task, words) => {
  const { container } = render(<ResumeCard draft={kept} task={task} onGone={() => undefined} />);

  expect(container.textContent).toContain(words);
  if (kept === null) expect(container.textContent).toBe('');
});

it('gives up a run that stopped, with what was kept of it', () => {
  const problem = new ApiProblem('quota_insufficient', 402, '可用次数不足，请续费后再试。');
  useCleanRun.setState({ run: { phase: 'stopped', problem, draft } });
  const onGone = jest.fn();
  render(<ResumeCard draft={draft} task={null} onGone={onGone} />);

  fireEvent.click(document.getElementById('resume-drop') ?? document.body);

  expect(onGone).toHaveBeenCalledTimes(1);
  expect(useCleanRun.getState().run).toEqual({ phase: 'idle' });
});

it('follows the unfinished tasks of a list until they are final, and asks about no other', async () => {
  jest.useFakeTimers();
  const states: TaskDto['status'][] = ['running', 'succeeded'];
  phone.answer = () => ({ statusCode: 200, data: sampleTask(states.shift() ?? 'failed', 'task_2') });
  const told: string[] = [];
  const tasks = [sampleTask('succeeded', 'task_1'), sampleTask('queued', 'task_2')];

  renderHook(() => useUnfinished(tasks, (task) => told.push(`${task.id} ${task.status}`)));
  await act(() => jest.advanceTimersByTimeAsync(60_000));
  jest.useRealTimers();

  expect(told).toEqual(['task_2 running', 'task_2 succeeded']);
  expect(phone.sent.every(({ url }) => url.endsWith('/api/tasks/task_2'))).toBe(true);
});

describe('tools', () => {
  const text = (id: string) => document.getElementById(id)?.textContent ?? '';
  const settle = () => act(async () => void (await new Promise((resolve) => setTimeout(resolve, 5))));

  beforeEach(() => openSession(sampleSession()));
  afterEach(() => act(() => closeSession()));

  it('tells the price and how long it takes, as the server told them', async () => {
    phone.answer = () => ({ statusCode: 200, data: sampleTools({ price: 2 }) });
    render(<ToolCards />);
    await settle();

    expect(text('tool-model-pose12')).toContain('2 次 / 套 · 约 3–6 分钟');
    expect(text('tool-basic-clean')).toContain('1 次 / 张 · 约 3 秒');
    fireEvent.click(document.getElementById('tool-model-pose12') ?? document.body);
    expect(phone.navigations).toEqual(['navigateTo /subpackages/task/pose/index']);
  });

  it('says of a tool that rests why, that nothing is spent, and lets it be looked at', async () => {
    phone.answer = () => ({ statusCode: 200, data: sampleTools({ isOpen: false, pausedReason: null }) });
    render(<ToolCards />);
    await settle();

    for (const words of ['暂停中', '暂时停用', '不会扣除次数', '可以先看看'])
      expect(text('tool-model-pose12')).toContain(words);
    expect(text('tool-basic-clean')).not.toContain('暂停');
    fireEvent.click(document.getElementById('tool-model-pose12') ?? document.body);
    expect(phone.navigations).toEqual(['navigateTo /subpackages/task/pose/index']);
  });

  it('keeps both cards when nothing can be learned of them', async () => {
    phone.answer = () => problemBody(404, 'not_found', '没有找到这项内容。');
    render(<ToolCards />);
    await settle();

    expect(text('tool-model-pose12')).toContain('1 次 / 套 · 通常几分钟');
    expect(text('tool-basic-clean')).toContain('约 3 秒');
  });

  it('asks nothing for a guest of WeChat’s', async () => {
    closeSession();
    render(<ToolCards />);
    await settle();

    expect(phone.sent).toEqual([]);
    fireEvent.click(document.getElementById('tool-model-pose12') ?? document.body);
    expect(phone.navigations).toEqual(['navigateTo /pages/login/index']);
  });
});

it.each<[number, number, string]>([
  [185, 340, '约 3–6 分钟'],
  [20, 80, '2 分钟以内'],
  [120, 120, '约 2 分钟'],
  [0, 5, '1 分钟以内'],
  [1, 60, '1 分钟以内'],
  [25, 60, '约 25–60 秒'],
])('tells %i to %i seconds as %s', (lowSeconds, highSeconds, words) => {
  expect(estimateWords({ lowSeconds, highSeconds })).toBe(words);
  expect(readyWords({ lowSeconds, highSeconds })).toBe(words.startsWith('约') ? `${words}后做好` : `${words}做好`);
});

describe('twelve frames on their way', () => {
  const pose = (status: TaskDto['status'], changes: Partial<TaskDto> = {}): TaskDto => ({
    ...sampleTask(status, 'task_pose'),
    type: 'model_pose12',
    ...changes,
  });
  const frame = (index: number): TaskDto['results'][number] => ({
    url: `/api/media/files/${index}.jpg`,
    width: 1000,
    height: 1500,
    byteLength: 9,
    contentType: 'image/jpeg',
    role: 'frame',
    thumbnailUrl: null,
  });
  const frames = (count: number) => Array.from({ length: count }, (_, index) => frame(index));
  const kept: PoseDraft = {
    ...draft,
    params: { scene: 'studio', category: 'top', model: 'woman', body: 'slim', shouldNotify: false },
  };
  const seen = { ...kept, taskId: 'task_pose' };
  const range = { lowSeconds: 120, highSeconds: 240 };

  it.each<[string, PoseDraft | null, TaskDto[], string]>([
    ['waits', null, [pose('queued', { queuePosition: 3, estimate: range })], '前面还有 3 个，约 2–4 分钟后做好'],
    ['is next', null, [pose('queued', { queuePosition: 0 })], '马上开始'],
    ['is made', null, [pose('running', { progress: 45, estimate: range })], '约 2–4 分钟后做好'],
    ['comes in', null, [pose('saving', { results: frames(5) })], '已做好 5 张'],
    ['is not alone', null, [pose('running'), pose('queued', { id: 'other' })], '另有 1 套在排队'],
    [
      'is nearest its end',
      null,
      [pose('queued', { id: 'a' }), pose('running', { id: 'b' }), pose('saving', { results: frames(2) })],
      '已做好 2 张。可以先看别的。另有 1 套在做、1 套在排队。',
    ],
    [
      'is next of two in line',
      null,
      [pose('queued', { id: 'a', queuePosition: 4 }), pose('queued', { queuePosition: 1 })],
      '前面还有 1 个',
    ],
    ['takes long', null, [pose('running', { createdAt: inDays(-0.01) })], '比平时久一些，仍在制作；超时会自动退回次数'],
    ['is done', seen, [pose('succeeded', { results: frames(12), quotaEffect: 'captured' })], '12 张模特图做好了'],
    ['is short', seen, [pose('succeeded', { results: frames(9), quotaEffect: 'released' })], '没有做全，次数已退回'],
    ['failed', seen, [pose('failed', { errorReason: '合作方这次没有做出图来。' })], '合作方这次没有做出图来。'],
    ['was cancelled', seen, [pose('cancelled')], ''],
    ['is not known here', seen, [], '上次的模特图还没看'],
    ['was not posted', kept, [], '继续不会重复扣除次数'],
    ['was not uploaded', { ...kept, mediaId: null }, [], '没有扣除次数，请重新选择照片'],
    ['is done and seen', null, [pose('succeeded')], ''],
  ])('finds the words for a set that %s', (_name, given, tasks, words) => {
    const { container } = render(<PoseResumeCard draft={given} tasks={tasks} onGone={() => undefined} />);

    expect(container.textContent).toContain(words);
    if (words === '') expect(container.textContent).toBe('');
  });

  it('says that a set waits for the tool to come back, and promises no time', () => {
    useToolsStore.setState({ tools: sampleTools({ isOpen: false }) });

    render(<PoseResumeCard draft={null} tasks={[pose('queued', { queuePosition: 0 })]} onGone={() => undefined} />);

    const words = document.getElementById('resume-pose-card')?.textContent;
    expect(words).toContain('合作方暂停接单，恢复后自动继续');
    expect(words).not.toMatch(/马上开始|分钟/);
  });

  it('counts the frames of a set once: while they come by its status, then by their number', () => {
    const value = [pose('saving', { results: frames(5) }), pose('succeeded', { id: 'made', results: frames(12) })];
    render(
      <RecentTasks
        tasks={{ value, problem: null, isLoading: false, reload: async () => {}, replace: () => undefined }}
      />,
    );

    expect(document.getElementById('recent-item-0')?.textContent).toBe('收图 5/12');
    expect(document.getElementById('recent-item-1')?.textContent).toBe('12 张');
  });

  it('leads to the set’s own page, from the card and from the list', () => {
    const task = pose('running', { progress: 45 });
    render(<PoseResumeCard draft={null} tasks={[task]} onGone={() => undefined} />);
    const value = [task, sampleTask('succeeded', 'task_2')];
    render(
      <RecentTasks
        tasks={{ value, problem: null, isLoading: false, reload: async () => {}, replace: () => undefined }}
      />,
    );

    for (const id of ['resume-pose-open', 'recent-item-0', 'recent-item-1']) {
      fireEvent.click(document.getElementById(id) ?? document.body);
    }

    expect(phone.navigations).toEqual([
      'navigateTo /subpackages/task/poses/index?id=task_pose',
      'navigateTo /subpackages/task/poses/index?id=task_pose',
      'navigateTo /subpackages/task/result/index?id=task_2',
    ]);
    expect(document.getElementById('recent-item-0')?.textContent).toContain('制作中 45 %');
  });

  it('shows the upload of this very opening before anything older', () => {
    usePoseRun.setState({ run: { phase: 'uploading', percent: 40, draft: kept } });

    const { container } = render(<PoseResumeCard draft={null} tasks={[pose('queued')]} onGone={() => undefined} />);

    expect(container.textContent).toContain('照片正在上传，40 %');
  });

  it('finds a set that the short list ends before', async () => {
    openSession(sampleSession());
    phone.storage.set('pose-draft', seen);
    phone.answer = ({ url }) => {
      if (url.endsWith('/api/tools')) return { statusCode: 200, data: sampleTools() };
      if (url.endsWith('/api/membership')) return { statusCode: 200, data: sampleMembership(9) };
      if (url.endsWith('/api/tasks/task_pose'))
        return { statusCode: 200, data: pose('saving', { results: frames(7) }) };
      return { statusCode: 200, data: { items: [sampleTask('succeeded', 'task_9')], nextCursor: null } };
    };

    render(<WorkspacePage />);
    await act(async () => void (await new Promise((resolve) => setTimeout(resolve, 20))));

    expect(document.getElementById('resume-pose-card')?.textContent).toContain('已做好 7 张');
    act(() => closeSession());
  });
});
