import type { OrderStatus, PaymentChannel } from '@suyi/shared-types';
import { DataTypes, Model, type InferAttributes, type InferCreationAttributes, type Sequelize } from 'sequelize';

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
  /** Who is asked to pay; a payment by somebody else is not ours. */
  declare openid: string | null;
  declare prepayId: string | null;
  declare transactionId: string | null;
  declare paidAt: number | null;
  declare payBefore: number;
  /** When the provider is asked next, and how often it was; null when there is nothing more to ask. */
  declare checkAt: number | null;
  declare checks: number;
  declare createdAt: number;
  declare updatedAt: number;
}

/** A message of a provider, as it came, stored once. */
export class InboundEvent extends Model<InferAttributes<InboundEvent>, InferCreationAttributes<InboundEvent>> {
  declare id: string;
  declare source: string;
  declare eventKey: string;
  declare eventType: string;
  declare body: string;
  declare outcome: string | null;
  declare receivedAt: number;
  declare settledAt: number | null;
}

export function definePaymentModels(sequelize: Sequelize): void {
  Order.init(
    {
      id: { type: DataTypes.STRING, primaryKey: true },
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
      createdAt: DataTypes.BIGINT,
      updatedAt: DataTypes.BIGINT,
    },
    { sequelize, tableName: 'orders', underscored: true, timestamps: false },
  );
  InboundEvent.init(
    {
      id: { type: DataTypes.STRING, primaryKey: true },
      source: DataTypes.STRING,
      eventKey: DataTypes.STRING,
      eventType: DataTypes.STRING,
      body: DataTypes.TEXT,
      outcome: DataTypes.STRING,
      receivedAt: DataTypes.BIGINT,
      settledAt: DataTypes.BIGINT,
    },
    { sequelize, tableName: 'inbound_events', underscored: true, timestamps: false },
  );
}
