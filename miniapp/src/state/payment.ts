import type { OrderDto, PlanDto } from '@suyi/shared-types';
import { z } from 'zod';
import * as membershipApi from '../api/membership';
import { ApiProblem } from '../api/problem';
import { wechatDoor } from '../platform/login';
import { cashier } from '../platform/pay';
import { newIdempotencyKey } from '../platform/random';
import { forget, keep, readKept } from '../platform/storage';
import { routes } from '../routes';
import { loadMembership } from './membership';
import { currentUserId } from './session';

/** An order the seller was sent to pay. Kept before the money can move, so that no crash loses it. */
const PendingOrder = z.object({ orderId: z.string(), userId: z.string(), payBefore: z.string() });
export type PendingOrder = z.infer<typeof PendingOrder>;

const pendingKey = 'pending-order';

/** When the phone says "paid", the provider may know it a moment later. */
const confirmLadderMs = [0, 1000, 2000, 4000, 8000];
/** Coming back without a word from the phone: asked twice, then shown as it stands. */
const returnLadderMs = [0, 1500];

/**
 * `paid`: the uses are granted. `unpaid`: nobody paid, the order can still be paid. `closed`: it cannot any more.
 * `confirming`: the phone says paid and the provider does not say so yet. `refused`: the phone could not pay.
 */
export type PaymentResult =
  { state: 'paid' | 'unpaid' | 'closed' | 'confirming' | 'refused'; order: OrderDto } | { state: 'left' };

export function findPendingOrder(): PendingOrder | null {
  const kept = readKept(pendingKey, PendingOrder);
  return kept && kept.userId === currentUserId() ? kept : null;
}

/** Makes the order and brings the seller to the cashier. The phone's "success" grants nothing: the server is asked. */
export async function buy(plan: PlanDto): Promise<PaymentResult> {
  const wxCode = await wechatDoor.getCode();
  const body = { planId: plan.id, channel: 'wechat_jsapi' as const, wxCode };
  const { order, payment } = await membershipApi.createOrder(body, newIdempotencyKey());

  keep(pendingKey, { orderId: order.id, userId: currentUserId() ?? '', payBefore: order.payBefore });
  if (payment === null) return settle(order.id, confirmLadderMs);

  const outcome = await cashier.pay(payment, routes.membership);
  if (outcome === 'left') return { state: 'left' };
  if (outcome === 'success') return settle(order.id, confirmLadderMs, 'confirming');
  return settle(order.id, [0], outcome === 'cancelled' ? 'unpaid' : 'refused');
}

let recovery: Promise<PaymentResult | null> | null = null;

/** Finds out what became of an order the seller was sent to pay; null when there is none. Safe to call anywhere. */
export function recoverPendingOrder(): Promise<PaymentResult | null> {
  recovery ??= recoverOnce().finally(() => {
    recovery = null;
  });
  return recovery;
}

async function recoverOnce(): Promise<PaymentResult | null> {
  const pending = findPendingOrder();
  if (pending === null) return null;

  try {
    return await settle(pending.orderId, returnLadderMs);
  } catch (thrown) {
    // The order is not this seller's or no longer exists: asking again can never help.
    if (thrown instanceof ApiProblem && thrown.status === 404) forget(pendingKey);
    throw thrown;
  }
}

async function settle(
  orderId: string,
  ladderMs: number[],
  otherwise: 'unpaid' | 'confirming' | 'refused' = 'unpaid',
): Promise<PaymentResult> {
  const order = await confirmUntilSettled(orderId, ladderMs);

  if (order.status === 'created' || order.status === 'awaiting') {
    // Not paid as far as is known: the order is kept until its time is over, and asked about at the next opening.
    if (Date.parse(order.payBefore) < Date.now()) forget(pendingKey);
    return { state: otherwise, order };
  }

  forget(pendingKey);
  await loadMembership();
  return { state: order.status === 'paid' ? 'paid' : 'closed', order };
}

async function confirmUntilSettled(orderId: string, ladderMs: number[]): Promise<OrderDto> {
  let order: OrderDto | null = null;
  let problem: unknown = null;

  for (const pauseMs of ladderMs) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    try {
      order = await membershipApi.confirmOrder(orderId);
      if (order.status !== 'created' && order.status !== 'awaiting') return order;
    } catch (thrown) {
      problem = thrown;
    }
  }
  if (order === null) throw problem;
  return order;
}
