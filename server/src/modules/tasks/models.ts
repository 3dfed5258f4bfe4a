import { posesWanted } from '@suyi/shared-types';
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
  /** The task that this one tries again. */
  declare retryOf: string | null;
  declare createdAt: number;
  declare updatedAt: number;
  declare finishedAt: number | null;
  /** The seller deleted it from the history; the ledger still names it. */
  declare hiddenAt: number | null;
  /** Its pictures are still to be removed. */
  declare purgeAt: number | null;

  // What follows is about work that a vendor does.
  declare vendorJobId: string | null;
  /** The place among the jobs that we may have open there. */
  declare vendorSlot: string | null;
  /** How many orders were sent; each has a webhook address of its own. */
  declare vendorAttempt: number;
  /** When the order was sent, written down before it is. Null: no job can have been made. */
  declare vendorAskedAt: number | null;
  /** A job that named itself while we did not know it. */
  declare reportedJobId: string | null;
  /** When the webhook last said that there is news. */
  declare hintedAt: number | null;
  /** JSON list of PictureToFetch, or null. */
  declare vendorPictures: string | null;
  /** When the vendor took the order. */
  declare submittedAt: number | null;
  /** How often the vendor was full. */
  declare refusals: number;
  declare costMillicoins: number | null;
  declare costMilliyuan: number | null;
  declare costSeconds: number | null;
  /** When the seller is to be told that it ended. */
  declare tellAt: number | null;
}

export type StoredResult = {
  key: string;
  role: ResultRole;
  width: number;
  height: number;
  byteLength: number;
  contentType: string;
  /** Of a frame: its place in the vendor's order, from 0, and its small copy. */
  position?: number;
  thumbnailKey?: string;
};

const resultRoles = ['main', 'thumbnail'] as const satisfies readonly ResultRole[];
type Named = Pick<Task, 'id' | 'accountId'>;

/** Where a result lies: under a key of the task's own, so that making it again writes over it. */
export const resultKey = ({ accountId, id }: Named, name: string): string => `output/${accountId}/${id}/${name}.jpg`;

const two = (position: number): string => String(position + 1).padStart(2, '0');
export const frameKey = (task: Named, position: number): string => resultKey(task, `frame-${two(position)}`);
export const frameThumbnailKey = (task: Named, position: number): string =>
  resultKey(task, `frame-${two(position)}-small`);

/** Every place where this task may have put something, whether it says so or died before. */
export function resultKeysOf(task: Pick<Task, 'id' | 'accountId' | 'type'>): string[] {
  if (task.type === 'basic_clean') return resultRoles.map((role) => resultKey(task, role));
  return Array.from({ length: posesWanted }, (_, at) => [frameKey(task, at), frameThumbnailKey(task, at)]).flat();
}

export function storedResults(task: Pick<Task, 'results'>): StoredResult[] {
  return task.results === null ? [] : (JSON.parse(task.results) as StoredResult[]);
}

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
      retryOf: DataTypes.STRING,
      createdAt: DataTypes.BIGINT,
      updatedAt: DataTypes.BIGINT,
      finishedAt: DataTypes.BIGINT,
      hiddenAt: DataTypes.BIGINT,
      purgeAt: DataTypes.BIGINT,
      vendorJobId: DataTypes.STRING,
      vendorSlot: DataTypes.STRING,
      vendorAttempt: DataTypes.INTEGER,
      vendorAskedAt: DataTypes.BIGINT,
      reportedJobId: DataTypes.STRING,
      hintedAt: DataTypes.BIGINT,
      vendorPictures: DataTypes.TEXT,
      submittedAt: DataTypes.BIGINT,
      refusals: DataTypes.INTEGER,
      costMillicoins: DataTypes.INTEGER,
      costMilliyuan: DataTypes.INTEGER,
      costSeconds: DataTypes.INTEGER,
      tellAt: DataTypes.BIGINT,
    },
    { sequelize, tableName: 'tasks', underscored: true, timestamps: false },
  );
}
