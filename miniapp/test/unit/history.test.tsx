import { act, fireEvent, render } from '@testing-library/react';
import type { TaskDto } from '@suyi/shared-types';
import { useSession } from '../../src/state/session';
import { useToolsStore } from '../../src/state/tools';
import HistoryPage from '../../src/pages/history/index';
import { phone, resetPhone } from '../stand-ins/taro';
import { sampleSession, sampleSet, sampleTask, sampleTools } from './samples';

let listed: TaskDto[];
const white = {
  ...sampleTask('succeeded', 'white_1'),
  quotaEffect: 'captured' as const,
  finishedAt: '2026-11-23T04:00:00Z',
};

beforeEach(() => {
  resetPhone();
  useSession.setState({ session: sampleSession() });
  useToolsStore.setState({ tools: null, problem: null });
  listed = [sampleSet(12), white];
  phone.answer = ({ url }) =>
    url === '/api/tools'
      ? { statusCode: 200, data: sampleTools() }
      : { statusCode: 200, data: { items: listed, nextCursor: null } };
});

const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 20)));
const asked = () => phone.sent.filter(({ url }) => url.startsWith('/api/tasks')).at(-1)?.url;

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

it('tells sets of one garment apart by what was chosen for each', async () => {
  listed = [sampleSet(12), { ...sampleSet(12), id: 'set_2', params: { scene: 'beach', category: 'top' } }];
  render(<HistoryPage />);
  await settle();

  expect(document.getElementById('history-item-0')?.textContent).toContain('连衣裙');
  expect(document.getElementById('history-item-1')?.textContent).toContain('海边 · 上衣');
});

it('picks what is being made out of the whole list', async () => {
  listed = [sampleTask('running', 'now_1'), white, sampleTask('queued', 'now_2')];
  render(<HistoryPage />);
  await settle();

  await tap('history-filter-open');

  expect(asked()).not.toContain('status');
  expect(document.querySelectorAll('[id^=history-item-]')).toHaveLength(2);
  expect(document.getElementById('history-delete-0')).toBeNull();
});

it('shows a newcomer both tools', async () => {
  listed = [];
  const { container } = render(<HistoryPage />);
  await settle();
  expect(container.textContent).toContain('十二张模特图');

  await tap('history-start');
  expect(phone.navigations).toEqual(['switchTab /pages/workspace/index']);
});
