export { changePassword, giveUpTotp, hasTotp, setUpTotp } from './account';
export {
  addAdmin,
  changeAdmin,
  ensureFirstAdmin,
  getAdmin,
  listAdmins,
  usernamePattern,
  type AdminChange,
} from './admins';
export { audit, type Actor, type AuditEntry } from './audit';
export { countDays } from './daily-figures';
export { Admin } from './models';
export { passwordMax, passwordMin } from './passwords';
export { may, roles, roleWords, type Right, type Role } from './roles';
export { endSession, openSession, sweepAdminSessions, type AdminSession, type SignedInAdmin } from './sessions';
export { signIn, type From, type SignIn } from './sign-in';
export { newTotpSecret, totpUri } from './totp';
