import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';
import { gate } from '../../lib/gate';
import { AppError } from '../../lib/errors';

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** 32 MB and about a fifth of a second a try. Raise them here: who logs in next is hashed anew. */
const today = { log2n: 15, r: 8, p: 3 };
const keyBytes = 32;
const memoryMax = 256 * 1024 * 1024;

/** Node has four threads for this and for files: a flood of log-ins must not take them all. */
const enter = gate(2, 50);

export const passwordMin = 12;
export const passwordMax = 200;

type Parameters = typeof today;

/** `scrypt$15$8$3$salt$hash`: what it was made with stands in it. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await keyOf(password, salt, today);
  return ['scrypt', today.log2n, today.r, today.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/** Whether this is the password, and whether its hash is to be made anew because we ask more of one by now. */
export async function checkPassword(password: string, stored: string): Promise<{ isRight: boolean; isOld: boolean }> {
  const [, log2n, r, p, salt = '', key = ''] = stored.split('$');
  const made = { log2n: Number(log2n), r: Number(r), p: Number(p) };
  const wanted = Buffer.from(key, 'base64url');
  const given = await keyOf(password, Buffer.from(salt, 'base64url'), made);
  const isRight = wanted.length === given.length && timingSafeEqual(wanted, given);
  return { isRight, isOld: made.log2n !== today.log2n || made.r !== today.r || made.p !== today.p };
}

/** Takes as long as a real check, for names that nobody has. */
export async function pretendToCheck(password: string): Promise<void> {
  await keyOf(password, Buffer.alloc(16), today);
}

async function keyOf(password: string, salt: Buffer, { log2n, r, p }: Parameters): Promise<Buffer> {
  const work = (): Promise<Buffer> =>
    derive(password.normalize('NFKC'), salt, keyBytes, { N: 2 ** log2n, r, p, maxmem: memoryMax });
  const key = enter(work);
  if (!key) throw new AppError('rate_limited', { retryAfterSeconds: 5 });
  return key;
}
