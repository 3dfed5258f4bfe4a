import { toProblem } from '../api/problem';
import { recoverOrder, type SeenResult } from './payment';

export interface PaymentWatch {
  /** The page went out of sight: nothing is asked until it is back. */
  pause: () => void;
  resume: () => void;
  stop: () => void;
}

interface Watched {
  orderId: string;
  onResult: (result: SeenResult) => void;
  ask?: (orderId: string) => Promise<SeenResult>;
}

/** The last pause is the one that goes on, for about five minutes in all: after that the seller asks. */
const pausesMs = [2000, 4000, 8000, 15_000];
const questionCountMax = 22;

const askOnce = (orderId: string) => recoverOrder(orderId, [0]);

/** Asks about an order that may be paid until it is known, slower each time. Starts paused: the page resumes it. */
export function watchPayment({ orderId, onResult, ask = askOnce }: Watched): PaymentWatch {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;
  let isSeen = false;
  let isOver = false;
  let isAsking = false;

  async function poll(): Promise<void> {
    isAsking = true;
    asked += 1;
    try {
      const result = await ask(orderId);
      if (isOver) return;
      isOver = result.state !== 'confirming';
      onResult(result);
    } catch (thrown) {
      if (!toProblem(thrown).isPassing) isOver = true;
    } finally {
      isAsking = false;
      planNext();
    }
  }

  function planNext(): void {
    clearTimeout(timer);
    if (isOver || !isSeen || isAsking || asked >= questionCountMax) return;
    timer = setTimeout(() => void poll(), pausesMs[Math.min(asked, pausesMs.length - 1)]);
  }

  return {
    pause() {
      isSeen = false;
      clearTimeout(timer);
    },
    resume() {
      if (isSeen) return;
      isSeen = true;
      planNext();
    },
    stop() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}
