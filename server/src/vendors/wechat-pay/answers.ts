import { z } from 'zod';
import { VendorUnavailable } from '../../lib/errors';

const Failure = z.object({ code: z.string().regex(/^[A-Z][A-Z0-9_]{1,63}$/) });

/** WeChat Pay's sentence for a failure, for an operator; empty when the answer has none. */
export function failureSentence(body: unknown): string {
  const parsed = z.object({ message: z.string() }).safeParse(body);
  return parsed.success ? parsed.data.message.slice(0, 200) : '';
}

/** WeChat Pay's word for a failure, or null when the answer has none. */
export function failureCode(body: unknown): string | null {
  const parsed = Failure.safeParse(body);
  return parsed.success ? parsed.data.code : null;
}

/** Their word for a signed no; a no without one is nothing that we can act on. */
export function refusalCode(answer: { status: number; data?: unknown }): string {
  const code = failureCode(answer.data);
  if (code === null) throw unusable(`answered ${answer.status} without a code`);
  return code;
}

export const unusable = (reason: string, cause?: unknown): VendorUnavailable =>
  new VendorUnavailable('wechat-pay', reason, { cause });
