import { silence } from '../../src/api/problem';
import type { SeenResult } from '../../src/state/payment';
import { watchPayment } from '../../src/state/payment-watch';
import { sampleConfirmed, sampleOrder } from './samples';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

const unsure = (): SeenResult => ({ state: 'confirming', order: sampleConfirmed(sampleOrder('awaiting'), false) });
const unpaid = (): SeenResult => ({ state: 'unpaid', order: sampleConfirmed(sampleOrder('awaiting')) });

/** `askedAt` in whole seconds since the start. */
function watched(answer: () => SeenResult) {
  const startedAt = Date.now();
  const askedAt: number[] = [];
  const seen: string[] = [];
  const watch = watchPayment({
    orderId: 'order_1',
    ask: async () => {
      askedAt.push((Date.now() - startedAt) / 1000);
      return answer();
    },
    onResult: ({ state }) => seen.push(state),
  });
  return { watch, askedAt, seen };
}

it('asks slower each time, and stops after some minutes', async () => {
  const { watch, askedAt } = watched(unsure);

  watch.resume();
  await jest.advanceTimersByTimeAsync(3600_000);

  expect(askedAt.slice(0, 5)).toEqual([2, 6, 14, 29, 44]);
  expect(askedAt.at(-1)).toBeLessThan(330);
});

it('stops when the provider has answered', async () => {
  const answers = [unsure(), unpaid()];
  const { watch, seen } = watched(() => answers.shift() ?? unsure());

  watch.resume();
  await jest.advanceTimersByTimeAsync(3600_000);

  expect(seen).toEqual(['confirming', 'unpaid']);
});

it('asks nothing while out of sight or after it was stopped', async () => {
  const { watch, askedAt } = watched(unsure);
  await jest.advanceTimersByTimeAsync(60_000);
  watch.resume();
  watch.pause();
  await jest.advanceTimersByTimeAsync(60_000);
  expect(askedAt).toEqual([]);

  watch.resume();
  await jest.advanceTimersByTimeAsync(2000);
  expect(askedAt).toEqual([122]);

  watch.stop();
  await jest.advanceTimersByTimeAsync(60_000);
  expect(askedAt).toHaveLength(1);
});

it('goes on through a broken connection, and stops at what asking again cannot cure', async () => {
  const troubles = [silence('unreachable'), silence('bad_answer', 404)];
  const { watch, askedAt } = watched(() => {
    throw troubles.shift() ?? silence('offline');
  });

  watch.resume();
  await jest.advanceTimersByTimeAsync(60_000);

  expect(askedAt).toEqual([2, 6]);
});
