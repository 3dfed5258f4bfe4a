import { verify, type KeyObject } from 'node:crypto';
import { clock, seconds } from '../../lib/clock';

/** The bytes as received and the headers that came with them, names in any case. */
export type SignedBytes = { headers: Record<string, string | undefined>; body: Buffer };

export type SignatureFault = 'headers' | 'stale' | 'serial' | 'signature';

export type FindKey = (serial: string) => Promise<KeyObject | null>;

const toleranceMs = seconds(300);

/** WeChat Pay sends these now and then to see whether a merchant verifies at all: they must fail. */
const probe = 'WECHATPAY/SIGNTEST/';

/**
 * Why these bytes are not WeChat Pay's own, or null when they are. The time is looked at before the serial, and the serial before
 * the signature, so that an old or foreign message costs no key look-up and no arithmetic.
 */
export async function findSignatureFault(input: SignedBytes, findKey: FindKey): Promise<SignatureFault | null> {
  const headers = lowerCased(input.headers);
  const timestamp = headers.get('wechatpay-timestamp') ?? '';
  const nonce = headers.get('wechatpay-nonce') ?? '';
  const serial = headers.get('wechatpay-serial') ?? '';
  const signature = headers.get('wechatpay-signature') ?? '';
  if (!/^\d{1,12}$/.test(timestamp) || nonce === '' || signature === '') return 'headers';
  if (!/^[0-9A-Za-z_]{1,64}$/.test(serial)) return 'headers';

  if (Math.abs(clock.now() - seconds(Number(timestamp))) > toleranceMs) return 'stale';
  if (signature.startsWith(probe)) return 'signature';

  const key = await findKey(serial);
  if (!key) return 'serial';

  const signed = Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`), input.body, Buffer.from('\n')]);
  return verify('RSA-SHA256', signed, key, Buffer.from(signature, 'base64')) ? null : 'signature';
}

function lowerCased(headers: SignedBytes['headers']): Map<string, string> {
  const result = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) result.set(name.toLowerCase(), value);
  }
  return result;
}
