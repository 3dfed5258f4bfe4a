import { useDidHide, useDidShow } from '@tarojs/taro';
import { useEffect, useRef } from 'react';
import type { SeenResult } from './payment';
import { watchPayment, type PaymentWatch } from './payment-watch';

/** Follows an order that may be paid while its page is seen; null follows none. A changed `turn` begins anew. */
export function usePaymentWatch(orderId: string | null, turn: number, onResult: (result: SeenResult) => void): void {
  const watch = useRef<PaymentWatch | null>(null);
  const isSeen = useRef(true);
  const tell = useRef(onResult);
  tell.current = onResult;

  useEffect(() => {
    if (orderId === null) return;
    const mine = watchPayment({ orderId, onResult: (result) => tell.current(result) });
    watch.current = mine;
    if (isSeen.current) mine.resume();

    return () => {
      mine.stop();
      watch.current = null;
    };
  }, [orderId, turn]);

  useDidShow(() => {
    isSeen.current = true;
    watch.current?.resume();
  });
  useDidHide(() => {
    isSeen.current = false;
    watch.current?.pause();
  });
}
