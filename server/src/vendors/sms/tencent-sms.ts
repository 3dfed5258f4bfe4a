import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { sms } from 'tencentcloud-sdk-nodejs-sms';
import { z } from 'zod';
import { isRefusal, VendorUnavailable, refusal, type Refusal } from '../../lib/errors';
import { counter } from '../../lib/meters';
import { measureCall } from '../http';
import type { SmsPort } from './port';

export type TencentSmsSettings = {
  /** A bare host, or an origin such as `http://127.0.0.1:4010`. */
  endpoint: string;
  region: string;
  sdkAppId: string;
  /** The text of the signature, not its id. */
  signName: string;
  /** An approved text with two places: the code, and how many minutes it holds. */
  templateId: string;
  secretId: string;
  secretKey: string;
  /** For the head of the answer, and again for its body. */
  timeoutMs?: number;
};

const Sent = z.object({
  SendStatusSet: z.array(z.object({ Code: z.string(), Message: z.string().nullish() })).length(1),
});
const Thrown = z.object({ code: z.string().min(1), message: z.string() });
const Answered = z.object({ httpCode: z.number() });

/**
 * The vendor's words for "no message left": the first part of a code. Whatever is not listed, `InternalError` above all,
 * says nothing about the message, and asking again may send a second one.
 */
const clearNo = new Set([
  'AuthFailure',
  'FailedOperation',
  'InvalidAction',
  'InvalidParameter',
  'InvalidParameterValue',
  'InvalidRequest',
  'IpInBlacklist',
  'IpNotInWhitelist',
  'LimitExceeded',
  'MissingParameter',
  'NoSuchVersion',
  'RequestLimitExceeded',
  'RequestSizeLimitExceeded',
  'ResourceInsufficient',
  'ResourceNotFound',
  'UnauthorizedOperation',
  'UnknownParameter',
  'UnsupportedOperation',
  'UnsupportedProtocol',
  'UnsupportedRegion',
]);

/** Verification codes through Tencent Cloud SMS. It never asks twice: only the caller knows whether a second message is welcome. */
export function tencentSms(settings: TencentSmsSettings): SmsPort {
  const { protocol, host } = addressOf(settings.endpoint);
  const client = new sms.v20210111.Client({
    credential: { secretId: settings.secretId, secretKey: settings.secretKey },
    region: settings.region,
    profile: {
      httpProfile: {
        protocol,
        endpoint: host,
        reqTimeout: (settings.timeoutMs ?? 5_000) / 1_000,
        // With an agent of ours the package does not look for a proxy in the process's variables, which only config reads.
        agent: protocol === 'http://' ? new HttpAgent({ keepAlive: true }) : new HttpsAgent({ keepAlive: true }),
      },
    },
  });

  const sendCode: SmsPort['sendCode'] = async ({ phone, code, validMinutes }) => {
    const answer = await client
      .SendSms({
        PhoneNumberSet: [`+86${phone}`],
        SmsSdkAppId: settings.sdkAppId,
        SignName: settings.signName,
        TemplateId: settings.templateId,
        TemplateParamSet: [code, String(validMinutes)],
      })
      .catch(refusalOrUnavailable);
    if ('refused' in answer) return answer;

    // A refused number does not fail the call: it is an answer like any other, with another word in it.
    const sent = Sent.safeParse(answer).data?.SendStatusSet[0];
    if (!sent) throw new VendorUnavailable('sms', 'answered in another shape');
    return sent.Code === 'Ok' ? { refused: false } : answerOf(sent.Code, sent.Message ?? '');
  };

  return {
    sendCode: (message) =>
      measureCall(
        'sms',
        () => countMessage(() => sendCode(message)),
        (answer) => (isRefusal(answer) ? 'refused' : 'answered'),
      ),
  };
}

const messages = counter({
  name: 'suyi_sms_total',
  help: 'Messages handed to the SMS vendor, by outcome: sent, refused, or unknown (no usable answer: it may have left)',
  labels: ['outcome'],
});

async function countMessage<T>(send: () => Promise<T>): Promise<T> {
  try {
    const answer = await send();
    messages.inc({ outcome: isRefusal(answer) ? 'refused' : 'sent' });
    return answer;
  } catch (error) {
    messages.inc({ outcome: 'unknown' });
    throw error;
  }
}

/** What the package throws, in our words. Its own error is not kept as the cause: it may quote the answer, and with it the number. */
function refusalOrUnavailable(error: unknown): Refusal {
  const thrown = Thrown.safeParse(error);
  // The package's own errors carry the vendor's code; those of the network carry Node's (`ECONNRESET`) or none.
  if (thrown.success) return answerOf(thrown.data.code, thrown.data.message);

  const answered = Answered.safeParse(error);
  throw new VendorUnavailable('sms', answered.success ? `answered ${answered.data.httpCode}` : 'gave no usable answer');
}

function answerOf(code: string, message: string): Refusal {
  const family = code.split('.')[0] ?? '';
  if (!clearNo.has(family)) throw new VendorUnavailable('sms', `answered ${code}`);
  return refusal(code, message.replace(/\d{4,}/g, '****'));
}

function addressOf(endpoint: string): { protocol: 'http://' | 'https://'; host: string } {
  const [, scheme = 'https', host = ''] = /^(?:(https?):\/\/)?([^/]+)\/?$/.exec(endpoint) ?? [];
  return { protocol: scheme === 'http' ? 'http://' : 'https://', host };
}
