import type { QuotaEffect, ResultRole, TaskFailureCode, TaskStatus, TaskType } from '@suyi/shared-types';
import { DataTypes, Model, type InferAttributes, type InferCreationAttributes, type Sequelize } from 'sequelize';

/** One wish of a seller: a picture in, pictures out, at a price in uses. */
export class Task extends Model<InferAttributes<Task>, InferCreationAttributes<Task>> {
  declare id: string;
  declare userId: string;
  /** The quota account that its hold stands on; it stays where it is when accounts merge. */
  declare accountId: string;
  declare type: TaskType;
  declare status: TaskStatus;
  /** JSON, checked when it came in. */
  declare params: string;
  declare mediaId: string;
  /** JSON list of StoredResult, or null. */
  declare results: string | null;
  declare progress: number;
  /** JSON, or null. */
  declare measures: string | null;
  declare errorCode: TaskFailureCode | null;
  declare quotaEffect: QuotaEffect;
  declare uses: number;
  declare attempts: number;
  /** When it is due. While somebody works on it: when their lease ends. */
  declare wakeAt: number;
  declare leaseToken: string | null;
  declare deadlineAt: number;
  declare vendorJobId: string | null;
  declare retryOf: string | null;
  declare createdAt: number;
  declare updatedAt: number;
  declare finishedAt: number | null;
  /** The seller deleted it from the history; the ledger still names it. */
  declare hiddenAt: number | null;
  /** Its pictures are still to be removed. */
  declare purgeAt: number | null;
}

export type StoredResult = {
  key: string;
  role: ResultRole;
  width: number;
  height: number;
  byteLength: number;
  contentType: string;
};

const resultRoles = ['main', 'thumbnail'] as const satisfies readonly ResultRole[];

/** Where a result lies: under a key of the task's own, so that making it again writes over it. */
export const resultKey = (task: Pick<Task, 'id' | 'accountId'>, role: ResultRole): string =>
  `output/${task.accountId}/${task.id}/${role}.jpg`;

/** Every place where this task may have put something, whether it says so or died before. */
export const resultKeysOf = (task: Pick<Task, 'id' | 'accountId'>): string[] =>
  resultRoles.map((role) => resultKey(task, role));

export function defineTaskModels(sequelize: Sequelize): void {
  Task.init(
    {
      id: { type: DataTypes.STRING, primaryKey: true },
      userId: DataTypes.STRING,
      accountId: DataTypes.STRING,
      type: DataTypes.STRING,
      status: DataTypes.STRING,
      params: DataTypes.TEXT,
      mediaId: DataTypes.STRING,
      results: DataTypes.TEXT,
      progress: DataTypes.INTEGER,
      measures: DataTypes.TEXT,
      errorCode: DataTypes.STRING,
      quotaEffect: DataTypes.STRING,
      uses: DataTypes.INTEGER,
      attempts: DataTypes.INTEGER,
      wakeAt: DataTypes.BIGINT,
      leaseToken: DataTypes.STRING,
      deadlineAt: DataTypes.BIGINT,
      vendorJobId: DataTypes.STRING,
      retryOf: DataTypes.STRING,
      createdAt: DataTypes.BIGINT,
      updatedAt: DataTypes.BIGINT,
      finishedAt: DataTypes.BIGINT,
      hiddenAt: DataTypes.BIGINT,
      purgeAt: DataTypes.BIGINT,
    },
    { sequelize, tableName: 'tasks', underscored: true, timestamps: false },
  );
}
