import { DataTypes, Model, type InferAttributes, type InferCreationAttributes, type Sequelize } from 'sequelize';

export type UserStatus = 'active' | 'blocked' | 'merged' | 'deleted';

/** A seller. At least one of phone and openid while active; a deleted one keeps neither. */
export class User extends Model<InferAttributes<User>, InferCreationAttributes<User>> {
  declare id: string;
  declare phone: string | null;
  declare openid: string | null;
  declare unionid: string | null;
  declare status: UserStatus;
  declare mergedInto: string | null;
  declare createdAt: number;
  declare updatedAt: number;
}

/** One sent code: its HMAC, never the code. */
export class VerificationCode extends Model<
  InferAttributes<VerificationCode>,
  InferCreationAttributes<VerificationCode>
> {
  declare id: string;
  /** An HMAC of the number: enough to count by and to find it. */
  declare phone: string;
  declare codeHmac: string;
  declare ip: string;
  /** An HMAC of what the phone calls itself; null when it does not say. */
  declare device: string | null;
  declare attempts: number;
  declare expiresAt: number;
  declare usedAt: number | null;
  declare createdAt: number;
}

export function defineAuthModels(sequelize: Sequelize): void {
  User.init(
    {
      id: { type: DataTypes.STRING, primaryKey: true },
      phone: DataTypes.STRING,
      openid: DataTypes.STRING,
      unionid: DataTypes.STRING,
      status: DataTypes.STRING,
      mergedInto: DataTypes.STRING,
      createdAt: DataTypes.BIGINT,
      updatedAt: DataTypes.BIGINT,
    },
    { sequelize, tableName: 'users', underscored: true, timestamps: false },
  );
  VerificationCode.init(
    {
      id: { type: DataTypes.STRING, primaryKey: true },
      phone: DataTypes.STRING,
      codeHmac: DataTypes.STRING,
      ip: DataTypes.STRING,
      device: DataTypes.STRING,
      attempts: DataTypes.INTEGER,
      expiresAt: DataTypes.BIGINT,
      usedAt: DataTypes.BIGINT,
      createdAt: DataTypes.BIGINT,
    },
    { sequelize, tableName: 'verification_codes', underscored: true, timestamps: false },
  );
}
