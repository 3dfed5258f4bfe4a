import { DataTypes, Model, type InferAttributes, type InferCreationAttributes, type Sequelize } from 'sequelize';

/** A message of a provider, as it came, stored once. */
export class InboundEvent extends Model<InferAttributes<InboundEvent>, InferCreationAttributes<InboundEvent>> {
  declare id: string;
  declare source: EventSource;
  declare eventKey: string;
  declare eventType: string;
  declare body: string;
  declare outcome: string | null;
  declare orderId: string | null;
  declare receivedAt: number;
  declare settledAt: number | null;
}

export type EventSource = 'wechat_pay' | 'wechat_push' | 'alipay';

export function defineInboundModels(sequelize: Sequelize): void {
  InboundEvent.init(
    {
      id: { type: DataTypes.STRING, primaryKey: true },
      source: DataTypes.STRING,
      eventKey: DataTypes.STRING,
      eventType: DataTypes.STRING,
      body: DataTypes.TEXT,
      outcome: DataTypes.STRING,
      orderId: DataTypes.STRING,
      receivedAt: DataTypes.BIGINT,
      settledAt: DataTypes.BIGINT,
    },
    { sequelize, tableName: 'inbound_events', underscored: true, timestamps: false },
  );
}
