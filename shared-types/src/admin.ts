import { z } from 'zod';
import { QuotaEffect, taskFailureCodes } from './errors';
import { Fen, Id, Moment, PageQuery, Uses } from './primitives';
import { OrderStatus, PaymentChannel } from './membership';
import { TaskStatus, TaskType } from './tasks';

/* What the admin API answers: the same lists as the admin site and its CSV files, with the same filters. */

export const userStatuses = ['active', 'blocked', 'merged', 'deleted'] as const;
export const UserStatus = z.enum(userStatuses);
export type UserStatus = z.infer<typeof UserStatus>;

const TaskErrorCode = z.enum(taskFailureCodes as [string, ...string[]]);

/** A day in Asia/Shanghai. */
export const AdminDay = z.iso.date();

export const AdminSort = z.enum(['newest', 'oldest']);
export type AdminSort = z.infer<typeof AdminSort>;

const common = {
  /** The first and the last day, both included. */
  from: AdminDay.optional(),
  to: AdminDay.optional(),
  sort: AdminSort.default('newest'),
};

export const AdminUsersFilter = z.strictObject({ status: UserStatus.optional(), ...common });
export type AdminUsersFilter = z.infer<typeof AdminUsersFilter>;

export const AdminOrdersFilter = z.strictObject({
  userId: Id.optional(),
  status: OrderStatus.optional(),
  channel: PaymentChannel.optional(),
  ...common,
});
export type AdminOrdersFilter = z.infer<typeof AdminOrdersFilter>;

export const AdminTasksFilter = z.strictObject({
  userId: Id.optional(),
  type: TaskType.optional(),
  status: TaskStatus.optional(),
  errorCode: TaskErrorCode.optional(),
  quotaEffect: QuotaEffect.optional(),
  ...common,
});
export type AdminTasksFilter = z.infer<typeof AdminTasksFilter>;

export const AdminUsersQuery = AdminUsersFilter.extend(PageQuery.shape);
export const AdminOrdersQuery = AdminOrdersFilter.extend(PageQuery.shape);
export const AdminTasksQuery = AdminTasksFilter.extend(PageQuery.shape);

export const AdminUserDto = z.object({
  id: Id,
  status: UserStatus,
  /** Whole for those who may see phones, else `138****8000`; null when the seller has none. */
  phone: z.string().nullable(),
  hasWechat: z.boolean(),
  /** The account that this one went into. */
  mergedInto: Id.nullable(),
  isMember: z.boolean(),
  quotaRemaining: Uses,
  quotaHeld: Uses,
  quotaExpireAt: Moment.nullable(),
  createdAt: Moment,
});
export type AdminUserDto = z.infer<typeof AdminUserDto>;

export const AdminOrderDto = z.object({
  id: Id,
  userId: Id,
  /** As in AdminUserDto. */
  phone: z.string().nullable(),
  status: OrderStatus,
  channel: PaymentChannel,
  planName: z.string(),
  priceFen: Fen,
  refundedFen: Fen,
  uses: Uses,
  days: z.number().int(),
  transactionId: z.string().nullable(),
  createdAt: Moment,
  paidAt: Moment.nullable(),
});
export type AdminOrderDto = z.infer<typeof AdminOrderDto>;

export const AdminTaskDto = z.object({
  id: Id,
  userId: Id,
  /** As in AdminUserDto. */
  phone: z.string().nullable(),
  type: TaskType,
  status: TaskStatus,
  errorCode: TaskErrorCode.nullable(),
  quotaEffect: QuotaEffect,
  uses: Uses,
  attempts: z.number().int(),
  /** The vendor's job and our place among those that may be open there; null where no vendor works. */
  vendorJobId: z.string().nullable(),
  vendorSlot: z.string().nullable(),
  /** What the vendor charged; null where it said nothing. */
  costYuan: z.number().nullable(),
  costCoins: z.number().nullable(),
  costSeconds: z.number().int().nullable(),
  /** From its making until the vendor took it, else until it ended, else until now. */
  waitedSeconds: z.number().int(),
  createdAt: Moment,
  finishedAt: Moment.nullable(),
});
export type AdminTaskDto = z.infer<typeof AdminTaskDto>;
