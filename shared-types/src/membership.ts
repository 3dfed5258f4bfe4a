import { z } from 'zod';
import { Fen, Id, Moment, Uses } from './primitives';

export const PaymentChannel = z.enum(['wechat_jsapi', 'wechat_virtual', 'alipay_wap']);
export type PaymentChannel = z.infer<typeof PaymentChannel>;

export const PlanDto = z.object({
  id: z.string(),
  name: z.string(),
  priceFen: Fen,
  uses: Uses,
  days: z.number().int(),
  /** How it can be paid now, the operator's first choice first. A phone takes the first one that it can do. */
  channels: z.array(PaymentChannel),
});
export type PlanDto = z.infer<typeof PlanDto>;

export const PlansDto = z.object({ items: z.array(PlanDto) });
export type PlansDto = z.infer<typeof PlansDto>;

export const MembershipDto = z.object({
  isMember: z.boolean(),
  quotaRemaining: Uses,
  quotaHeld: Uses,
  quotaExpireAt: Moment.nullable(),
  /** Until when uses that came back after the membership's end may still be spent; null when there are none. */
  graceUntil: Moment.nullable(),
  plan: PlanDto.nullable(),
});
export type MembershipDto = z.infer<typeof MembershipDto>;

export const orderStatuses = ['created', 'awaiting', 'paid', 'refunding', 'refunded', 'closed'] as const;
export const OrderStatus = z.enum(orderStatuses);
export type OrderStatus = z.infer<typeof OrderStatus>;

export const CreateOrderBody = z.strictObject({
  planId: z.string().min(1).max(32),
  channel: PaymentChannel,
  wxCode: z.string().min(1).max(128).optional(),
});
export type CreateOrderBody = z.infer<typeof CreateOrderBody>;

export const OrderDto = z.object({
  id: Id,
  status: OrderStatus,
  channel: PaymentChannel,
  planId: z.string(),
  planName: z.string(),
  priceFen: Fen,
  uses: Uses,
  days: z.number().int(),
  createdAt: Moment,
  /** After this moment the order closes by itself if nobody paid. */
  payBefore: Moment,
  paidAt: Moment.nullable(),
  /** What has been sent back so far; the whole price once the order is `refunded`. */
  refundedFen: Fen,
});
export type OrderDto = z.infer<typeof OrderDto>;

/** The answer to `confirm`. */
export const ConfirmedOrderDto = OrderDto.extend({
  /** False: the provider did not answer just now, and the order is shown as it was last known. It may be paid. */
  isCertain: z.boolean(),
});
export type ConfirmedOrderDto = z.infer<typeof ConfirmedOrderDto>;
