import {
  taskStatuses,
  type AdminTaskDto,
  type AdminTasksFilter,
  type QuotaEffect,
  type TaskStatus,
  type TaskType,
  type Uses,
} from '@suyi/shared-types';
import { select } from '../../../db/sql';
import { clock, toMoment, toMomentOrNull } from '../../../lib/clock';
import { inOrderOf, type Arm, type Listing } from './keyset';
import { shownPhone } from './phones';

export function listTasks(filter: AdminTasksFilter): Listing {
  const { type, status, errorCode, quotaEffect, from, to, sort } = filter;
  const also = { type, status, error_code: errorCode, quota_effect: quotaEffect };
  return { table: 'tasks', prefix: 'tsk', arms: armsFor(filter), also, from, to, sort };
}

function armsFor({ userId, type, status, errorCode, quotaEffect }: AdminTasksFilter): Arm[] {
  if (userId && status) return [{ index: ['user_id', 'status', 'id'], equal: { user_id: userId, status } }];
  if (userId) return [{ index: ['user_id', 'id'], equal: { user_id: userId } }];
  if (errorCode) return [{ index: ['error_code', 'id'], equal: { error_code: errorCode } }];
  if (quotaEffect === 'released' && status === 'succeeded') return [armForMissingFrames];

  const possible = quotaEffect ? statusesOf[quotaEffect] : taskStatuses;
  const statuses = status ? possible.filter((each) => each === status) : possible;
  const arms = statuses.map((each): Arm => {
    if (type) return { index: ['type', 'status', 'id'], equal: { type, status: each } };
    return { index: ['status', 'id'], equal: { status: each } };
  });
  if (quotaEffect === 'released' && !status) return [...arms, armForMissingFrames];
  return type || status || quotaEffect ? arms : [{ index: 'primary', equal: {} }];
}

/** Which states a task may be in while its use is held, spent or given back. One state more gives back: see below. */
const statusesOf: Record<QuotaEffect, readonly TaskStatus[]> = {
  held: ['queued', 'submitting', 'uncertain', 'running', 'saving'],
  captured: ['succeeded'],
  released: ['failed', 'cancelled'],
};

/** Tasks that succeeded with pictures missing: the only success that costs nothing, and known by its error. */
const armForMissingFrames: Arm = {
  index: ['error_code', 'id'],
  equal: { error_code: 'frames_missing', status: 'succeeded' },
};

type TaskRow = {
  id: string;
  userId: string;
  phone: string | null;
  type: TaskType;
  status: TaskStatus;
  errorCode: string | null;
  quotaEffect: QuotaEffect;
  uses: number;
  attempts: number;
  vendorAttempt: number;
  vendorJobId: string | null;
  vendorSlot: string | null;
  costMilliyuan: number | null;
  costMillicoins: number | null;
  costSeconds: number | null;
  createdAt: number;
  submittedAt: number | null;
  finishedAt: number | null;
};

/** These tasks, in this order. */
export async function readTasks(ids: readonly string[], maySeePhone: boolean): Promise<AdminTaskDto[]> {
  if (ids.length === 0) return [];
  const rows = await select<TaskRow>(
    `SELECT t.id AS id, t.user_id AS userId, u.phone AS phone, t.type AS type, t.status AS status,
       t.error_code AS errorCode, t.quota_effect AS quotaEffect, t.uses AS uses, t.attempts AS attempts,
       t.vendor_attempt AS vendorAttempt, t.vendor_job_id AS vendorJobId, t.vendor_slot AS vendorSlot,
       t.cost_milliyuan AS costMilliyuan, t.cost_millicoins AS costMillicoins, t.cost_seconds AS costSeconds,
       t.created_at AS createdAt, t.submitted_at AS submittedAt, t.finished_at AS finishedAt
     FROM tasks t LEFT JOIN users u ON u.id = t.user_id WHERE t.id IN (:ids)`,
    { ids },
  );
  return inOrderOf(ids, rows).map((row) => present(row, maySeePhone));
}

function present(row: TaskRow, maySeePhone: boolean): AdminTaskDto {
  const waitedUntil = row.submittedAt ?? row.finishedAt ?? clock.now();
  return {
    id: row.id,
    userId: row.userId,
    phone: shownPhone(row.phone, maySeePhone),
    type: row.type,
    status: row.status,
    errorCode: row.errorCode,
    quotaEffect: row.quotaEffect,
    uses: row.uses as Uses,
    // A vendor's work counts the orders that were sent, ours the starts.
    attempts: Math.max(row.attempts, row.vendorAttempt),
    vendorJobId: row.vendorJobId,
    vendorSlot: row.vendorSlot,
    costYuan: perThousand(row.costMilliyuan),
    costCoins: perThousand(row.costMillicoins),
    costSeconds: row.costSeconds,
    waitedSeconds: Math.max(0, Math.round((waitedUntil - row.createdAt) / 1_000)),
    createdAt: toMoment(row.createdAt),
    finishedAt: toMomentOrNull(row.finishedAt),
  };
}

const perThousand = (n: number | null): number | null => (n === null ? null : n / 1_000);
