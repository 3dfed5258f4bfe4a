import {
  AlipayWapPayment,
  JsapiPayment,
  VirtualPayment,
  type ConfirmedOrderDto,
  type OrderDto,
  type OrderWithPaymentDto,
  type PaymentChannel,
  type PlanDto,
} from '@suyi/shared-types';
import { z } from 'zod';
import * as membershipApi from '../api/membership';
import { ApiProblem, silence } from '../api/problem';
import { hasSandbox } from '../api/sandbox';
import { wechatDoor } from '../platform/login';
import { cashier } from '../platform/pay';
import { newIdempotencyKey } from '../platform/random';
import { forget, keep, readKept } from '../platform/storage';
import type { Payable, PayOutcome } from '../platform/types';
import { pathOf } from '../routes';
import { loadMembership } from './membership';
import { currentUserId } from './session';

/** An order the seller was sent to pay. Kept before the money can move, so that no crash loses it. */
const PendingOrder = z.object({
  orderId: z.string(),
  userId: z.string(),
  payBefore: z.string(),
  /** The phone has said "paid": until the provider says more, nobody may read that nothing was paid. */
  isSaidPaid: z.boolean().default(false),
});
export type PendingOrder = z.infer<typeof PendingOrder>;

const pendingKey = 'pending-order';

/** When the phone says "paid", the provider may know it a moment later. */
const confirmLadderMs = [0, 1000, 2000, 4000, 8000];
/** Coming back without a word from the phone: asked twice, then shown as it stands. */
const returnLadderMs = [0, 1500];

/**
 * How an unsettled order reads. `unpaid`: nobody paid, it can still be paid. `confirming`: it may be paid: the phone says
 * so and the provider does not yet, or the provider did not answer. `refused`: the phone could not pay. `blocked`: the
 * platform does not let it be paid.
 */
type Unsettled = 'unpaid' | 'confirming' | 'refused' | 'blocked' | 'ios_closed';
/** A settled order reads as the server says: `paid` means that the uses are granted, `closed` that it cannot be paid. */
type Settled = Exclude<OrderDto['status'], 'created' | 'awaiting'>;

export type PaymentResult = { state: Settled | Unsettled; order: ConfirmedOrderDto } | { state: 'left' };
export type SeenResult = Exclude<PaymentResult, { state: 'left' }>;

export function findPendingOrder(): PendingOrder | null {
  const kept = readKept(pendingKey, PendingOrder);
  return kept && kept.userId === currentUserId() ? kept : null;
}

/** Whether the phone said "paid" of an order of which the provider has not said so yet. */
export function isSaidPaid(orderId: string): boolean {
  const pending = findPendingOrder();
  return pending?.orderId === orderId && pending.isSaidPaid;
}

/** The way to pay: the server's first one that this phone can go, or the wished one where both can. Null: none. */
export async function chooseChannel(plan: PlanDto, wished?: PaymentChannel): Promise<PaymentChannel | null> {
  const ways = await cashier.findWays(hasSandbox);
  const both = plan.channels.filter((channel) => ways.includes(channel));
  return both.find((channel) => channel === wished) ?? both[0] ?? null;
}

/** The plans on sale that can be paid on this phone. */
export async function listBuyablePlans(): Promise<PlanDto[]> {
  const { items } = await membershipApi.getPlans();
  const channels = await Promise.all(items.map((plan) => chooseChannel(plan)));
  return items.filter((_plan, index) => channels[index] !== null);
}

/**
 * Makes the order, or takes up the open one, and brings the seller to the cashier. The phone's "success" grants nothing:
 * the server is asked. What only a newer order can cure is tried once more by itself.
 */
export async function buy(plan: PlanDto, wished?: PaymentChannel): Promise<PaymentResult> {
  const channel = await chooseChannel(plan, wished);
  if (channel === null) throw new ApiProblem('channel_unavailable', 422, cashier.whyClosed(plan.channels));

  const first = await payOnce(plan, channel);
  if (first.outcome === 'session_expired') return finish(await payOnce(plan, channel));
  if (first.outcome !== 'number_used') return finish(first);

  // A used number may be one that was paid: that is found out before anything new can be paid.
  const earlier = await settle(first.order.id, [0], 'unpaid');
  const mayBePaid = earlier.state === 'paid' || earlier.state === 'confirming';
  return mayBePaid ? earlier : finish(await payOnce(plan, channel));
}

/** `settled`: there was nothing to pay any more. */
type Tried = { order: OrderDto; outcome: PayOutcome | 'settled' };

async function payOnce(plan: PlanDto, channel: PaymentChannel): Promise<Tried> {
  const made = await makeOrder(plan, channel);
  const { order } = made;
  keepPending(order);
  if (made.payment === null) return { order, outcome: 'settled' };

  const returnPath = pathOf('membership', { order: order.id });
  return { order, outcome: await cashier.pay(payableOf(made), returnPath) };
}

async function makeOrder(plan: PlanDto, channel: PaymentChannel): Promise<OrderWithPaymentDto> {
  const make = async () => {
    // Fresh each time: it names the payer, its session signs, and it is good for one use.
    const login = channel === 'alipay_wap' ? {} : { wxCode: await wechatDoor.getCode() };
    return membershipApi.createOrder({ planId: plan.id, channel, ...login }, newIdempotencyKey());
  };
  try {
    return await make();
  } catch (thrown) {
    // So it reads when an answer was lost and the same code was sent again: the order is there, and is taken up.
    const isCodeSpent = thrown instanceof ApiProblem && thrown.code === 'wechat_code_invalid';
    if (!isCodeSpent) throw thrown;
    return make();
  }
}

/** The order says which of the shapes its payment has; another one is an answer that this build does not understand. */
function payableOf({ order: { channel }, payment }: OrderWithPaymentDto): Payable {
  switch (channel) {
    case 'wechat_jsapi':
      return { channel, payment: shaped(JsapiPayment, payment) };
    case 'wechat_virtual':
      return { channel, payment: shaped(VirtualPayment, payment) };
    case 'alipay_wap':
      return { channel, payment: shaped(AlipayWapPayment, payment) };
  }
}

function shaped<Shape>(shape: z.ZodType<Shape>, payment: unknown): Shape {
  const parsed = shape.safeParse(payment);
  if (!parsed.success) throw silence('bad_answer', 201);
  return parsed.data;
}

async function finish({ order, outcome }: Tried): Promise<PaymentResult> {
  switch (outcome) {
    case 'left':
      return { state: 'left' };
    case 'success':
    case 'unknown':
      keepPending(order, true);
      return settle(order.id, confirmLadderMs, 'confirming');
    case 'settled':
      return settle(order.id, confirmLadderMs, 'unpaid');
    case 'cancelled':
      return settle(order.id, [0], 'unpaid');
    case 'blocked':
    case 'ios_closed':
      return settle(order.id, [0], outcome);
    case 'failed':
    case 'session_expired':
    case 'number_used':
      return settle(order.id, [0], 'refused');
  }
}

let recovery: Promise<SeenResult | null> | null = null;

/** Finds out what became of an order the seller was sent to pay; null when there is none. Safe to call anywhere. */
export function recoverPendingOrder(): Promise<SeenResult | null> {
  recovery ??= recoverOnce().finally(() => {
    recovery = null;
  });
  return recovery;
}

async function recoverOnce(): Promise<SeenResult | null> {
  const pending = findPendingOrder();
  return pending && recoverOrder(pending.orderId);
}

/** Finds out how one order stands, by asking the provider. */
export async function recoverOrder(orderId: string, ladderMs = returnLadderMs): Promise<SeenResult> {
  try {
    return await settle(orderId, ladderMs, 'unpaid');
  } catch (thrown) {
    // The order is not this seller's or no longer exists: asking again can never help.
    if (thrown instanceof ApiProblem && thrown.status === 404) forgetPending(orderId);
    throw thrown;
  }
}

async function settle(orderId: string, ladderMs: number[], otherwise: Unsettled): Promise<SeenResult> {
  const order = await confirmUntilSettled(orderId, ladderMs);

  if (order.status === 'created' || order.status === 'awaiting') {
    const state = !order.isCertain || isSaidPaid(orderId) ? 'confirming' : otherwise;
    // Asked about at the next opening: until its time is over, or until the provider answers.
    if (state !== 'confirming' && Date.parse(order.payBefore) < Date.now()) forgetPending(orderId);
    return { state, order };
  }

  forgetPending(orderId);
  await loadMembership();
  return { state: order.status, order };
}

/** A provider that does not answer is not waited for here: who looks at the order watches it. */
async function confirmUntilSettled(orderId: string, ladderMs: number[]): Promise<ConfirmedOrderDto> {
  let order: ConfirmedOrderDto | null = null;
  let problem: unknown = null;

  for (const pauseMs of ladderMs) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    try {
      order = await membershipApi.confirmOrder(orderId);
      const isSettled = order.status !== 'created' && order.status !== 'awaiting';
      if (isSettled || !order.isCertain) return order;
    } catch (thrown) {
      problem = thrown;
    }
  }
  if (order === null) throw problem;
  return order;
}

function keepPending({ id, payBefore }: OrderDto, isNowSaidPaid = false): void {
  const kept: PendingOrder = {
    orderId: id,
    userId: currentUserId() ?? '',
    payBefore,
    isSaidPaid: isNowSaidPaid || isSaidPaid(id),
  };
  keep(pendingKey, kept);
}

function forgetPending(orderId: string): void {
  if (findPendingOrder()?.orderId === orderId) forget(pendingKey);
}
