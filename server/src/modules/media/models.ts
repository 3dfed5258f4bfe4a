import type { PhotoContentType } from '@suyi/shared-types';
import { DataTypes, Model, type InferAttributes, type InferCreationAttributes, type Sequelize } from 'sequelize';

/** `awaiting`: a ticket was given. `ready`: the bytes were looked at. `refused`: they were no photo we take. `erased`: removed. */
export type MediaStatus = 'awaiting' | 'ready' | 'refused' | 'erased';

/** A seller's stored picture. */
export class Media extends Model<InferAttributes<Media>, InferCreationAttributes<Media>> {
  declare id: string;
  declare userId: string;
  declare status: MediaStatus;
  declare storageKey: string;
  declare contentType: PhotoContentType | null;
  declare byteLength: number | null;
  /** Upright. */
  declare width: number | null;
  declare height: number | null;
  declare uploadExpiresAt: number;
  declare createdAt: number;
}

export function defineMediaModels(sequelize: Sequelize): void {
  Media.init(
    {
      id: { type: DataTypes.STRING, primaryKey: true },
      userId: DataTypes.STRING,
      status: DataTypes.STRING,
      storageKey: DataTypes.STRING,
      contentType: DataTypes.STRING,
      byteLength: DataTypes.INTEGER,
      width: DataTypes.INTEGER,
      height: DataTypes.INTEGER,
      uploadExpiresAt: DataTypes.BIGINT,
      createdAt: DataTypes.BIGINT,
    },
    { sequelize, tableName: 'media', underscored: true, timestamps: false },
  );
}
