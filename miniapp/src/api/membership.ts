import {
  ConfirmedOrderDto,
  MembershipDto,
  OrderDto,
  OrderWithPaymentDto,
  pageOf,
  PlansDto,
  type CreateOrderBody,
} from '@suyi/shared-types';
import { call } from './client';

const OrderPage = pageOf(OrderDto);

export const getMembership = () => call({ method: 'GET', path: '/api/membership', answer: MembershipDto });

export const getPlans = () => call({ method: 'GET', path: '/api/membership/plans', answer: PlansDto });

export const createOrder = (body: CreateOrderBody, idempotencyKey: string) =>
  call({ method: 'POST', path: '/api/membership/orders', answer: OrderWithPaymentDto, body, idempotencyKey });

export const listOrders = (query: { limit: number; cursor?: string }) =>
  call({ method: 'GET', path: '/api/membership/orders', answer: OrderPage, query });

/** Makes the server ask the provider now. Granting happens there, so asking twice is harmless. */
export const confirmOrder = (orderId: string) =>
  call({ method: 'POST', path: `/api/membership/orders/${orderId}/confirm`, answer: ConfirmedOrderDto });
