import { createSecretKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import { config } from '../../config';
import { change, insert, isDuplicate, select } from '../../db/sql';
import { clock, days } from '../../lib/clock';
import { AppError } from '../../lib/errors';
import { newId } from '../../lib/ids';

const lifeMs = days(7);
const Claims = z.object({ sub: z.string(), jti: z.string(), iat: z.number(), exp: z.number() });

export type Token = { token: string; expiresAt: number };
export type SignedInUser = { userId: string; openid: string | null; tokenId: string; tokenExpiresAt: number };

// A KeyObject, not a string: with a string jsonwebtoken first tries to read it as a public key (346 µs a token against 7).
let keys: { secrets: readonly string[]; objects: readonly [KeyObject, ...KeyObject[]] } | null = null;

/** The key that signs, and behind it, while keys are being changed, the one that did before: its tokens are good to their end. */
function goodKeys(): readonly [KeyObject, ...KeyObject[]] {
  const { jwtSecret, jwtSecretPrevious } = config.current;
  if (keys?.secrets[0] !== jwtSecret || keys.secrets[1] !== (jwtSecretPrevious ?? undefined)) {
    const before = jwtSecretPrevious === null ? [] : [jwtSecretPrevious];
    keys = { secrets: [jwtSecret, ...before], objects: [keyOf(jwtSecret), ...before.map(keyOf)] };
  }
  return keys.objects;
}

const keyOf = (secret: string): KeyObject => createSecretKey(Buffer.from(secret));

/** A token for this user, good for seven days or until it is revoked. */
export function issueToken(userId: string): Token {
  const now = Math.floor(clock.now() / 1_000);
  const exp = now + lifeMs / 1_000;
  const [signing] = goodKeys();
  const token = jwt.sign({ sub: userId, jti: newId('ses'), iat: now, exp }, signing, { algorithm: 'HS256' });
  return { token, expiresAt: exp * 1_000 };
}

/** Whose token this is. Throws `token_invalid`, `token_expired`, `token_revoked` or `user_blocked`. One query. */
export async function readToken(token: string): Promise<SignedInUser> {
  const claims = verify(token);
  // After a merge the token stands for the account that took the other one in, with that one's state.
  const [row] = await select<{ id: string; status: string; openid: string | null; isRevoked: number }>(
    `SELECT o.id AS id, o.status AS status, o.openid AS openid,
       (SELECT COUNT(*) FROM revoked_tokens r WHERE r.jti = :jti) AS isRevoked
     FROM users u JOIN users o ON o.id = COALESCE(u.merged_into, u.id) WHERE u.id = :userId`,
    { jti: claims.jti, userId: claims.sub },
  );
  if (!row) throw new AppError('token_invalid');
  if (Number(row.isRevoked) > 0 || row.status === 'deleted') throw new AppError('token_revoked');
  if (row.status === 'blocked') throw new AppError('user_blocked');

  return {
    userId: row.id,
    openid: row.openid,
    tokenId: claims.jti,
    tokenExpiresAt: claims.exp * 1_000,
  };
}

/** From now on this token opens nothing. Twice is as good as once. */
export async function revokeToken(tokenId: string, expiresAt: number): Promise<void> {
  try {
    await insert('revoked_tokens', { jti: tokenId, expires_at: expiresAt });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
}

/** Forgets revocations of tokens that have run out by themselves. */
export async function sweepRevokedTokens(): Promise<number> {
  return change('DELETE FROM revoked_tokens WHERE expires_at < :now', { now: clock.now() });
}

/** Each good key is tried in turn, so that tokens need not say which one signed them. The algorithm is ours to name, never theirs. */
function verify(token: string): z.infer<typeof Claims> {
  const clockTimestamp = Math.floor(clock.now() / 1_000);
  for (const key of goodKeys()) {
    try {
      return Claims.parse(jwt.verify(token, key, { algorithms: ['HS256'], clockTimestamp }));
    } catch (error) {
      // The signature is looked at first: this key did sign it.
      if (error instanceof jwt.TokenExpiredError) throw new AppError('token_expired');
    }
  }
  throw new AppError('token_invalid');
}
