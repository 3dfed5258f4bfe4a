import { createCipheriv, createDecipheriv, createHash, timingSafeEqual } from 'node:crypto';
import { PushRejected } from './port';

/** WeChat's padding counts in blocks of the key's length, not of the cipher's. */
const blockBytes = 32;
const randomBytes = 16;
const lengthBytes = 4;

/** The 43 characters of the console, as the 32 bytes that they stand for. */
export const keyOf = (aesKey: string): Buffer => Buffer.from(`${aesKey}=`, 'base64');

/** SHA-1 over the words, sorted and put together: WeChat's signature of a push, and ours of an answer. */
export const signatureOf = (words: string[]): string =>
  createHash('sha1')
    .update([...words].sort().join(''))
    .digest('hex');

/** Whether this is the signature of these words. Takes as long for a near miss as for a wild guess. */
export function isSignatureOf(words: string[], claimed: string | undefined): boolean {
  const right = Buffer.from(signatureOf(words));
  const given = Buffer.from(claimed ?? '');
  return given.length === right.length && timingSafeEqual(given, right);
}

/** Opens AES-256-CBC over 16 random bytes, a length, the message and the app it is for. Throws `PushRejected`. */
export function openMessage(sealed: string, key: Buffer, appid: string): Buffer {
  const whole = decrypt(Buffer.from(sealed, 'base64'), key);
  const start = randomBytes + lengthBytes;
  if (whole.length < start) throw new PushRejected('cipher');

  const end = start + whole.readUInt32BE(randomBytes);
  if (end > whole.length) throw new PushRejected('cipher');
  if (!whole.subarray(end).equals(Buffer.from(appid))) throw new PushRejected('appid');
  return whole.subarray(start, end);
}

/** The same the other way round. `random` is 16 bytes that were never used before. */
export function sealMessage(message: Buffer, key: Buffer, appid: string, random: Buffer): string {
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(message.length);
  const whole = Buffer.concat([random, length, message, Buffer.from(appid)]);
  const padding = blockBytes - (whole.length % blockBytes);

  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  const padded = Buffer.concat([whole, Buffer.alloc(padding, padding)]);
  return Buffer.concat([cipher.update(padded), cipher.final()]).toString('base64');
}

function decrypt(sealed: Buffer, key: Buffer): Buffer {
  if (sealed.length === 0 || sealed.length % blockBytes !== 0) throw new PushRejected('cipher');

  // Node knows padding in blocks of 16 only, so it is left on here and looked at below, byte by byte.
  const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(sealed), decipher.final()]);
  const padding = padded[padded.length - 1] ?? 0;
  const isPadded = padding >= 1 && padding <= blockBytes && padded.subarray(-padding).every((byte) => byte === padding);
  if (!isPadded) throw new PushRejected('cipher');
  return padded.subarray(0, -padding);
}
