import type { Page } from '@suyi/shared-types';
import { useCallback, useEffect, useRef, useState } from 'react';
import { toProblem, type ApiProblem } from '../api/problem';

export interface Pages<Item> {
  items: Item[];
  /** The first page is on its way and nothing can be shown yet. */
  isFirstLoad: boolean;
  isLoadingMore: boolean;
  hasMore: boolean;
  problem: ApiProblem | null;
  reload: () => Promise<void>;
  loadMore: () => Promise<void>;
  remove: (id: string) => void;
  /** Puts a newer one in the place of the item with its id. */
  replace: (item: Item) => void;
}

interface Shown<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** A keyset-paged list. A changed `key` starts it anew; null waits. */
export function usePages<Item extends { id: string }>(
  key: string | null,
  load: (cursor?: string) => Promise<Page<Item>>,
): Pages<Item> {
  const [shown, setShown] = useState<Shown<Item> | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [isLoading, setIsLoading] = useState(key !== null);
  const newest = useRef(0);
  const loader = useRef(load);
  loader.current = load;

  const run = useCallback(async (after: Shown<Item> | null) => {
    const mine = ++newest.current;
    setIsLoading(true);
    try {
      const page = await loader.current(after?.nextCursor ?? undefined);
      if (mine !== newest.current) return;
      setShown({ items: joined(after?.items ?? [], page.items), nextCursor: page.nextCursor });
      setProblem(null);
    } catch (thrown) {
      if (mine === newest.current) setProblem(toProblem(thrown));
    } finally {
      if (mine === newest.current) setIsLoading(false);
    }
  }, []);

  useEffect(() => {
    setShown(null);
    setProblem(null);
    if (key === null) setIsLoading(false);
    else void run(null);

    return () => {
      newest.current += 1;
    };
  }, [key, run]);

  const reload = useCallback(() => run(null), [run]);
  const loadMore = async () => {
    if (shown?.nextCursor && !isLoading) await run(shown);
  };
  const remove = (id: string) =>
    setShown((now) => now && { ...now, items: now.items.filter((item) => item.id !== id) });
  const replace = (newer: Item) =>
    setShown((now) => now && { ...now, items: now.items.map((item) => (item.id === newer.id ? newer : item)) });

  return {
    items: shown?.items ?? [],
    isFirstLoad: isLoading && shown === null,
    isLoadingMore: isLoading && shown !== null,
    hasMore: Boolean(shown?.nextCursor),
    problem,
    reload,
    loadMore,
    remove,
    replace,
  };
}

/** Something made between two pages may come twice; a repeated id would break the list's keys. */
function joined<Item extends { id: string }>(earlier: Item[], later: Item[]): Item[] {
  const known = new Set(earlier.map((item) => item.id));
  return [...earlier, ...later.filter((item) => !known.has(item.id))];
}
