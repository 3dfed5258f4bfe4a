import { inTransaction, type Transaction } from '../../db/transaction';
import { change } from '../../db/sql';
import { clock, minutes } from '../../lib/clock';
import { AppError } from '../../lib/errors';
import { logger } from '../../lib/logger';
import { audit, type Actor } from './audit';
import { Admin } from './models';
import { checkPassword, hashPassword, pretendToCheck } from './passwords';
import { makeSession, type AdminSession } from './sessions';
import { stepOf } from './totp';

const failuresMax = 5;
const lockedMs = minutes(15);

export type SignIn = { username: string; password: string; code?: string };
export type From = Omit<Actor, 'id' | 'username'>;

/**
 * A session for who knows the password, and the one-time code where one is set up. Throws `admin_login_wrong` for everything
 * else, in the same words and the same time: an unknown name, a wrong password, a locked or disabled account.
 */
export async function signIn({ username, password, code = '' }: SignIn, from: From): Promise<AdminSession> {
  const admin = await Admin.findOne({ where: { username } });
  const isOpen = admin !== null && admin.disabledAt === null && (await takeTry(admin, from));
  if (!isOpen) {
    await pretendToCheck(password);
    logger.warn({ requestId: from.requestId, ip: from.ip }, 'an admin log-in was refused');
    throw new AppError('admin_login_wrong');
  }

  const { isRight, isOld } = await checkPassword(password, admin.passwordHash);
  const step = admin.totpSecret === null ? admin.totpStep : stepOf(code, admin.totpSecret, admin.totpStep);
  if (!isRight || step === null) {
    logger.warn({ requestId: from.requestId, ip: from.ip }, 'an admin log-in was refused');
    throw new AppError('admin_login_wrong');
  }

  const newHash = isOld ? await hashPassword(password) : null;
  return inTransaction(async (tx) => {
    if (admin.totpSecret !== null && !(await takeStep(admin.id, step, tx))) throw new AppError('admin_login_wrong');
    const fields = {
      failures: 0,
      lockedUntil: null,
      updatedAt: clock.now(),
      ...(newHash && { passwordHash: newHash }),
    };
    // Unless the password was changed, or the admin disabled, while this was being checked.
    const where = { id: admin.id, passwordHash: admin.passwordHash, disabledAt: null };
    const [changed] = await Admin.update(fields, { where, transaction: tx });
    if (changed === 0) throw new AppError('admin_login_wrong');
    await audit(
      { ...from, id: admin.id, username },
      { action: 'sign_in', subjectType: 'admin', subjectId: admin.id },
      tx,
    );
    return makeSession(admin.id, from.ip, tx);
  });
}

/**
 * Counts a try before it is looked at, so that many at once are no more tries than five; a right one sets the count back.
 * False: locked.
 */
async function takeTry({ id }: Admin, from: From): Promise<boolean> {
  return inTransaction(async (tx) => {
    const admin = await Admin.findByPk(id, { transaction: tx, lock: tx.LOCK.UPDATE, rejectOnEmpty: true });
    const now = clock.now();
    if (admin.lockedUntil !== null && admin.lockedUntil > now) return false;

    const failures = (admin.lockedUntil === null ? admin.failures : 0) + 1;
    const isLast = failures >= failuresMax;
    await admin.update({ failures, lockedUntil: isLast ? now + lockedMs : null, updatedAt: now }, { transaction: tx });
    if (isLast) {
      const detail = { failures };
      const entry = { action: 'lock_out', subjectType: 'admin', subjectId: id, detail };
      await audit({ ...from, id, username: admin.username }, entry, tx);
    }
    return true;
  });
}

/** True once for each code. */
export async function takeStep(adminId: string, step: number, tx: Transaction): Promise<boolean> {
  const sql = 'UPDATE admins SET totp_step = :step WHERE id = :adminId AND totp_step < :step';
  return (await change(sql, { step, adminId }, tx)) === 1;
}
