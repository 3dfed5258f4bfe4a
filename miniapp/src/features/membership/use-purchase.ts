import type { PlanDto } from '@suyi/shared-types';
import { useCallback, useEffect, useRef, useState } from 'react';
import { toProblem, type ApiProblem } from '../../api/problem';
import { loadMembership } from '../../state/membership';
import {
  buy,
  findPendingOrder,
  recoverOrder,
  recoverPendingOrder,
  type PaymentResult,
  type SeenResult,
} from '../../state/payment';
import { usePaymentWatch } from '../../state/use-payment-watch';

type Act = 'pay' | 'ask';

export interface Purchase {
  busyWith: Act | null;
  result: SeenResult | null;
  /** How often the seller asked by hand about the order that is shown. */
  askedCount: number;
  /** What went wrong last, and with what. */
  failure: { act: Act; problem: ApiProblem } | null;
  pay: (plan: PlanDto) => Promise<void>;
  /** Asks once more what became of the order. */
  recheck: () => Promise<void>;
  dismiss: () => void;
}

/**
 * Buying, and finding again an order that was left on the way: the one the page was opened for, else the one that this
 * phone remembers. `userId` null waits for a sign-in.
 */
export function usePurchase(userId: string | null, orderId: string | null): Purchase {
  const isRunning = useRef(false);
  const [busyWith, setBusyWith] = useState<Act | null>(null);
  const [result, setResult] = useState<SeenResult | null>(null);
  const [askedCount, setAskedCount] = useState(0);
  const [failure, setFailure] = useState<Purchase['failure']>(null);

  const run = useCallback(async (act: Act, begin: () => Promise<PaymentResult | null>): Promise<void> => {
    if (isRunning.current) return;
    isRunning.current = true;
    setBusyWith(act);
    setFailure(null);
    try {
      const next = await begin();
      if (next && next.state !== 'left') setResult(next);
    } catch (thrown) {
      setFailure({ act, problem: toProblem(thrown) });
    } finally {
      isRunning.current = false;
      setBusyWith(null);
    }
  }, []);

  const ask = useCallback(
    (askedId: string | null) => run('ask', () => (askedId ? recoverOrder(askedId) : recoverPendingOrder())),
    [run],
  );
  useEffect(() => {
    if (userId && (orderId || findPendingOrder())) void ask(orderId);
  }, [userId, orderId, ask]);

  const unsureId = result?.state === 'confirming' ? result.order.id : null;
  usePaymentWatch(unsureId, askedCount, (next) => {
    // What the seller found out meanwhile, by hand, stands.
    setResult((now) => (now?.state === 'confirming' && now.order.id === next.order.id ? next : now));
    setFailure(null);
  });

  return {
    busyWith,
    result,
    askedCount,
    failure,
    pay: (plan) => {
      setAskedCount(0);
      return run('pay', () => buy(plan, result?.order.channel));
    },
    recheck: async () => {
      await ask(result?.order.id ?? orderId);
      setAskedCount((count) => count + 1);
    },
    dismiss: () => {
      setAskedCount(0);
      setResult(null);
      void loadMembership();
    },
  };
}
