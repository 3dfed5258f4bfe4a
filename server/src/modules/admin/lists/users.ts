import type { AdminUserDto, AdminUsersFilter, Uses, UserStatus } from '@suyi/shared-types';
import { select } from '../../../db/sql';
import { clock, toMoment, toMomentOrNull } from '../../../lib/clock';
import { inOrderOf, type Arm, type Listing } from './keyset';
import { shownPhone } from './phones';

export function listUsers({ status, from, to, sort }: AdminUsersFilter): Listing {
  const arm: Arm = status ? { index: ['status', 'id'], equal: { status } } : { index: 'primary', equal: {} };
  return { table: 'users', prefix: 'usr', arms: [arm], also: {}, from, to, sort };
}

type UserRow = {
  id: string;
  status: UserStatus;
  phone: string | null;
  hasWechat: number;
  mergedInto: string | null;
  createdAt: number;
  remaining: number | null;
  held: number | null;
  expireAt: number | null;
  graceUntil: number | null;
};

/** These users, in this order. */
export async function readUsers(ids: readonly string[], maySeePhone: boolean): Promise<AdminUserDto[]> {
  if (ids.length === 0) return [];
  const rows = await select<UserRow>(
    `SELECT u.id AS id, u.status AS status, u.phone AS phone, CASE WHEN u.openid IS NULL THEN 0 ELSE 1 END AS hasWechat,
       u.merged_into AS mergedInto, u.created_at AS createdAt, a.remaining AS remaining, a.held AS held,
       a.expire_at AS expireAt, a.grace_until AS graceUntil
     FROM users u LEFT JOIN quota_accounts a ON a.user_id = u.id WHERE u.id IN (:ids)`,
    { ids },
  );
  return inOrderOf(ids, rows).map((row) => present(row, maySeePhone));
}

function present(row: UserRow, maySeePhone: boolean): AdminUserDto {
  const now = clock.now();
  const isMember = (row.expireAt ?? 0) > now;
  // What an end has passed over counts as gone, swept or not: as the seller sees it.
  const canSpend = isMember || (row.graceUntil ?? 0) > now;
  return {
    id: row.id,
    status: row.status,
    phone: shownPhone(row.phone, maySeePhone),
    hasWechat: row.hasWechat === 1,
    mergedInto: row.mergedInto,
    isMember,
    quotaRemaining: (canSpend ? (row.remaining ?? 0) : 0) as Uses,
    quotaHeld: (row.held ?? 0) as Uses,
    quotaExpireAt: toMomentOrNull(row.expireAt),
    createdAt: toMoment(row.createdAt),
  };
}
