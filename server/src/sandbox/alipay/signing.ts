import { createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { clock, hours, minutes } from '../../lib/clock';
import { AlipayFault } from './fault';

/**
 * An answer that is not as Alipay would send it. `stray`: genuine, but about another order; `doubled`: genuine, with a second
 * node of the same name behind the signature; `busy`: genuine, but it says ACQ.SYSTEM_ERROR although the work was done.
 */
export const answerSpoilings = ['tampered', 'unsigned', 'forged', 'stray', 'doubled', 'busy'] as const;
export type AnswerSpoiling = (typeof answerSpoilings)[number];

export type Params = Record<string, string>;

const toleranceMs = minutes(10);

/** Shanghai's wall clock, as Alipay writes moments. */
export const shanghaiText = (ms: number): string =>
  new Date(ms + hours(8)).toISOString().slice(0, 19).replace('T', ' ');

export const shanghaiMs = (text: string): number =>
  /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(text) ? Date.parse(`${text.replace(' ', 'T')}+08:00`) : Number.NaN;

/** What is signed of a request or a form: names in order, as they are before any encoding, without what is empty. */
function signedText(params: Params, without: readonly string[]): string {
  return Object.keys(params)
    .filter((name) => params[name] !== '' && !without.includes(name))
    .sort()
    .map((name) => `${name}=${params[name]}`)
    .join('&');
}

/** Throws unless this is a request of our merchant's app: charset, version, clock, and RSA2 over all parameters. */
export function assertGenuine(params: Params, merchant: { appId: string; appPublicKeyPem: string }): void {
  const fault = (subCode: string, message: string): AlipayFault => new AlipayFault('40002', subCode, message);
  if (params.app_id !== merchant.appId) throw fault('isv.invalid-app-id', '无效的AppID参数');
  if (params.sign_type !== 'RSA2') throw fault('isv.invalid-signature-type', '无效签名类型');
  if (params.charset?.toLowerCase() !== 'utf-8') throw fault('isv.invalid-charset', '字符集错误');
  if (params.version !== '1.0') throw fault('isv.invalid-version', '无效的版本');
  const isFresh = Math.abs(clock.now() - shanghaiMs(params.timestamp ?? '')) <= toleranceMs;
  if (!isFresh) throw fault('isv.invalid-timestamp', '非法的时间戳参数');

  const text = Buffer.from(signedText(params, ['sign']));
  const signature = Buffer.from(params.sign ?? '', 'base64');
  const isTrue = verify('RSA-SHA256', text, createPublicKey(merchant.appPublicKeyPem), signature);
  if (!isTrue) throw fault('isv.invalid-signature', '验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配');
}

/** The key of somebody who is not Alipay. Made when first needed: it takes a tenth of a second. */
let strangersKey: KeyObject | null = null;
function strangerKey(): KeyObject {
  strangersKey ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  return strangersKey;
}

/** The fields with their signature, as notifications and the way back of a browser carry them. */
export function signForm(fields: Params, privateKey: KeyObject, isForged = false): Params {
  const text = Buffer.from(signedText(fields, ['sign', 'sign_type']));
  const signature = sign('RSA-SHA256', text, isForged ? strangerKey() : privateKey).toString('base64');
  return { ...fields, sign_type: 'RSA2', sign: signature };
}

/** An answer as it goes out: the signature is over the node's exact characters. */
export function signAnswer(
  name: string,
  fields: Params,
  privateKey: KeyObject,
  spoiling: AnswerSpoiling | null = null,
): string {
  const node = JSON.stringify(changedBeforeSigning(fields, spoiling));
  if (spoiling === 'unsigned') return `{"${name}":${node}}`;

  const key = spoiling === 'forged' ? strangerKey() : privateKey;
  const signature = sign('RSA-SHA256', Buffer.from(node), key).toString('base64');
  const shown = spoiling === 'tampered' ? tampered(fields) : node;
  const second = spoiling === 'doubled' ? `,"${name}":${tampered(fields)}` : '';
  return `{"${name}":${shown},"sign":"${signature}"${second}}`;
}

function changedBeforeSigning(fields: Params, spoiling: AnswerSpoiling | null): Params {
  if (spoiling === 'stray' && fields.out_trade_no) return { ...fields, out_trade_no: `${fields.out_trade_no}_other` };
  if (spoiling !== 'busy') return fields;
  return { code: '40004', msg: 'Business Failed', sub_code: 'ACQ.SYSTEM_ERROR', sub_msg: '系统错误' };
}

/** One fen where there was an amount; otherwise another message. */
function tampered(fields: Params): string {
  const amount = ['total_amount', 'refund_amount', 'refund_fee'].find((name) => fields[name] !== undefined);
  return JSON.stringify(amount === undefined ? { ...fields, msg: 'Success.' } : { ...fields, [amount]: '0.01' });
}
