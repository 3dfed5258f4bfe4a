import Pay from 'wechatpay-node-v3';
import { assert } from '../../lib/assert';
import { clock } from '../../lib/clock';
import { randomHex } from '../../lib/ids';
import { parseJson, type VendorHttp, type VendorReply } from '../http';
import { failureCode, unusable } from './answers';
import { userAgent } from './certificates';
import { findSignatureFault, type FindKey } from './verify';

export type Merchant = {
  appid: string;
  mchid: string;
  serialNo: string;
  privateKeyPem: string;
  /** The merchant's own certificate. The package insists on it, and reads it only when no serial is given. */
  certPem: string;
};

/** The package's constant: it hands us full addresses, and what it signs is the part after this. */
const packageOrigin = 'https://api.mch.weixin.qq.com';

/** Their words for "try later": the order may exist, may be paid, may be under way. */
const undecided = new Set(['FREQUENCY_LIMITED', 'RATELIMIT_EXCEEDED', 'SYSTEM_ERROR']);

/** The npm package with our clock and a nonce of 128 bits: its own is up to 14 characters of `Math.random`. */
export class SignedCalls extends Pay {
  constructor(merchant: Merchant) {
    super({
      appid: merchant.appid,
      mchid: merchant.mchid,
      serial_no: merchant.serialNo,
      publicKey: Buffer.from(merchant.certPem),
      privateKey: Buffer.from(merchant.privateKeyPem),
      userAgent,
    });
  }

  /** The `Authorization` header for a call that the package does not build. */
  authorizationFor(method: 'GET', path: string): string {
    return this.buildAuthorization(method, packageOrigin + path);
  }

  protected override buildAuthorization(method: string, url: string, params?: Record<string, unknown>): string {
    const nonce = randomHex(16);
    const timestamp = String(Math.floor(clock.now() / 1_000));
    const signature = this.getSignature(method, nonce, timestamp, pathOf(url), params);
    return this.getAuthorization(nonce, timestamp, signature);
  }
}

/**
 * The package's way out, in place of its superagent: our base address, our time-outs, and an answer that is either WeChat Pay's own,
 * signed and fresh, or none (`VendorUnavailable`). A refusal must be signed just like a success, because we act on it just the same;
 * theirs are. Nothing of the request is kept in the answer.
 */
export function verifiedAnswers(http: VendorHttp, findKey: FindKey, wechatpaySerial: string | null) {
  async function exchange(
    method: 'GET' | 'POST',
    url: string,
    headers: Record<string, unknown>,
    params?: Record<string, unknown>,
  ): Promise<{ status: number; data: unknown }> {
    const reply = await http.send({
      method,
      path: pathOf(url),
      headers: {
        accept: 'application/json', // Without the package's `Accept-Encoding: gzip`, which nothing here would unpack.
        'content-type': 'application/json',
        'user-agent': String(headers['User-Agent']),
        authorization: String(headers['Authorization']),
        ...(wechatpaySerial === null ? {} : { 'wechatpay-serial': wechatpaySerial }),
      },
      ...(params === undefined ? {} : { body: JSON.stringify(params) }),
    });
    await assertUsable(reply, findKey);
    // The package looks into `data` of a 200 without asking whether there is any.
    return { status: reply.status, data: parseJson(reply.body) ?? {} };
  }

  return {
    get: (url: string, headers: Record<string, unknown>) => exchange('GET', url, headers),
    post: (url: string, params: Record<string, unknown>, headers: Record<string, unknown>) =>
      exchange('POST', url, headers, params),
    upload: () => Promise.reject(new Error('nothing is uploaded to WeChat Pay')),
  };
}

async function assertUsable(reply: VendorReply, findKey: FindKey): Promise<void> {
  const code = reply.status >= 400 ? failureCode(parseJson(reply.body)) : null;
  const said = code === null ? `answered ${reply.status}` : `answered ${reply.status} ${code}`;
  const isUndecided = reply.status === 202 || reply.status === 429 || reply.status >= 500;
  if (isUndecided || (code !== null && undecided.has(code))) throw unusable(said);

  const fault = await findSignatureFault(reply, findKey);
  if (fault) throw unusable(`${said}, but the signature is no good (${fault})`);
}

function pathOf(url: string): string {
  assert(url.startsWith(`${packageOrigin}/`), 'the package calls its one known address');
  return url.slice(packageOrigin.length);
}
