import { inTransaction } from '../src/db/transaction';
import { clock } from '../src/lib/clock';
import { newId } from '../src/lib/ids';
import { User } from '../src/modules/auth/service';
import { issueToken } from '../src/modules/auth/tokens';
import { Media } from '../src/modules/media/models';
import { extendMembership } from '../src/modules/membership/service';
import { getQuota } from '../src/modules/quota/service';
import { storage } from '../src/vendors/storage/port';

export type Seller = { id: string; token: string; phone: string };

let serial = 0;

/** A number that no other maker of this file gives. */
export const newPhone = (): string => `139${String(10_000_000 + (process.pid % 900) * 10_000 + (serial += 1))}`;

/** A seller who is logged in, with a membership of `uses` when it is above zero. */
export async function makeSeller({ uses = 0, days = 30, openid = null as string | null } = {}): Promise<Seller> {
  const phone = newPhone();
  const now = clock.now();
  const user = await User.create({
    id: newId('usr'),
    phone,
    openid,
    unionid: null,
    status: 'active',
    mergedInto: null,
    createdAt: now,
    updatedAt: now,
  });
  if (uses > 0) await grantUses(user.id, uses, days);
  return { id: user.id, token: issueToken(user.id).token, phone };
}

export async function grantUses(userId: string, uses: number, days = 30): Promise<void> {
  await inTransaction((tx) => extendMembership({ userId, orderId: newId('ord'), uses, days, paidAt: clock.now() }, tx));
}

export const quotaOf = async ({ id }: { id: string }): Promise<{ remaining: number; held: number }> => {
  const { remaining, held } = await getQuota(id);
  return { remaining, held };
};

/** A picture in the store, looked at and ready. */
export async function makeMedia(seller: { id: string }, bytes: Buffer): Promise<string> {
  const id = newId('med');
  const storageKey = `input/${seller.id}/${id}`;
  await storage.current.write(storageKey, bytes, 'image/jpeg');
  await Media.create({
    id,
    userId: seller.id,
    status: 'ready',
    storageKey,
    contentType: 'image/jpeg',
    byteLength: bytes.length,
    width: 1_200,
    height: 1_600,
    uploadExpiresAt: clock.now(),
    createdAt: clock.now(),
  });
  return id;
}

/** The codes of what was refused, in the order of asking. */
export function refusalCodes(results: PromiseSettledResult<unknown>[]): string[] {
  return results.flatMap((result) =>
    result.status === 'rejected' ? [(result.reason as { code?: string }).code ?? 'bug'] : [],
  );
}
