import type { PaymentChannel } from '@suyi/shared-types';
import { config } from '../../config';
import { AppError } from '../../lib/errors';
import { paymentProviders, type OrderRef, type PaymentProvider } from '../../vendors/payment/port';
import type { Plan } from '../membership/service';
import type { Order } from './models';

/** The provider of an order's channel. Throws `channel_unavailable` when this server has no keys for it. */
export function providerOf(channel: PaymentChannel): PaymentProvider {
  const provider = paymentProviders.current[channel];
  if (!provider) throw new AppError('channel_unavailable');
  return provider;
}

/** The provider of a channel that new orders for this plan may use now. Throws `channel_unavailable`. */
export function offeredProvider(plan: Plan, channel: PaymentChannel): PaymentProvider {
  const isOffered = plan.channels.includes(channel) && config.current.paymentChannels.includes(channel);
  if (!isOffered) throw new AppError('channel_unavailable');
  return providerOf(channel);
}

/** All that we have keys for, offered or not: old orders keep the one they were made with. */
export const allProviders = (): PaymentProvider[] =>
  Object.values(paymentProviders.current).filter((provider) => provider !== undefined);

/** The order as its provider knows it. */
export const refOf = (order: Order): OrderRef => ({
  outTradeNo: order.id,
  payer: order.openid,
  totalFen: order.priceFen,
});
