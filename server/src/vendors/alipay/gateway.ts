import { createRequire } from 'node:module';
import type * as AlipayPackage from 'alipay-sdk';
import { z } from 'zod';
import { clock } from '../../lib/clock';
import { refusal, VendorUnavailable, type Refusal } from '../../lib/errors';
import { parseJson, vendorHttp } from '../http';
import { shanghaiText } from './fields';
import { readKeys, type AlipayKeys } from './keys';

export type GatewaySettings = AlipayKeys & { gateway: string; appId: string; timeoutMs?: number };

export type AlipayGateway = {
  /** The signed address of one of Alipay's own pages; nothing is sent. */
  pageUrl(method: string, params: { notifyUrl: string; returnUrl: string; bizContent: BizContent }): string;
  /** Asks and reads the verified answer. Their clear no, such as `ACQ.TRADE_NOT_EXIST`, is a refusal; all else that is no answer is `VendorUnavailable`. */
  call<T>(shape: z.ZodType<T>, method: string, bizContent: BizContent): Promise<T | Refusal>;
  /** Whether Alipay signed these fields of a notification. */
  isSigned(fields: Record<string, string>): boolean;
};

type BizContent = Record<string, unknown>;

const Envelope = z.object({ sign: z.string().min(1) });
const word = z.string().regex(/^[\w.-]{1,80}$/);
const Outcome = z.object({ code: word, sub_code: word.nullish() });

/** Their words for "we do not know": what was asked for may have been done, the second time in other words even. */
const undecided = new Set(['ACQ.SYSTEM_ERROR', 'ACQ.DISCORDANT_REPEAT_REQUEST']);

/**
 * The npm package signs what goes out and verifies what comes in; the exchange itself is ours, because the package's own has
 * no limit for the whole of it, sends again after a broken connection, and puts whole answers into its errors. The package
 * is loaded here, when the channel is set up: 170 to 260 ms and 30 MB, which a server without Alipay does not pay.
 */
export function alipayGateway(settings: GatewaySettings): AlipayGateway {
  const keys = readKeys(settings);
  const { AlipaySdk } = createRequire(__filename)('alipay-sdk') as typeof AlipayPackage;
  const sdk = new AlipaySdk({
    appId: settings.appId,
    privateKey: keys.privateKeyPem,
    keyType: 'PKCS8',
    alipayPublicKey: keys.alipayPublicKeyPem,
    gateway: settings.gateway,
  });
  const { origin, pathname } = new URL(settings.gateway);
  const http = vendorHttp('alipay', origin, { timeoutMs: settings.timeoutMs });

  /** The package would take the wall clock of wherever this process runs: theirs is Shanghai's. */
  const timestamp = (): string => shanghaiText(clock.now());

  async function call<T>(shape: z.ZodType<T>, method: string, bizContent: BizContent): Promise<T | Refusal> {
    const query = new URLSearchParams(sdk.sdkExecute(method, { timestamp: timestamp(), bizContent }));
    const body = new URLSearchParams({ biz_content: query.get('biz_content') ?? '' });
    query.delete('biz_content');
    const reply = await http.send({
      method: 'POST',
      path: `${pathname}?${query.toString()}`,
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded;charset=utf-8',
      },
      body: body.toString(),
    });
    if (reply.status !== 200) throw unusable(`answered ${reply.status}`);
    return readAnswer(shape, signedNode(sdk, method, reply.body));
  }

  return {
    call,
    pageUrl: (method, { notifyUrl, returnUrl, bizContent }) =>
      sdk.pageExecute(method, 'GET', { timestamp: timestamp(), notifyUrl, returnUrl, bizContent }),
    // The package believes the form's own word for the algorithm, SHA-1 too; its older check (V1) breaks over a `%` in a field.
    isSigned: (fields) => fields.sign_type === 'RSA2' && sdk.checkNotifySignV2(fields),
  };
}

/**
 * The part of an answer that Alipay signed, read from the very characters that were verified: the package's `exec` parses the
 * answer as a whole, where a second node of the same name would win over the signed one.
 */
function signedNode(sdk: AlipayPackage.AlipaySdk, method: string, body: Buffer): unknown {
  const name = `${method.replaceAll('.', '_')}_response`;
  const text = body.toString('utf8');
  const envelope = Envelope.safeParse(parseJson(body));
  if (!envelope.success) throw unusable('answered without a signature');
  try {
    sdk.checkResponseSign(text, name, envelope.data.sign, '');
  } catch {
    // The package's words repeat the answer, buyer included.
    throw unusable('answered with a signature that is no good');
  }
  return parseJson(Buffer.from(sdk.getSignStr(text, name)));
}

function readAnswer<T>(shape: z.ZodType<T>, node: unknown): T | Refusal {
  const outcome = Outcome.safeParse(node);
  if (!outcome.success) throw unusable('answered without a code');

  const { code, sub_code: subCode } = outcome.data;
  if (code === '40004' && subCode?.startsWith('ACQ.') && !undecided.has(subCode)) {
    return refusal(subCode, 'a business refusal');
  }
  if (code !== '10000') throw unusable(`answered ${code} ${subCode ?? ''}`.trim());

  const answer = shape.safeParse(node);
  if (!answer.success) throw unusable('answered in another shape', answer.error);
  return answer.data;
}

export const unusable = (reason: string, cause?: unknown): VendorUnavailable =>
  new VendorUnavailable('alipay', reason, { cause });
