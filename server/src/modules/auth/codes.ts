import { createHmac, randomInt, timingSafeEqual } from 'node:crypto';
import { Op } from 'sequelize';
import { config } from '../../config';
import { change, select } from '../../db/sql';
import { clock, hours, minutes, seconds, startOfShanghaiDay, days } from '../../lib/clock';
import { AppError, isRefusal, VendorUnavailable } from '../../lib/errors';
import { newId } from '../../lib/ids';
import { logger } from '../../lib/logger';
import { sms } from '../../vendors/sms/port';
import { VerificationCode } from './models';

export const codeValidMs = minutes(5);
export const resendAfterMs = seconds(30);
const wrongTriesMax = 5;
const perDeviceDay = 20;

/** Who wants a code. `deviceId` is what the phone says of itself, if it does: it can be left out or made up. */
type Asking = { phone: string; ip: string; deviceId?: string };

/**
 * Sends a fresh code to this number; only the newest one counts. Throws `code_too_often`, `code_daily_limit` or
 * `sms_refused`; when nothing was sent, nothing counts against the seller.
 */
export async function sendCode(input: Asking): Promise<void> {
  const code = String(randomInt(0, 1_000_000)).padStart(6, '0');
  const now = clock.now();
  const row = await VerificationCode.create({
    id: newId('cod'),
    phone: keyOf('phone', input.phone),
    codeHmac: hmacOf(input.phone, code),
    ip: input.ip,
    device: deviceKeyOf(input),
    attempts: 0,
    expiresAt: now + codeValidMs,
    usedAt: null,
    createdAt: now,
  });

  // Written first and counted after: of two requests at once both see both, so the limit is never passed.
  try {
    await refuseAboveLimits(input, now);
    const sent = await sms.current.sendCode({ phone: input.phone, code, validMinutes: codeValidMs / minutes(1) });
    if (isRefusal(sent)) {
      logger.warn({ vendorCode: sent.code }, 'the SMS vendor refused a message');
      throw new AppError('sms_refused');
    }
  } catch (error) {
    // A message whose fate is unknown may have left: it counts, and its code works.
    if (!(error instanceof VendorUnavailable)) await row.destroy();
    throw error;
  }
}

type Window = {
  where: object;
  since: number;
  limit: number;
  spanMs: number;
  code: 'code_too_often' | 'code_daily_limit';
};

async function refuseAboveLimits(input: Asking, now: number): Promise<void> {
  const { ip } = input;
  const phone = keyOf('phone', input.phone);
  const device = deviceKeyOf(input);
  const today = startOfShanghaiDay(now);
  const windows: Window[] = [
    { where: { phone }, since: now - minutes(1), limit: 5, spanMs: minutes(1), code: 'code_too_often' },
    { where: { phone }, since: today, limit: 10, spanMs: days(1), code: 'code_daily_limit' },
    {
      where: { ip },
      since: now - hours(1),
      limit: config.current.smsPerIpHour,
      spanMs: hours(1),
      code: 'code_too_often',
    },
    ...(device === null
      ? []
      : [{ where: { device }, since: today, limit: perDeviceDay, spanMs: days(1), code: 'code_daily_limit' } as const]),
    { where: {}, since: today, limit: config.current.smsPerDay, spanMs: days(1), code: 'code_daily_limit' },
  ];
  for (const { where, since, limit, spanMs, code } of windows) {
    const inWindow = { ...where, createdAt: { [Op.gt]: since } };
    if ((await VerificationCode.count({ where: inWindow })) <= limit) continue;

    const oldest: number = await VerificationCode.min('createdAt', { where: inWindow });
    const freeAt = since === today ? today + days(1) : oldest + spanMs;
    throw new AppError(code, { retryAfterSeconds: Math.max(1, Math.ceil((freeAt - now) / 1_000)) });
  }
  await refuseUnusedFlood(ip, now);
}

/**
 * Who pumps messages has many addresses of one network and many numbers, and types no code in. A network may have as many
 * codes an hour as two of its addresses; after that, each code that was used lets it have four more. Sellers use at least
 * every other code, so that an office full of them never notices.
 */
async function refuseUnusedFlood(ip: string, now: number): Promise<void> {
  const network = networkOf(ip);
  if (network === null) return;

  const since = now - hours(1);
  // A range, not LIKE: both databases answer it from the index on (ip, created_at).
  const [row] = await select<{ sent: number; used: number; oldest: number }>(
    `SELECT COUNT(*) AS sent, COUNT(used_at) AS used, MIN(created_at) AS oldest FROM verification_codes
     WHERE ip >= :first AND ip < :last AND created_at > :since`,
    { ...network, since },
  );
  if (!row || Number(row.sent) <= 2 * config.current.smsPerIpHour + 4 * Number(row.used)) return;

  logger.warn({ sent: Number(row.sent), used: Number(row.used) }, 'codes sent into one network are not used');
  const freeAt = Number(row.oldest) + hours(1);
  throw new AppError('code_too_often', { retryAfterSeconds: Math.max(1, Math.ceil((freeAt - now) / 1_000)) });
}

/** The addresses around this one, as a range of their texts: the /24 of an IPv4, the /48 of an IPv6 that is kept as its /64. */
export function networkOf(ip: string): { first: string; last: string } | null {
  const [, head, mark] = /^(\d+\.\d+\.\d+)(\.)\d+$/.exec(ip) ?? /^([0-9a-f]+:[0-9a-f]+:[0-9a-f]+)(:)/.exec(ip) ?? [];
  if (head === undefined || mark === undefined) return null;
  return { first: `${head}${mark}`, last: `${head}${String.fromCharCode(mark.charCodeAt(0) + 1)}` };
}

/** Uses the newest code of this number up. Throws `code_wrong`, `code_expired`, `code_used` or `code_burned`. */
export async function useCode(phone: string, code: string): Promise<void> {
  const row = await VerificationCode.findOne({ where: { phone: keyOf('phone', phone) }, order: [['id', 'DESC']] });
  if (!row) throw new AppError('code_wrong');
  if (row.usedAt !== null) throw new AppError('code_used');
  if (row.expiresAt <= clock.now()) throw new AppError('code_expired');

  // Counted before it is compared: of many tries at the same moment five are let through, and the sixth finds it burned.
  const counted = await change(
    'UPDATE verification_codes SET attempts = attempts + 1 WHERE id = :id AND attempts < :max AND used_at IS NULL',
    { id: row.id, max: wrongTriesMax },
  );
  if (counted === 0) throw new AppError('code_burned');
  if (!isSame(row.codeHmac, hmacOf(phone, code))) throw new AppError('code_wrong');

  const used = await change('UPDATE verification_codes SET used_at = :now WHERE id = :id AND used_at IS NULL', {
    now: clock.now(),
    id: row.id,
  });
  if (used === 0) throw new AppError('code_used');
}

/** Forgets codes older than a day and a half; the limits look back one day. */
export async function sweepCodes(): Promise<number> {
  return change('DELETE FROM verification_codes WHERE created_at < :before', { before: clock.now() - hours(36) });
}

/** Rows outlive a deleted account by a day and a half, because they are the limits; so they name no phone and no device. */
function keyOf(kind: 'phone' | 'device', value: string): string {
  return createHmac('sha256', config.current.codeSecret).update(`${kind}:${value}`).digest('hex');
}

const deviceKeyOf = ({ deviceId }: Asking): string | null =>
  deviceId === undefined ? null : keyOf('device', deviceId);

function hmacOf(phone: string, code: string): string {
  return createHmac('sha256', config.current.codeSecret).update(`${phone}:${code}`).digest('hex');
}

function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
