import type { OrderDto } from '@suyi/shared-types';
import { useEffect, useRef } from 'react';
import { scrollTo } from '../../platform/scroll';
import type { Pages } from '../../state/use-pages';

/** Brings the order that the page was opened for into sight, once, loading page after page until it is there. */
export function useWantedOrder(pages: Pages<OrderDto>, wantedId: string | null): void {
  const isFound = useRef(false);
  const { items, hasMore, isLoadingMore, problem } = pages;
  const loadMore = useRef(pages.loadMore);
  loadMore.current = pages.loadMore;

  useEffect(() => {
    if (wantedId === null || isFound.current) return;
    const index = items.findIndex((order) => order.id === wantedId);
    if (index >= 0) {
      isFound.current = true;
      if (index > 0) scrollTo(`orders-item-${index}`);
    } else if (hasMore && !isLoadingMore && problem === null) {
      void loadMore.current();
    }
  }, [items, hasMore, isLoadingMore, problem, wantedId]);
}
