import { inTransaction } from '../../db/transaction';
import { clock } from '../../lib/clock';
import { AppError } from '../../lib/errors';
import { audit, type Actor } from './audit';
import { Admin } from './models';
import { checkPassword, hashPassword } from './passwords';
import { endSessionsOf } from './sessions';
import { takeStep } from './sign-in';
import { stepOf } from './totp';

/* What an admin does about their own account. Each asks for the password again: a screen may have been left open. */

/** Changes the own password; every session of this admin ends, this one too. Throws `admin_password_wrong`. */
export async function changePassword(actor: Actor, words: { current: string; next: string }): Promise<void> {
  const admin = await withPassword(actor, words.current);
  const passwordHash = await hashPassword(words.next);
  await inTransaction(async (tx) => {
    await changeUnlessChanged(admin, { passwordHash }, tx);
    await endSessionsOf(admin.id, tx);
    await audit(actor, { action: 'change_password', subjectType: 'admin', subjectId: admin.id }, tx);
  });
}

/** From now on this admin needs a code as well. The first one proves that their phone has the secret. */
export async function setUpTotp(
  actor: Actor,
  given: { password: string; secret: string; code: string },
): Promise<void> {
  const admin = await withPassword(actor, given.password);
  if (admin.totpSecret !== null) throw new AppError('admin_not_needed');
  const step = stepOf(given.code, given.secret, admin.totpStep);
  if (step === null) throw new AppError('admin_password_wrong');
  await inTransaction(async (tx) => {
    await changeUnlessChanged(admin, { totpSecret: given.secret, totpStep: step }, tx);
    await audit(actor, { action: 'set_up_totp', subjectType: 'admin', subjectId: admin.id }, tx);
  });
}

/** The other way round, for who still has both. (For a lost phone an owner removes it.) */
export async function giveUpTotp(actor: Actor, given: { password: string; code: string }): Promise<void> {
  const admin = await withPassword(actor, given.password);
  if (admin.totpSecret === null) throw new AppError('admin_not_needed');
  const step = stepOf(given.code, admin.totpSecret, admin.totpStep);
  if (step === null) throw new AppError('admin_password_wrong');
  await inTransaction(async (tx) => {
    if (!(await takeStep(admin.id, step, tx))) throw new AppError('admin_password_wrong');
    await changeUnlessChanged(admin, { totpSecret: null }, tx);
    await audit(actor, { action: 'remove_totp', subjectType: 'admin', subjectId: admin.id }, tx);
  });
}

export async function hasTotp(adminId: string): Promise<boolean> {
  const admin = await Admin.findByPk(adminId, { rejectOnEmpty: true });
  return admin.totpSecret !== null;
}

async function withPassword({ id }: Actor, password: string): Promise<Admin> {
  const admin = await Admin.findByPk(id, { rejectOnEmpty: true });
  const { isRight } = await checkPassword(password, admin.passwordHash);
  if (!isRight) throw new AppError('admin_password_wrong');
  return admin;
}

async function changeUnlessChanged(
  { id, passwordHash }: Admin,
  fields: { passwordHash?: string; totpSecret?: string | null; totpStep?: number },
  tx: Parameters<typeof endSessionsOf>[1],
): Promise<void> {
  const where = { id, passwordHash };
  const [changed] = await Admin.update({ ...fields, updatedAt: clock.now() }, { where, transaction: tx });
  if (changed === 0) throw new AppError('admin_password_wrong');
}
