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

/** What `wx.requestVirtualPayment` takes. `signData` is signed as it stands: whoever parses and writes it anew breaks the signatures. */
export const VirtualPayment = z.object({
  mode: z.literal('short_series_goods'),
  signData: z.string(),
  paySig: z.string(),
  signature: z.string(),
});
export type VirtualPayment = z.infer<typeof VirtualPayment>;

/** Where a browser goes to pay at Alipay. It comes back to a page that asks our server how the order stands. */
export const AlipayWapPayment = z.object({ url: z.url({ protocol: /^https?$/ }) });
export type AlipayWapPayment = z.infer<typeof AlipayWapPayment>;

/** Which of the three it is follows from the order's channel. */
export const Payment = z.union([JsapiPayment, VirtualPayment, AlipayWapPayment]);
export type Payment = z.infer<typeof Payment>;

export const OrderWithPaymentDto = z.object({
  order: OrderDto,
  /** Null when there is nothing to pay any more: the order turned out to be paid already. */
  payment: Payment.nullable(),
});
export type OrderWithPaymentDto = z.infer<typeof OrderWithPaymentDto>;
