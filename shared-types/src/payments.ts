import { z } from 'zod';
import { OrderDto } from './membership';

/** Exactly what `wx.requestPayment` takes. `timeStamp` is a string of seconds, as that call wants it. */
export const JsapiPayment = z.object({
  timeStamp: z.string(),
  nonceStr: z.string(),
  package: z.string(),
  signType: z.literal('RSA'),
  paySign: z.string(),
});
export type JsapiPayment = z.infer<typeof JsapiPayment>;

export const OrderWithPaymentDto = z.object({
  order: OrderDto,
  /** Null when there is nothing to pay any more: the order turned out to be paid already. */
  payment: JsapiPayment.nullable(),
});
export type OrderWithPaymentDto = z.infer<typeof OrderWithPaymentDto>;
