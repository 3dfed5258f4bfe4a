import { inTransaction, type Transaction } from '../../db/transaction';
import { clock } from '../../lib/clock';
import { User } from './models';
import { eraseAccount, sellersThings } from './service';

/** What a seller may take back in WeChat's own settings, by WeChat's numbers, as far as we ever asked for it. */
const phoneKinds = new Set(['8']);
const pictureKinds = new Set(['14', '15']);

/**
 * The seller took back in WeChat what they had let us have: it is erased. A phone number goes only where WeChat's door stays
 * open, so that nobody is locked out of uses they paid for. Returns a word for what was erased.
 */
export async function revokeAuthorization(openid: string, kind: string): Promise<string> {
  return inTransaction(async (tx) => {
    const user = await findByOpenid(openid, tx);
    if (!user) return 'unknown_user';
    if (phoneKinds.has(kind)) {
      await user.update({ phone: null, updatedAt: clock.now() }, { transaction: tx });
      return 'phone_erased';
    }
    if (!pictureKinds.has(kind)) return 'nothing_kept';
    for (const things of sellersThings.current) await things.erasePictures?.(user.id, tx);
    return 'pictures_erased';
  });
}

/**
 * The seller's WeChat account is no more. With a phone the account here goes on without WeChat, and the uses in it stay
 * theirs; without one nobody can come in again, so everything personal is erased.
 */
export async function forgetWechatAccount(openid: string): Promise<string> {
  return inTransaction(async (tx) => {
    const user = await findByOpenid(openid, tx);
    if (!user) return 'unknown_user';
    if (user.phone === null) {
      await eraseAccount(user, tx);
      return 'account_erased';
    }
    await user.update({ openid: null, unionid: null, updatedAt: clock.now() }, { transaction: tx });
    for (const things of sellersThings.current) await things.eraseWechat?.(user.id, tx);
    return 'wechat_erased';
  });
}

function findByOpenid(openid: string, tx: Transaction): Promise<User | null> {
  return User.findOne({ where: { openid, status: 'active' }, transaction: tx, lock: tx.LOCK.UPDATE });
}
