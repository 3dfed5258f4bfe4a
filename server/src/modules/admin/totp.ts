import { Secret, TOTP } from 'otpauth';
import { clock } from '../../lib/clock';

/* One-time codes of RFC 6238: SHA-1, six digits, thirty seconds, as every authenticator app makes them. */

const periodSeconds = 30;
/** A phone's clock may be one step off. */
const window = 1;

const totpOf = (secret: string, username = ''): TOTP =>
  new TOTP({
    issuer: '素衣后台',
    label: username,
    algorithm: 'SHA1',
    digits: 6,
    period: periodSeconds,
    secret: Secret.fromBase32(secret),
  });

/** 160 random bits in base32. */
export const newTotpSecret = (): string => new Secret({ size: 20 }).base32;

export const totpUri = (secret: string, username: string): string => totpOf(secret, username).toString();

/** The step of time that this code belongs to, when it is one of now and of none that was taken before; else null. */
export function stepOf(code: string, secret: string, takenStep: number): number | null {
  if (!/^\d{6}$/.test(code)) return null;
  const now = clock.now();
  const delta = totpOf(secret).validate({ token: code, timestamp: now, window });
  if (delta === null) return null;

  const step = Math.floor(now / 1_000 / periodSeconds) + delta;
  return step > takenStep ? step : null;
}
