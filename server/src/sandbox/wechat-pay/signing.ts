import { createCipheriv, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { clock } from '../../lib/clock';
import { randomHex } from '../../lib/ids';

/** A message to a merchant that is not as WeChat Pay would send it. `foreign`: under a serial that is nobody's. */
export type Spoiling = 'tampered' | 'unsigned' | 'stale' | 'forged' | 'foreign';

export type MerchantRequest = { method: string; url: string; body: Buffer; authorization: string };

const toleranceSeconds = 300;
const staleSeconds = 1_800;
const fieldNames = ['mchid', 'nonce_str', 'serial_no', 'signature', 'timestamp'];

/** What is wrong with a merchant's `Authorization`, in a sentence, or null: format, merchant, serial, clock, and the RSA signature over the bytes. */
export function findAuthorizationFault(
  request: MerchantRequest,
  merchant: { mchid: string; serialNo: string; publicKeyPem: string },
): string | null {
  const fields = readAuthorization(request.authorization);
  if (!fields) return 'Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》';

  const value = (name: string): string => fields.get(name) ?? '';
  if (value('mchid') !== merchant.mchid) return 'Authorization中的mchid不是本商户';
  if (value('serial_no') !== merchant.serialNo) return '商户证书序列号有误';
  if (!/^[0-9A-Za-z]{1,32}$/.test(value('nonce_str'))) return 'Authorization中的nonce_str有误';
  if (!/^\d{10}$/.test(value('timestamp'))) return 'Authorization中的timestamp有误';
  if (Math.abs(clock.now() / 1_000 - Number(value('timestamp'))) > toleranceSeconds) {
    return 'Http头Authorization中的timestamp与发起请求的时间不得超过5分钟';
  }

  const lines = `${request.method}\n${request.url}\n${value('timestamp')}\n${value('nonce_str')}\n`;
  const signed = Buffer.concat([Buffer.from(lines), request.body, Buffer.from('\n')]);
  const signature = Buffer.from(value('signature'), 'base64');
  const isTrue = verify('RSA-SHA256', signed, createPublicKey(merchant.publicKeyPem), signature);
  return isTrue ? null : '签名错误，请检查后再试';
}

function readAuthorization(header: string): Map<string, string> | null {
  const [, list] = /^WECHATPAY2-SHA256-RSA2048 (.+)$/.exec(header) ?? [];
  if (!list) return null;

  const fields = new Map<string, string>();
  for (const part of list.split(',')) {
    const [, name, value] = /^\s*([a-z_]+)="([^"]*)"$/.exec(part) ?? [];
    if (!name || value === undefined || fields.has(name)) return null;
    fields.set(name, value);
  }
  return [...fields.keys()].sort().join() === fieldNames.join() ? fields : null;
}

/** The key of somebody who is not WeChat Pay. Made when first needed: it takes a tenth of a second. */
let strangersKey: KeyObject | null = null;
function strangerKey(): KeyObject {
  strangersKey ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  return strangersKey;
}

/** The four headers over these bytes, and the bytes as they then go out: honest ones, or spoilt in one way. */
export function signForMerchant(
  body: Buffer,
  signer: { serial: string; privateKey: KeyObject },
  spoiling: Spoiling | null = null,
): { headers: Record<string, string>; body: Buffer } {
  if (spoiling === 'unsigned') return { headers: {}, body };

  const timestamp = String(Math.floor(clock.now() / 1_000) - (spoiling === 'stale' ? staleSeconds : 0));
  const nonce = randomHex(16);
  const privateKey = spoiling === 'forged' || spoiling === 'foreign' ? strangerKey() : signer.privateKey;
  const signed = Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`), body, Buffer.from('\n')]);
  return {
    headers: {
      'Wechatpay-Timestamp': timestamp,
      'Wechatpay-Nonce': nonce,
      'Wechatpay-Serial': spoiling === 'foreign' ? randomHex(20).toUpperCase() : signer.serial,
      'Wechatpay-Signature': sign('RSA-SHA256', signed, privateKey).toString('base64'),
      'Wechatpay-Signature-Type': 'WECHATPAY2-SHA256-RSA2048',
    },
    body: spoiling === 'tampered' ? tampered(body) : body,
  };
}

/** One digit is changed where there is one: an amount, an id, a time. */
function tampered(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  const at = copy.findIndex((byte) => byte >= 0x30 && byte <= 0x38);
  if (at === -1) return Buffer.concat([copy, Buffer.from(' ')]);
  copy[at] = (copy[at] ?? 0) + 1;
  return copy;
}

/** The `resource` of a notification, and what a platform certificate travels in. */
export function seal(text: string, apiV3Key: string, associatedData: string) {
  const nonce = randomHex(6);
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(apiV3Key), Buffer.from(nonce));
  cipher.setAAD(Buffer.from(associatedData));
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return {
    algorithm: 'AEAD_AES_256_GCM',
    ciphertext: ciphertext.toString('base64'),
    associated_data: associatedData,
    nonce,
  };
}
