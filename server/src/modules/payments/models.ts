import type { OrderStatus, PaymentChannel } from '@suyi/shared-types';
import { DataTypes, Model, type InferAttributes, type InferCreationAttributes, type Sequelize } from 'sequelize';
import type { Transaction } from '../../db/transaction';
import { openRefunds, type RefundStatus } from './states';

/**
 * The account was deleted. `wanted`: while this was open; who pays is forgotten once nothing more can happen to it. `done`:
 * what a provider still says of it is not kept either.
 */
export const payerForgotten = { no: 0, wanted: 1, done: 2 } as const;

/** One purchase, at the price and in the words of the day it was made. */
export class Order extends Model<InferAttributes<Order>, InferCreationAttributes<Order>> {
  declare id: string;
  declare userId: string;
  declare status: OrderStatus;
  declare channel: PaymentChannel;
  declare planId: string;
  declare planName: string;
  declare priceFen: number;
  declare uses: number;
  declare days: number;
  /** Who is asked to pay; a payment by somebody else is not ours. Null where the provider names buyers in a way of its own. */
  declare openid: string | null;
  /** What the provider gave to pay with, for the next time. */
  declare prepayId: string | null;
  declare transactionId: string | null;
  declare paidAt: number | null;
  declare payBefore: number;
  /** When the provider is asked next, and how often it was; null when there is nothing more to ask. */
  declare checkAt: number | null;
  declare checks: number;
  declare refundedFen: number;
  /** When the provider is told next that the uses are there; null when it knows, or does not want to. */
  declare deliverAt: number | null;
  declare forgetPayer: (typeof payerForgotten)[keyof typeof payerForgotten];
  declare createdAt: number;
  declare updatedAt: number;
}

/** Money on its way back, or back. */
export class Refund extends Model<InferAttributes<Refund>, InferCreationAttributes<Refund>> {
  declare id: string;
  declare orderId: string;
  declare userId: string;
  declare channel: PaymentChannel;
  declare status: RefundStatus;
  /** The number that the provider knows it by; ours is the id. Null when nobody gave one, as at Apple's. */
  declare refundNo: string | null;
  declare providerRefundId: string | null;
  declare refundFen: number;
  declare reason: string;
  /** `ours`: asked for here. `provider`: made at the provider's console, or by Apple, and found. */
  declare source: 'ours' | 'provider';
  declare requestedBy: string;
  /** The uses that this money bought, and how many of them were still there to take back. */
  declare usesAsked: number;
  declare usesTaken: number;
  /** By how much the membership's end moved. */
  declare shortenedMs: number;
  declare checkAt: number | null;
  declare checks: number;
  /** When the provider's bill first showed it. */
  declare billedAt: number | null;
  declare succeededAt: number | null;
  declare createdAt: number;
  declare updatedAt: number;
}

/** Something that only a person can decide. The same thing found again is the same row. */
export class Discrepancy extends Model<InferAttributes<Discrepancy>, InferCreationAttributes<Discrepancy>> {
  declare id: string;
  declare channel: PaymentChannel;
  declare kind: string;
  declare subject: string;
  declare detail: string;
  declare foundAt: number;
  declare settledAt: number | null;
  declare settledBy: string | null;
  declare settledReason: string | null;
}

export function definePaymentModels(sequelize: Sequelize): void {
  const options = { sequelize, underscored: true, timestamps: false } as const;
  const id = { type: DataTypes.STRING, primaryKey: true };
  Order.init(
    {
      id,
      userId: DataTypes.STRING,
      status: DataTypes.STRING,
      channel: DataTypes.STRING,
      planId: DataTypes.STRING,
      planName: DataTypes.STRING,
      priceFen: DataTypes.INTEGER,
      uses: DataTypes.INTEGER,
      days: DataTypes.INTEGER,
      openid: DataTypes.STRING,
      prepayId: DataTypes.STRING,
      transactionId: DataTypes.STRING,
      paidAt: DataTypes.BIGINT,
      payBefore: DataTypes.BIGINT,
      checkAt: DataTypes.BIGINT,
      checks: DataTypes.INTEGER,
      refundedFen: DataTypes.INTEGER,
      deliverAt: DataTypes.BIGINT,
      forgetPayer: DataTypes.INTEGER,
      createdAt: DataTypes.BIGINT,
      updatedAt: DataTypes.BIGINT,
    },
    { ...options, tableName: 'orders' },
  );
  Refund.init(
    {
      id,
      orderId: DataTypes.STRING,
      userId: DataTypes.STRING,
      channel: DataTypes.STRING,
      status: DataTypes.STRING,
      refundNo: DataTypes.STRING,
      providerRefundId: DataTypes.STRING,
      refundFen: DataTypes.INTEGER,
      reason: DataTypes.STRING,
      source: DataTypes.STRING,
      requestedBy: DataTypes.STRING,
      usesAsked: DataTypes.INTEGER,
      usesTaken: DataTypes.INTEGER,
      shortenedMs: DataTypes.BIGINT,
      checkAt: DataTypes.BIGINT,
      checks: DataTypes.INTEGER,
      billedAt: DataTypes.BIGINT,
      succeededAt: DataTypes.BIGINT,
      createdAt: DataTypes.BIGINT,
      updatedAt: DataTypes.BIGINT,
    },
    { ...options, tableName: 'refunds' },
  );
  Discrepancy.init(
    {
      id,
      channel: DataTypes.STRING,
      kind: DataTypes.STRING,
      subject: DataTypes.STRING,
      detail: DataTypes.STRING,
      foundAt: DataTypes.BIGINT,
      settledAt: DataTypes.BIGINT,
      settledBy: DataTypes.STRING,
      settledReason: DataTypes.STRING,
    },
    { ...options, tableName: 'payment_discrepancies' },
  );
}

/** What of an order is on its way back at this moment, in fen. */
export async function openFen(orderId: string, tx?: Transaction): Promise<number> {
  const sum = await Refund.sum('refundFen', { where: { orderId, status: openRefunds }, transaction: tx });
  return Number(sum ?? 0);
}
