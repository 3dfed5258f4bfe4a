import { assert } from '../lib/assert';
import { days, hours, seconds } from '../lib/clock';
import type { Chance } from './chance';

/*
 * Who does what when, decided before any row is made: in typed arrays, because two million plain objects would take a
 * gigabyte. Sellers join over 400 days, more and more of them; orders and tasks fall on few busy sellers and many quiet ones.
 * A task lies within the 30 days after an order of its seller's that was paid, and an order carries at most 90 of its 100
 * uses: so whatever comes, a use is there to be held.
 */

export type Scale = { users: number; orders: number; tasks: number };

export const orderOutcomes = ['paid', 'closed', 'awaiting', 'refunded'] as const;
export type OrderOutcome = (typeof orderOutcomes)[number];
const outcomeCode = (outcome: OrderOutcome): number => orderOutcomes.indexOf(outcome);

export type Calendar = {
  joinedAt: Float64Array;
  orders: { user: Uint32Array; at: Float64Array; outcome: Uint8Array };
  tasks: { user: Uint32Array; at: Float64Array };
  paidOrders: Uint16Array;
};

export const history = days(400);
/** How long after its payment an order's uses are spent: what is begun in this time has ended before the membership does. */
const spending = days(30) - hours(1);
/** From making an order to its payment. */
export const payingMs = seconds(25);
const tasksPerOrderMax = 90;

export function planCalendar(scale: Scale, untilMs: number, chance: Chance): Calendar {
  const joinedAt = Float64Array.from({ length: scale.users }, () => {
    return Math.floor(untilMs - history * (1 - Math.sqrt(chance.next())));
  }).sort();
  const orders = planOrders(scale, joinedAt, untilMs, chance);
  const { tasks, tasksOfOrder } = planTasks(scale, orders, untilMs, chance);

  const paidOrders = new Uint16Array(scale.users);
  for (const [order, user] of orders.user.entries()) {
    if (orders.outcome[order] === outcomeCode('paid')) paidOrders[user] = (paidOrders[user] ?? 0) + 1;
  }
  markRefunded({ orders, tasksOfOrder, paidOrders, untilMs, chance });
  return { joinedAt, orders, tasks, paidOrders };
}

/** A place in a list of `length`, the first ones far more often. */
const skewed = (length: number, chance: Chance): number => Math.floor(length * chance.next() ** 1.7);

function planOrders(scale: Scale, joinedAt: Float64Array, untilMs: number, chance: Chance): Calendar['orders'] {
  const user = new Uint32Array(scale.orders);
  const at = new Float64Array(scale.orders);
  const outcome = new Uint8Array(scale.orders);
  for (let order = 0; order < scale.orders; order += 1) {
    const buyer = skewed(scale.users, chance);
    const joined = joinedAt[buyer] ?? 0;
    user[order] = buyer;
    at[order] = Math.floor(joined + (untilMs - joined) * chance.next());
    const isFresh = (at[order] ?? 0) > untilMs - seconds(1_200);
    outcome[order] = outcomeCode(isFresh ? 'awaiting' : chance.hits(0.82) ? 'paid' : 'closed');
  }
  return { user, at, outcome };
}

function planTasks(
  scale: Scale,
  orders: Calendar['orders'],
  untilMs: number,
  chance: Chance,
): { tasks: Calendar['tasks']; tasksOfOrder: Uint8Array } {
  const paid: number[] = [];
  for (let order = 0; order < scale.orders; order += 1) {
    if (orders.outcome[order] === outcomeCode('paid')) paid.push(order);
  }
  assert(scale.tasks <= paid.length * tasksPerOrderMax * 0.8, 'the orders bring uses enough for the tasks');

  const tasksOfOrder = new Uint8Array(scale.orders);
  const user = new Uint32Array(scale.tasks);
  const at = new Float64Array(scale.tasks);
  for (let task = 0; task < scale.tasks; task += 1) {
    let place = skewed(paid.length, chance);
    while ((tasksOfOrder[paid[place] ?? 0] ?? 0) >= tasksPerOrderMax) place = (place + 1) % paid.length;
    const order = paid[place] ?? 0;
    tasksOfOrder[order] = (tasksOfOrder[order] ?? 0) + 1;
    const from = (orders.at[order] ?? 0) + payingMs + 1_000;
    user[task] = orders.user[order] ?? 0;
    at[task] = Math.floor(from + Math.max(0, Math.min(from + spending, untilMs) - from) * chance.next());
  }
  return { tasks: { user, at }, tasksOfOrder };
}

type Marking = {
  orders: Calendar['orders'];
  tasksOfOrder: Uint8Array;
  paidOrders: Uint16Array;
  untilMs: number;
  chance: Chance;
};

/** Some sellers who bought once and made nothing want their money back; long enough ago that they have it. */
function markRefunded({ orders, tasksOfOrder, paidOrders, untilMs, chance }: Marking): void {
  for (const [order, user] of orders.user.entries()) {
    const isPaid = orders.outcome[order] === outcomeCode('paid');
    const isUntouched = tasksOfOrder[order] === 0 && paidOrders[user] === 1;
    if (!isPaid || !isUntouched || (orders.at[order] ?? 0) > untilMs - days(3)) continue;
    if (chance.hits(0.9)) orders.outcome[order] = outcomeCode('refunded');
  }
}

export type Happening = { what: 'join' | 'order' | 'task'; place: number; at: number };

/** Everything that happens, in the order of time. */
export function* happenings({ joinedAt, orders, tasks }: Calendar): Generator<Happening> {
  const [first, second] = [joinedAt.length, joinedAt.length + orders.at.length];
  const at = new Float64Array(second + tasks.at.length);
  at.set(joinedAt, 0);
  at.set(orders.at, first);
  at.set(tasks.at, second);

  // Of one moment, who joins comes before what they order.
  const inOrder = Uint32Array.from(at.keys()).sort((a, b) => (at[a] ?? 0) - (at[b] ?? 0) || a - b);
  for (const place of inOrder) {
    const moment = at[place] ?? 0;
    if (place < first) yield { what: 'join', place, at: moment };
    else if (place < second) yield { what: 'order', place: place - first, at: moment };
    else yield { what: 'task', place: place - second, at: moment };
  }
}
