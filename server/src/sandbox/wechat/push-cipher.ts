import { createCipheriv, createDecipheriv, createHash, randomBytes, randomInt } from 'node:crypto';
import { z } from 'zod';
import { clock } from '../../lib/clock';
import { randomHex } from '../../lib/ids';

/** What an operator enters for the message push of a mini program, and the mini program itself. */
export type PushSecrets = { appid: string; token: string; aesKey: string };

/** `forged`: by somebody who knows neither token nor key. `tampered`: changed after it was signed. */
export type PushSpoiling = 'forged' | 'tampered';

export type SealedPush = { query: URLSearchParams; body: string };

const Answer = z.object({
  Encrypt: z.string(),
  MsgSignature: z.string(),
  TimeStamp: z.union([z.number(), z.string()]).transform(String),
  Nonce: z.union([z.number(), z.string()]).transform(String),
});

/** A push in secure mode and JSON: what stands in its address and in its body. */
export function sealPush(
  message: Record<string, unknown>,
  secrets: PushSecrets,
  spoiling: PushSpoiling | null = null,
): SealedPush {
  const sealer = spoiling === 'forged' ? strangersSecrets(secrets.appid) : secrets;
  const sealed = seal(JSON.stringify(message), sealer);
  const timestamp = String(Math.floor(clock.now() / 1_000));
  const nonce = String(randomInt(100_000_000, 999_999_999));

  const query = new URLSearchParams({
    signature: sign([sealer.token, timestamp, nonce]),
    timestamp,
    nonce,
    encrypt_type: 'aes',
    msg_signature: sign([sealer.token, timestamp, nonce, sealed]),
  });
  const encrypt = spoiling === 'tampered' ? changeOne(sealed) : sealed;
  return { query, body: JSON.stringify({ ToUserName: message['ToUserName'], Encrypt: encrypt }) };
}

/** What an answer says; throws when it is sealed, but not for us. */
export function openAnswer(text: string, secrets: PushSecrets): unknown {
  const said = JSON.parse(text) as unknown;
  const sealed = Answer.safeParse(said);
  if (!sealed.success) return said;

  const { Encrypt: encrypt, MsgSignature: signature, TimeStamp: timestamp, Nonce: nonce } = sealed.data;
  if (sign([secrets.token, timestamp, nonce, encrypt]) !== signature) throw new Error('the answer is signed wrongly');
  return JSON.parse(open(encrypt, secrets)) as unknown;
}

/** The query of the check that an operator sets off by entering the address. */
export function checkQuery(secrets: PushSecrets, echostr: string): URLSearchParams {
  const timestamp = String(Math.floor(clock.now() / 1_000));
  const nonce = String(randomInt(100_000_000, 999_999_999));
  return new URLSearchParams({ signature: sign([secrets.token, timestamp, nonce]), timestamp, nonce, echostr });
}

const sign = (words: string[]): string =>
  createHash('sha1')
    .update(words.sort((a, b) => (a < b ? -1 : 1)).join(''))
    .digest('hex');

function seal(text: string, { aesKey, appid }: PushSecrets): string {
  const message = Buffer.from(text);
  const length = Buffer.from([message.length >>> 24, message.length >>> 16, message.length >>> 8, message.length]);
  const plain = Buffer.concat([randomBytes(16), length, message, Buffer.from(appid)]);
  const rest = 32 - (plain.length % 32);

  const key = Buffer.from(`${aesKey}=`, 'base64');
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16));
  cipher.setAutoPadding(false);
  return cipher.update(Buffer.concat([plain, Buffer.alloc(rest, rest)]), undefined, 'base64') + cipher.final('base64');
}

function open(sealed: string, { aesKey, appid }: PushSecrets): string {
  const key = Buffer.from(`${aesKey}=`, 'base64');
  const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16));
  decipher.setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(sealed, 'base64'), decipher.final()]);

  const plain = padded.subarray(0, padded.length - (padded.at(-1) ?? 0));
  const end = 20 + plain.readUInt32BE(16);
  if (plain.subarray(end).toString() !== appid) throw new Error('the answer is sealed for another app');
  return plain.subarray(20, end).toString();
}

const strangersSecrets = (appid: string): PushSecrets => ({
  appid,
  token: randomHex(16),
  aesKey: randomBytes(32).toString('base64').slice(0, 43),
});

function changeOne(sealed: string): string {
  const at = Math.floor(sealed.length / 2);
  return sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
}
