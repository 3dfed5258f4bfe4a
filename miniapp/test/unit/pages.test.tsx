import { act, renderHook } from '@testing-library/react';
import type { Page } from '@suyi/shared-types';
import { wechatDoor } from '../../src/platform/login.h5';
import { WxCode } from '@suyi/shared-types';
import { usePages } from '../../src/state/use-pages';
import { resetPhone } from '../stand-ins/taro';

interface Item {
  id: string;
}

/** Pages handed out one after the other, when the test says so. */
function scriptedPages() {
  const waiting: { cursor: string | undefined; answer: (page: Page<Item> | Error) => Promise<void> }[] = [];
  const load = (cursor?: string) =>
    new Promise<Page<Item>>((resolve, reject) =>
      waiting.push({
        cursor,
        answer: (page) => act(async () => (page instanceof Error ? reject(page) : resolve(page))),
      }),
    );
  const next = () => waiting.shift() ?? Promise.reject(new Error('nothing was asked for'));
  return { load, next, asked: () => waiting.length };
}

const page = (ids: string[], nextCursor: string | null): Page<Item> => ({
  items: ids.map((id) => ({ id })),
  nextCursor,
});

it('joins pages by their cursors, without a repeated item, until there are no more', async () => {
  const { load, next, asked } = scriptedPages();
  const { result } = renderHook(() => usePages<Item>('all', load));
  expect(result.current.isFirstLoad).toBe(true);
  await (await next()).answer(page(['c', 'b'], 'cursor-b'));

  act(() => void result.current.loadMore());
  act(() => void result.current.loadMore());
  expect(asked()).toBe(1);
  const second = await next();
  expect(second.cursor).toBe('cursor-b');
  await second.answer(page(['b', 'a'], null));

  expect(result.current.items.map(({ id }) => id)).toEqual(['c', 'b', 'a']);
  act(() => void result.current.loadMore());
  expect(asked()).toBe(0);
});

it('drops the answer to an older filter', async () => {
  const { load, next } = scriptedPages();
  const { result, rerender } = renderHook(({ filter }) => usePages<Item>(filter, load), {
    initialProps: { filter: 'all' },
  });
  const older = await next();

  rerender({ filter: 'failed' });
  await (await next()).answer(page(['failed-1'], null));
  await older.answer(page(['all-1'], null));

  expect(result.current.items).toEqual([{ id: 'failed-1' }]);
});

it('keeps what is shown when the next page fails', async () => {
  const { load, next } = scriptedPages();
  const { result } = renderHook(() => usePages<Item>('all', load));
  await (await next()).answer(page(['a'], 'cursor-a'));

  act(() => void result.current.loadMore());
  await (await next()).answer(new Error('request:fail'));

  expect(result.current).toMatchObject({ items: [{ id: 'a' }], hasMore: true, isLoadingMore: false });
  expect(result.current.problem).not.toBeNull();
});

it('is one person to the sandbox in one browser, with a fresh code each time', async () => {
  resetPhone();

  const [first, second] = [await wechatDoor.getCode(), await wechatDoor.getCode()];

  expect(first).toMatch(/^h5[0-9a-z]+\.[0-9a-z]+$/);
  expect(WxCode.safeParse(first).success).toBe(true);
  expect(first).not.toBe(second);
  expect(first.split('.')[0]).toBe(second.split('.')[0]);
});
