import type { PlanDto } from '@suyi/shared-types';
import { useCallback, useEffect, useRef, useState } from 'react';
import { toProblem, type ApiProblem } from '../../api/problem';
import { loadMembership } from '../../state/membership';
import { buy, findPendingOrder, recoverPendingOrder, type PaymentResult } from '../../state/payment';

export type PurchaseResult = Exclude<PaymentResult, { state: 'left' }>;

export interface Purchase {
  isBusy: boolean;
  result: PurchaseResult | null;
  problem: ApiProblem | null;
  pay: (plan: PlanDto) => Promise<void>;
  /** Asks once more what became of the order. */
  recheck: () => Promise<void>;
  dismiss: () => void;
}

/** Buying, and finding again an order that was left on the way. `userId` null waits for a sign-in. */
export function usePurchase(userId: string | null): Purchase {
  const isRunning = useRef(false);
  const [isBusy, setIsBusy] = useState(false);
  const [result, setResult] = useState<PurchaseResult | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);

  const run = useCallback(async (act: () => Promise<PaymentResult | null>): Promise<void> => {
    if (isRunning.current) return;
    isRunning.current = true;
    setIsBusy(true);
    setProblem(null);
    try {
      const next = await act();
      if (next && next.state !== 'left') setResult(next);
    } catch (thrown) {
      setProblem(toProblem(thrown));
    } finally {
      isRunning.current = false;
      setIsBusy(false);
    }
  }, []);

  useEffect(() => {
    if (userId && findPendingOrder()) void run(recoverPendingOrder);
  }, [userId, run]);

  return {
    isBusy,
    result,
    problem,
    pay: (plan) => run(() => buy(plan)),
    recheck: () => run(recoverPendingOrder),
    dismiss: () => {
      setResult(null);
      void loadMembership();
    },
  };
}
