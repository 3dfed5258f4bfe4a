import { act, fireEvent, render, renderHook } from '@testing-library/react';
import type { TaskDto } from '@suyi/shared-types';
import { ApiProblem } from '../../src/api/problem';
import { ResumeCard } from '../../src/features/workspace/resume-card';
import type { CleanDraft } from '../../src/state/clean-draft';
import { clearRun, useCleanRun } from '../../src/state/clean-run';
import { useUnfinished } from '../../src/state/use-unfinished';
import { phone, resetPhone } from '../stand-ins/taro';
import { sampleTask } from './samples';

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
