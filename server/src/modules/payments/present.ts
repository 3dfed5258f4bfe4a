import type { Fen, OrderDto, Uses } from '@suyi/shared-types';
import { toMoment, toMomentOrNull } from '../../lib/clock';
import type { Order } from './models';

export function presentOrder(order: Order): OrderDto {
  return {
    id: order.id,
    status: order.status,
    channel: order.channel,
    planId: order.planId,
    planName: order.planName,
    priceFen: order.priceFen as Fen,
    uses: order.uses as Uses,
    days: order.days,
    createdAt: toMoment(order.createdAt),
    payBefore: toMoment(order.payBefore),
    paidAt: toMomentOrNull(order.paidAt),
    refundedFen: order.refundedFen as Fen,
  };
}
