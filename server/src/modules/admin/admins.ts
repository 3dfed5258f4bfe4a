import { config } from '../../config';
import { isDuplicate } from '../../db/sql';
import { inTransaction, type Transaction } from '../../db/transaction';
import { assert } from '../../lib/assert';
import { clock } from '../../lib/clock';
import { AppError } from '../../lib/errors';
import { newId } from '../../lib/ids';
import { logger } from '../../lib/logger';
import { audit, type Actor } from './audit';
import { Admin } from './models';
import { hashPassword } from './passwords';
import type { Role } from './roles';
import { endSessionsOf } from './sessions';

/** Letters, digits and .@_- as in ADMIN_USERNAME. */
export const usernamePattern = /^[\w.@-]{1,64}$/;

/**
 * At the start: makes the admin of the configuration, an owner, where none of this name is. One that is there stays as they
 * are: a password that was changed since is not overwritten by the environment's.
 */
export async function ensureFirstAdmin(): Promise<void> {
  const { username, password } = config.current.admin;
  if ((await Admin.count({ where: { username } })) > 0) return;

  const passwordHash = await hashPassword(password);
  try {
    await inTransaction((tx) => insertAdmin({ username, passwordHash, role: 'owner' }, tx));
    logger.info({ username }, 'the first admin was made');
  } catch (error) {
    if (!isDuplicate(error)) throw error; // Another server of the same start was quicker.
  }
}

export function listAdmins(): Promise<Admin[]> {
  return Admin.findAll({ order: [['username', 'ASC']], limit: 500 });
}

/** Throws `not_found`. */
export async function getAdmin(username: string): Promise<Admin> {
  const admin = await Admin.findOne({ where: { username } });
  if (!admin) throw new AppError('not_found');
  return admin;
}

/** Throws `admin_name_taken`. */
export async function addAdmin(
  actor: Actor,
  { username, password, role, reason }: { username: string; password: string; role: Role; reason: string },
): Promise<void> {
  const passwordHash = await hashPassword(password);
  try {
    await inTransaction(async (tx) => {
      const admin = await insertAdmin({ username, passwordHash, role }, tx);
      const detail = { username, role };
      await audit(actor, { action: 'add_admin', subjectType: 'admin', subjectId: admin.id, reason, detail }, tx);
    });
  } catch (error) {
    throw isDuplicate(error) ? new AppError('admin_name_taken') : error;
  }
}

/** What may be changed about another admin, or oneself. A password is set anew; the others need no value but a role. */
export type AdminChange =
  | { kind: 'role'; role: Role }
  | { kind: 'password'; password: string }
  | { kind: 'disable' | 'enable' | 'unlock' | 'remove_totp' };

/**
 * Changes an admin, and ends their sessions where that matters. Throws `not_found`, `admin_last_owner` when nobody could
 * manage the admins any more, and `admin_not_needed` when it is so already.
 */
export async function changeAdmin(actor: Actor, username: string, wish: AdminChange, reason: string): Promise<void> {
  const passwordHash = wish.kind === 'password' ? await hashPassword(wish.password) : '';
  await inTransaction(async (tx) => {
    // All of them, in one order: two owners who disable each other at once must not both succeed.
    const admins = await Admin.findAll({ order: [['id', 'ASC']], transaction: tx, lock: tx.LOCK.UPDATE });
    const admin = admins.find((each) => each.username === username);
    if (!admin) throw new AppError('not_found');
    const fields = wish.kind === 'password' ? { passwordHash, failures: 0, lockedUntil: null } : fieldsOf(wish, admin);
    const isSame = Object.entries(fields).every(([name, value]) => admin.get(name) === value);
    if (isSame) throw new AppError('admin_not_needed');

    const before = { role: admin.role, isDisabled: admin.disabledAt !== null };
    await admin.update({ ...fields, updatedAt: clock.now() }, { transaction: tx });
    const isOwned = admins.some((each) => each.role === 'owner' && each.disabledAt === null);
    if (!isOwned) throw new AppError('admin_last_owner');

    if (wish.kind === 'password' || wish.kind === 'disable') await endSessionsOf(admin.id, tx);
    const detail = { username, before, after: { role: admin.role, isDisabled: admin.disabledAt !== null } };
    const action = `${wish.kind}_admin`;
    await audit(actor, { action, subjectType: 'admin', subjectId: admin.id, reason, detail }, tx);
  });
}

type Fields = Partial<Pick<Admin, 'role' | 'failures' | 'lockedUntil' | 'disabledAt' | 'totpSecret'>>;

function fieldsOf(wish: Exclude<AdminChange, { kind: 'password' }>, admin: Admin): Fields {
  switch (wish.kind) {
    case 'role':
      return { role: wish.role };
    case 'disable':
      return { disabledAt: admin.disabledAt ?? clock.now() };
    case 'enable':
      return { disabledAt: null };
    case 'unlock':
      return { failures: 0, lockedUntil: null };
    case 'remove_totp':
      return { totpSecret: null };
  }
}

async function insertAdmin(
  { username, passwordHash, role }: Pick<Admin, 'username' | 'passwordHash' | 'role'>,
  tx: Transaction,
): Promise<Admin> {
  assert(usernamePattern.test(username), 'a name was looked at before it comes here');
  const now = clock.now();
  return Admin.create(
    {
      id: newId('adm'),
      username,
      passwordHash,
      role,
      totpSecret: null,
      totpStep: 0,
      failures: 0,
      lockedUntil: null,
      disabledAt: null,
      createdAt: now,
      updatedAt: now,
    },
    { transaction: tx },
  );
}
