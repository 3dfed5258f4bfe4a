import fc from 'fast-check';
import { inTransaction } from '../../src/db/transaction';
import { clock, days } from '../../src/lib/clock';
import { AppError } from '../../src/lib/errors';
import { extendMembership } from '../../src/modules/membership/service';
import { capture, clawback, hold, lockAccount, release } from '../../src/modules/quota/ledger';
import { getQuota, sweepExpired } from '../../src/modules/quota/service';
import { makeSeller } from '../make';
import { useWorld } from '../world';
import { scale } from './scale';

useWorld({ ROLES: 'web' });

/*
 * Chance chooses what happens to one account; a model of a dozen lines says what it must come to. Whatever the order, the
 * account, its entries and the model agree, and nothing that was refused left a trace.
 */

type Step =
  | { kind: 'buy'; uses: number; days: number }
  | { kind: 'hold' }
  | { kind: 'capture' | 'release'; which: number; twice: boolean }
  | { kind: 'clawback'; uses: number }
  | { kind: 'wait'; days: number }
  | { kind: 'sweep' };

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('buy' as const),
      uses: fc.integer({ min: 1, max: 5 }),
      days: fc.integer({ min: 1, max: 12 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('hold' as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('capture' as const, 'release' as const),
      which: fc.nat(9),
      twice: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clawback' as const), uses: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('wait' as const), days: fc.constantFrom(1, 1, 2, 3, 7, 12) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('sweep' as const) }) },
);

class Model {
  remaining = 0;
  open: string[] = [];
  expireAt: number | null = null;
  graceUntil = 0;

  /** What is past both ends is gone, seen or not. */
  age(now: number): void {
    if (this.expireAt !== null && Math.max(this.expireAt, this.graceUntil) <= now) this.remaining = 0;
  }

  canHold(now: number): boolean {
    return this.remaining > 0 && Math.max(this.expireAt ?? 0, this.graceUntil) > now;
  }

  release(now: number): void {
    const end = this.expireAt ?? 0;
    if (end <= now) this.graceUntil = Math.max(this.graceUntil, end + days(7), now + days(1));
    this.remaining += 1;
  }
}

async function play(userId: string, sequence: Step[]): Promise<void> {
  const model = new Model();
  let serial = 0;
  const inAccount = (act: typeof hold, id: string): Promise<boolean> =>
    inTransaction(async (tx) => act(await lockAccount(userId, tx), { cause: { type: 'task', id }, uses: 1 }, tx)).then(
      () => true,
      () => false,
    );

  for (const step of sequence) {
    const now = clock.now();
    model.age(now);
    serial += 1;
    if (step.kind === 'buy') {
      const paidAt = Math.max(now, (model.expireAt ?? 0) + 1);
      await inTransaction((tx) =>
        extendMembership({ userId, orderId: `${userId}-o${serial}`, uses: step.uses, days: step.days, paidAt }, tx),
      );
      model.remaining += step.uses;
      model.expireAt = Math.max(now, model.expireAt ?? 0) + days(step.days);
    } else if (step.kind === 'hold') {
      const id = `${userId}-t${serial}`;
      const isAllowed = model.canHold(now);
      expect(await inAccount(hold, id)).toBe(isAllowed);
      if (isAllowed) {
        model.remaining -= 1;
        model.open.push(id);
      }
    } else if (step.kind === 'capture' || step.kind === 'release') {
      const [id] = model.open.splice(step.which % Math.max(1, model.open.length), 1);
      if (id === undefined) continue;
      const act = step.kind === 'capture' ? capture : release;
      const tries = step.twice ? [inAccount(act, id), inAccount(act, id)] : [inAccount(act, id)];
      // Asked for twice at once, it happens once; the second finds the entry there, or nothing held.
      expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1);
      if (step.kind === 'release') model.release(now);
    } else if (step.kind === 'clawback') {
      const isAllowed = model.remaining >= step.uses;
      const taken = await inTransaction(async (tx) =>
        clawback(
          await lockAccount(userId, tx),
          { cause: { type: 'order', id: `${userId}-c${serial}` }, uses: step.uses },
          tx,
        ),
      ).then(
        () => true,
        (error: unknown) => error instanceof AppError,
      );
      expect(taken).toBe(isAllowed);
      if (isAllowed) model.remaining -= step.uses;
    } else if (step.kind === 'wait') clock.advance(days(step.days));
    else await sweepExpired(100);

    model.age(clock.now());
    const { remaining, held } = await getQuota(userId);
    expect({ remaining, held }).toEqual({ remaining: model.remaining, held: model.open.length });
  }
}

it('agrees with its model, whatever happens in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 10, maxLength: 40 }), async (sequence) => {
      clock.reset();
      clock.freeze();
      await play((await makeSeller()).id, sequence);
    }),
    { numRuns: 200 * scale },
  );
}, 600_000);
