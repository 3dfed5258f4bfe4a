import { randomUUID } from 'node:crypto';
import Koa, { type Context } from 'koa';
import { z } from 'zod';
import { clock } from '../../lib/clock';
import { parseJson } from '../../vendors/http';
import { createFaults, type Faults } from '../faults';
import { readBody } from '../read-body';
import { findTc3Problem } from './tc3';

export type SmsSimulatorOptions = {
  secretId: string;
  secretKey: string;
  sdkAppId: string;
  signName: string;
  templateId: string;
};

/** A message that "arrived": eleven digits, the code, epoch milliseconds. */
export type SmsMessage = { phone: string; code: string; at: number };

export type SmsSimulator = {
  app: Koa;
  faults: Faults;
  /** The last 200, newest first. */
  messages(): readonly SmsMessage[];
  latestCode(phone: string): string | null;
  /** From now on this number gets this refusal instead of a message. */
  refuseNumber(phone: string, code?: string): void;
  acceptNumber(phone: string): void;
  refusedNumbers(): { phone: string; code: string }[];
  /** The vendor's own limit of one message a number in this time; 0, the default, is none, so that ours is the one that shows. */
  limitEachNumber(intervalMs: number): void;
  numberIntervalMs(): number;
};

type SendStatus = { code: string; message: string };

const messagesMax = 200;
const refusedMax = 1_000;
const templateParameters = 2; // The approved text: 您的验证码是 {1}，{2} 分钟内有效。

const SendSms = z.strictObject({
  PhoneNumberSet: z.array(z.string()).min(1).max(200),
  SmsSdkAppId: z.string(),
  TemplateId: z.string(),
  SignName: z.string(),
  TemplateParamSet: z.array(z.string()).optional(),
  SessionContext: z.string().max(511).optional(),
  ExtendCode: z.string().optional(),
  SenderId: z.string().optional(),
});
type SendSms = z.infer<typeof SendSms>;

/** Tencent Cloud SMS as the wire shows it: `SendSms` of 2021-01-11, signed with TC3-HMAC-SHA256. */
export function createSmsSimulator(options: SmsSimulatorOptions): SmsSimulator {
  const faults = createFaults();
  const refused = new Map<string, string>();
  let messages: SmsMessage[] = [];
  let intervalMs = 0;

  function statusOf(request: SendSms, phone: string | null): SendStatus {
    if (request.SmsSdkAppId !== options.sdkAppId) return no('UnauthorizedOperation.SmsSdkAppIdVerifyFail');
    if (request.SignName !== options.signName) return no('FailedOperation.SignatureIncorrectOrUnapproved');
    if (request.TemplateId !== options.templateId) return no('FailedOperation.TemplateIncorrectOrUnapproved');
    if (phone === null) return no('InvalidParameterValue.IncorrectPhoneNumber');

    const parameters = request.TemplateParamSet ?? [];
    if (parameters.length !== templateParameters) return no('FailedOperation.TemplateParamSetNotMatchApprovedTemplate');
    const isShortDigits = parameters.every((value) => /^\d{0,6}$/.test(value));
    if (!isShortDigits) return no('InvalidParameterValue.TemplateParameterFormatError');

    const refusal = refused.get(phone);
    if (refusal) return no(refusal);
    const last = messages.find((message) => message.phone === phone);
    if (last && clock.now() - last.at < intervalMs) return no('LimitExceeded.PhoneNumberThirtySecondLimit');

    messages = [{ phone, code: parameters[0] ?? '', at: clock.now() }, ...messages].slice(0, messagesMax);
    return { code: 'Ok', message: 'send success' };
  }

  const app = new Koa();
  app.use(faults.middleware);
  app.use(async (ctx) => {
    const body = await readBody(ctx.req, 64 * 1024);
    const request = body ? checkedRequest(ctx, body, options) : 'RequestSizeLimitExceeded';
    const RequestId = randomUUID();

    if (typeof request === 'string') {
      ctx.body = { Response: { Error: { Code: request, Message: 'refused by the sandbox' }, RequestId } };
      return;
    }
    const SendStatusSet = request.PhoneNumberSet.map((written) =>
      presentStatus(request, written, statusOf(request, mainlandNumber(written))),
    );
    ctx.body = { Response: { SendStatusSet, RequestId } };
  });

  return {
    app,
    faults,
    messages: () => messages,
    latestCode: (phone) => messages.find((message) => message.phone === phone)?.code ?? null,
    refuseNumber: (phone, code = 'FailedOperation.PhoneNumberInBlacklist') => {
      if (refused.size < refusedMax) refused.set(phone, code);
    },
    acceptNumber: (phone) => {
      refused.delete(phone);
    },
    refusedNumbers: () => [...refused].map(([phone, code]) => ({ phone, code })),
    limitEachNumber: (ms) => {
      intervalMs = ms;
    },
    numberIntervalMs: () => intervalMs,
  };
}

/** The request, or the code of the error that the vendor answers in its place. */
function checkedRequest(ctx: Context, body: Buffer, options: SmsSimulatorOptions): SendSms | string {
  const { method, path, querystring, headers } = ctx;
  const problem = findTc3Problem({ method, path, query: querystring, headers, body }, options, clock.real());
  if (problem) return problem;
  if (ctx.get('x-tc-action') !== 'SendSms') return 'InvalidAction';
  if (ctx.get('x-tc-version') !== '2021-01-11') return 'NoSuchVersion';
  if (ctx.get('x-tc-region') === '') return 'MissingParameter';

  const request = SendSms.safeParse(parseJson(body));
  return request.success ? request.data : 'InvalidParameter';
}

function presentStatus(request: SendSms, written: string, status: SendStatus): Record<string, string | number> {
  const isSent = status.code === 'Ok';
  return {
    SerialNo: isSent ? `2640:${randomUUID()}` : '',
    PhoneNumber: written,
    Fee: isSent ? 1 : 0,
    SessionContext: request.SessionContext ?? '',
    Code: status.code,
    Message: status.message,
    IsoCode: 'CN',
  };
}

/** `+86` and eleven digits, or the bare eleven, which the vendor takes as well. */
function mainlandNumber(written: string): string | null {
  return /^(?:\+86)?(1[3-9]\d{9})$/.exec(written)?.[1] ?? null;
}

const no = (code: string): SendStatus => ({ code, message: 'refused by the sandbox' });
