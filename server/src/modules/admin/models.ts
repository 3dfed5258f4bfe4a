import { DataTypes, Model, type InferAttributes, type InferCreationAttributes, type Sequelize } from 'sequelize';
import type { Role } from './roles';

/** A person of ours who may come into /admin. */
export class Admin extends Model<InferAttributes<Admin>, InferCreationAttributes<Admin>> {
  declare id: string;
  declare username: string;
  declare passwordHash: string;
  declare role: Role;
  /** Base32; null: no second step. */
  declare totpSecret: string | null;
  /** The last step of time for which a one-time code was taken: none is good twice. */
  declare totpStep: number;
  /** Wrong tries in a row. */
  declare failures: number;
  declare lockedUntil: number | null;
  declare disabledAt: number | null;
  declare createdAt: number;
  declare updatedAt: number;
}

export function defineAdminModels(sequelize: Sequelize): void {
  Admin.init(
    {
      id: { type: DataTypes.STRING, primaryKey: true },
      username: DataTypes.STRING,
      passwordHash: DataTypes.STRING,
      role: DataTypes.STRING,
      totpSecret: DataTypes.STRING,
      totpStep: DataTypes.INTEGER,
      failures: DataTypes.INTEGER,
      lockedUntil: DataTypes.BIGINT,
      disabledAt: DataTypes.BIGINT,
      createdAt: DataTypes.BIGINT,
      updatedAt: DataTypes.BIGINT,
    },
    { sequelize, tableName: 'admins', underscored: true, timestamps: false },
  );
}
