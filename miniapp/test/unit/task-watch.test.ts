import type { TaskDto } from '@suyi/shared-types';
import { ApiProblem, silence } from '../../src/api/problem';
import { pollPauseMs, watchTask } from '../../src/state/task-watch';
import { sampleTask } from './samples';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

function watched(load: () => Promise<TaskDto>) {
  const seen: string[] = [];
  const problems: ApiProblem[] = [];
  const ask = jest.fn(load);
  const watch = watchTask({
    taskId: 'task_1',
    load: ask,
    onTask: (task) => seen.push(task.status),
    onProblem: (problem) => problems.push(problem),
  });
  return { watch, ask, seen, problems };
}

it('asks slower each time, up to ten seconds', () => {
  const pauses = [0, 1, 2, 3, 4, 5, 6, 7, 20].map((asked) => pollPauseMs(asked));

  expect(pauses.every((pause, index) => index === 0 || pause >= (pauses[index - 1] ?? 0))).toBe(true);
  expect([pauses[0], pauses.at(-1)]).toEqual([800, 10_000]);
});

it('asks every few seconds while pictures come in one after the other', () => {
  expect([0, 20].map((asked) => pollPauseMs(asked, 'saving'))).toEqual([800, 2500]);
  expect(pollPauseMs(20, 'running')).toBe(10_000);
});

it('stops at a final state', async () => {
  const states: TaskDto['status'][] = ['queued', 'running', 'succeeded'];
  const { watch, ask, seen } = watched(async () => sampleTask(states.shift() ?? 'failed'));

  watch.resume();
  await jest.advanceTimersByTimeAsync(300_000);

  expect(seen).toEqual(['queued', 'running', 'succeeded']);
  expect(ask).toHaveBeenCalledTimes(3);
});

it('asks nothing while out of sight, and at once when back', async () => {
  const { watch, ask } = watched(async () => sampleTask('running'));

  await jest.advanceTimersByTimeAsync(10_000);
  expect(ask).not.toHaveBeenCalled();

  watch.resume();
  await jest.advanceTimersByTimeAsync(100);
  watch.pause();
  const asked = ask.mock.calls.length;
  await jest.advanceTimersByTimeAsync(300_000);
  expect(ask).toHaveBeenCalledTimes(asked);

  watch.resume();
  await jest.advanceTimersByTimeAsync(1);
  expect(ask).toHaveBeenCalledTimes(asked + 1);
});

it('goes on through a broken connection and stops at what asking again cannot cure', async () => {
  const gone = new ApiProblem('not_found', 404, '没有找到这项内容。');
  const answers: (() => TaskDto)[] = [
    () => {
      throw silence('unreachable');
    },
    () => sampleTask('running'),
    () => {
      throw gone;
    },
  ];
  const { watch, ask, seen, problems } = watched(async () => (answers.shift() ?? (() => sampleTask('running')))());

  watch.resume();
  await jest.advanceTimersByTimeAsync(300_000);

  expect(seen).toEqual(['running']);
  expect(problems).toEqual([gone]);
  expect(ask).toHaveBeenCalledTimes(3);
});

it('never asks twice at once, however often it is resumed', async () => {
  let going = 0;
  const { watch } = watched(async () => {
    going += 1;
    expect(going).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 5000));
    going -= 1;
    return sampleTask('running');
  });

  watch.resume();
  watch.pause();
  watch.resume();
  await jest.advanceTimersByTimeAsync(60_000);
});

it('tells how many questions in a row brought no answer, and begins anew after one', async () => {
  const lost = () => {
    throw silence('unreachable');
  };
  const answers: (() => TaskDto)[] = [lost, lost, () => sampleTask('running'), lost, () => sampleTask('succeeded')];
  const counts: number[] = [];
  const watch = watchTask({
    taskId: 'task_1',
    load: async () => (answers.shift() ?? lost)(),
    onTask: () => counts.push(0),
    onProblem: () => counts.push(-1),
    onSilence: (askedInVain) => counts.push(askedInVain),
  });

  watch.resume();
  await jest.advanceTimersByTimeAsync(300_000);

  expect(counts).toEqual([1, 2, 0, 1, 0]);
});
