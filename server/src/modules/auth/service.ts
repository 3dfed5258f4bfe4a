import type { LoginBody, WechatLoginBody } from '@suyi/shared-types';
import { Op } from 'sequelize';
import { isDuplicate } from '../../db/sql';
import { inTransaction, type Transaction } from '../../db/transaction';
import { assert } from '../../lib/assert';
import { clock } from '../../lib/clock';
import { AppError, isRefusal, VendorUnavailable } from '../../lib/errors';
import { newId } from '../../lib/ids';
import { slot } from '../../lib/slot';
import { wechat, type WechatIdentity } from '../../vendors/wechat/port';
import { useCode } from './codes';
import { User } from './models';
import { issueToken, type Token } from './tokens';

export { blockUser, unblockUser } from './blocking';
export { countNewUsers } from './figures';
export { sendCode, sweepCodes, codeValidMs, resendAfterMs } from './codes';
export { readToken, revokeToken, sweepRevokedTokens, type SignedInUser } from './tokens';
export { User };

/** What another module keeps for a seller: it follows a merge, and gives up what is personal when the account goes. */
export type SellersThings = {
  merge(fromUserId: string, toUserId: string, tx: Transaction): Promise<void>;
  erase(userId: string, tx: Transaction): Promise<void>;
  /** The seller took back their pictures, and stays. */
  erasePictures?(userId: string, tx: Transaction): Promise<void>;
  /** The seller's WeChat account is no more; they come in by phone. */
  eraseWechat?(userId: string, tx: Transaction): Promise<void>;
};

/** Filled by `main.ts`: this module knows none of the others. */
export const sellersThings = slot<readonly SellersThings[]>('sellers-things');

export type Session = Token & { user: User };

/** Logs in by a phone code, and registers a phone that is new. With `wxCode` the same person's WeChat is bound, or merged in. */
export async function loginByPhone(body: LoginBody): Promise<Session> {
  // WeChat first: when it says no, the phone code is still good for another try.
  const identity = body.wxCode === undefined ? null : await identityIfReachable(body.wxCode);
  await useCode(body.phone, body.code);

  return session(await onePersonFor({ phone: body.phone, identity, cameBy: 'phone' }));
}

/** Logs in by WeChat, and registers an openid that is new. The phone is optional. */
export async function loginByWechat(body: WechatLoginBody): Promise<Session> {
  const identity = await identityOf(body.wxCode);
  const phone = body.phoneCode === undefined ? null : await phoneOf(body.phoneCode);

  return session(await onePersonFor({ phone, identity, cameBy: 'wechat' }));
}

/** Throws `token_revoked` when the account is gone. */
export async function getUser(userId: string): Promise<User> {
  const user = await User.findByPk(userId);
  if (!user || user.status !== 'active') throw new AppError('token_revoked');
  return user;
}

/** Whom WeChat knows this seller as; null when it does not, or when the account is gone. */
export async function getOpenid(userId: string): Promise<string | null> {
  const user = await User.findByPk(userId);
  if (user?.mergedInto) return getOpenid(user.mergedInto);
  return user?.status === 'active' ? user.openid : null;
}

/** Erases what is personal: phone, WeChat, pictures. The ledger stays, without a name. */
export async function deleteAccount(userId: string): Promise<void> {
  await inTransaction(async (tx) => {
    const user = await User.findByPk(userId, { transaction: tx, lock: tx.LOCK.UPDATE });
    if (user?.status === 'active') await eraseAccount(user, tx);
  });
}

/** The same for an account whose row this transaction has locked. */
export async function eraseAccount(user: User, tx: Transaction): Promise<void> {
  const nothing = { phone: null, openid: null, unionid: null };
  await user.update({ ...nothing, status: 'deleted', updatedAt: clock.now() }, { transaction: tx });
  await User.update({ ...nothing, updatedAt: clock.now() }, { where: { mergedInto: user.id }, transaction: tx });
  for (const things of sellersThings.current) await things.erase(user.id, tx);
}

/** A phone login does not wait for WeChat to come back: the binding can happen another day. */
async function identityIfReachable(wxCode: string): Promise<WechatIdentity | null> {
  try {
    return await identityOf(wxCode);
  } catch (error) {
    if (error instanceof VendorUnavailable) return null;
    throw error;
  }
}

async function identityOf(wxCode: string): Promise<WechatIdentity> {
  const identity = await wechat.current.exchangeLoginCode(wxCode);
  if (!isRefusal(identity)) return identity;

  if (identity.code === 'user_blocked') throw new AppError('wechat_user_blocked');
  throw new AppError(identity.code === 'too_often' ? 'rate_limited' : 'wechat_code_invalid');
}

async function phoneOf(phoneCode: string): Promise<string> {
  const answer = await wechat.current.exchangePhoneCode(phoneCode);
  if (!isRefusal(answer)) return answer.phone;

  if (answer.code === 'foreign_number') throw new AppError('phone_invalid');
  throw new AppError(answer.code === 'too_often' ? 'rate_limited' : 'wechat_phone_code_invalid');
}

type Doors = { phone: string | null; identity: WechatIdentity | null; cameBy: 'phone' | 'wechat' };

/** The one account behind these doors; two requests of one new person at once end in the same account. */
async function onePersonFor(doors: Doors): Promise<User> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inTransaction((tx) => findOrMake(doors, tx));
    } catch (error) {
      if (attempt === 3 || !isDuplicate(error)) throw error;
    }
  }
}

async function findOrMake({ phone, identity, cameBy }: Doors, tx: Transaction): Promise<User> {
  const openid = identity?.openid ?? null;
  const doors = [...(phone ? [{ phone }] : []), ...(openid ? [{ openid }] : [])];
  const found = await User.findAll({
    where: { [Op.or]: doors },
    order: [['id', 'ASC']],
    transaction: tx,
    lock: tx.LOCK.UPDATE,
  });
  if (found.some((user) => user.status === 'blocked')) throw new AppError('user_blocked');
  const byPhone = found.find((user) => phone !== null && user.phone === phone) ?? null;
  const byWechat = found.find((user) => openid !== null && user.openid === openid) ?? null;

  if (!byPhone && !byWechat) return makeUser({ phone, identity }, tx);
  if (byPhone && byWechat) return byPhone.id === byWechat.id ? byPhone : joinTwo({ byPhone, byWechat, cameBy }, tx);
  if (byPhone) return bindWechat(byPhone, identity, tx);
  assert(byWechat, 'one of the two doors was found');
  return bindPhone(byWechat, { phone, cameBy }, tx);
}

function makeUser({ phone, identity }: Omit<Doors, 'cameBy'>, tx: Transaction): Promise<User> {
  const now = clock.now();
  return User.create(
    {
      id: newId('usr'),
      phone,
      openid: identity?.openid ?? null,
      unionid: identity?.unionid ?? null,
      status: 'active',
      mergedInto: null,
      createdAt: now,
      updatedAt: now,
    },
    { transaction: tx },
  );
}

/** A phone that already belongs to another WeChat stays with it: the phone's owner is let in, and nothing is re-bound. */
async function bindWechat(user: User, identity: WechatIdentity | null, tx: Transaction): Promise<User> {
  if (identity === null || user.openid !== null) return user;
  return user.update(
    { openid: identity.openid, unionid: identity.unionid, updatedAt: clock.now() },
    { transaction: tx },
  );
}

async function bindPhone(user: User, { phone, cameBy }: Omit<Doors, 'identity'>, tx: Transaction): Promise<User> {
  if (phone === null) return user;
  if (user.phone === null) return user.update({ phone, updatedAt: clock.now() }, { transaction: tx });

  // This WeChat has another phone already. Who came by WeChat is let in there; the owner of a new phone gets an account of
  // their own.
  return cameBy === 'wechat' ? user : makeUser({ phone, identity: null }, tx);
}

/** Both doors were used apart before. One person's two accounts become one; two persons' accounts stay two. */
async function joinTwo(
  { byPhone, byWechat, cameBy }: { byPhone: User; byWechat: User; cameBy: Doors['cameBy'] },
  tx: Transaction,
): Promise<User> {
  const areTwoPersons = byPhone.openid !== null || byWechat.phone !== null;
  if (areTwoPersons) return cameBy === 'wechat' ? byWechat : byPhone;

  const { openid, unionid } = byWechat;
  await byWechat.update(
    { openid: null, unionid: null, status: 'merged', mergedInto: byPhone.id, updatedAt: clock.now() },
    { transaction: tx },
  );
  await User.update(
    { mergedInto: byPhone.id, updatedAt: clock.now() },
    { where: { mergedInto: byWechat.id }, transaction: tx },
  );
  for (const things of sellersThings.current) await things.merge(byWechat.id, byPhone.id, tx);
  return byPhone.update({ openid, unionid, updatedAt: clock.now() }, { transaction: tx });
}

function session(user: User): Session {
  return { ...issueToken(user.id), user };
}
