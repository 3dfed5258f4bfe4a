import type { OrderDto } from '@suyi/shared-types';
import { useDidShow } from '@tarojs/taro';
import { useEffect, useRef } from 'react';
import { listOrders } from '../../api/membership';
import { useLoad } from '../../state/use-load';

const lookedAt = 5;

/** The seller's newest orders, newest first; asked for again with each show and whenever `turn` changes. */
export function useRecentOrders(userId: string | null, turn: string | null): OrderDto[] {
  const { value, reload } = useLoad(userId, async () => (await listOrders({ limit: lookedAt })).items);
  // The first show is the mount, which loads by itself.
  const isFirstShow = useRef(true);
  useDidShow(() => {
    if (!isFirstShow.current && userId !== null) void reload();
    isFirstShow.current = false;
  });
  useEffect(() => {
    if (turn !== null) void reload();
  }, [turn, reload]);
  return value ?? [];
}
