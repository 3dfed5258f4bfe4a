import { act, fireEvent, render } from '@testing-library/react';
import { useSession } from '../../src/state/session';
import HistoryPage from '../../src/pages/history/index';
import { phone, resetPhone } from '../stand-ins/taro';
import { sampleSession, sampleSet, sampleTask } from './samples';

const white = {
  ...sampleTask('succeeded', 'white_1'),
  quotaEffect: 'captured' as const,
  finishedAt: '2026-11-23T04:00:00Z',
};

beforeEach(() => {
  resetPhone();
  useSession.setState({ session: sampleSession() });
  phone.answer = () => ({ statusCode: 200, data: { items: [sampleSet(12), white], nextCursor: null } });
});

const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 20)));
const asked = () => phone.sent.at(-1)?.url;

async function tap(id: string): Promise<void> {
  const element = document.getElementById(id);
  if (!element) throw new Error(`no ${id}`);
  await act(async () => void fireEvent.click(element));
  await settle();
}

it('filters by what was made and by how it ended, together', async () => {
  render(<HistoryPage />);
  await settle();
  expect(asked()).toBe('/api/tasks?limit=20');

  await tap('history-type-model_pose12');
  await tap('history-filter-failed');
  expect(asked()).toBe('/api/tasks?limit=20&type=model_pose12&status=failed');

  await tap('history-type-all');
  await tap('history-filter-all');
  expect(asked()).toBe('/api/tasks?limit=20');
});

it('tells a set from a single picture by its cover, its number, and the page it opens', async () => {
  render(<HistoryPage />);
  await settle();
  const [set, single] = [0, 1].map((index) => document.getElementById(`history-item-${index}`));

  expect(set?.textContent).toContain('12 张');
  expect(set?.querySelector('img')?.getAttribute('src')).toContain('small-0.jpg');
  expect(single?.textContent).not.toContain('张');

  await tap('history-item-0');
  await tap('history-item-1');
  expect(phone.navigations).toEqual([
    'navigateTo /subpackages/task/poses/index?id=set_1',
    'navigateTo /subpackages/task/result/index?id=white_1',
  ]);
});
