import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { clock } from '../../lib/clock';
import { parseJson } from '../http';
import { isKey } from './key';

/** What our own upload form allows: one key, a size in bytes, and until when (unix seconds). */
const Policy = z.strictObject({
  key: z.string().refine(isKey),
  bytesMax: z.number().int().positive(),
  expires: z.number().int(),
});
export type Policy = z.infer<typeof Policy>;

const Fields = z.object({ key: z.string(), policy: z.string().max(2_000), signature: z.string() });
const Query = z.object({ e: z.string().regex(/^\d{1,12}$/), s: z.string() });

export function signPolicy(policy: Policy, secret: string): { key: string; policy: string; signature: string } {
  const text = Buffer.from(JSON.stringify(policy)).toString('base64');
  return { key: policy.key, policy: text, signature: hmac(`upload\n${text}`, secret) };
}

/** The signature is looked at before anything that it covers. */
export function readPolicy(fields: unknown, secret: string): Policy | 'expired' | 'refused' {
  const sent = Fields.safeParse(fields);
  if (!sent.success || !isSame(sent.data.signature, hmac(`upload\n${sent.data.policy}`, secret))) return 'refused';

  const policy = Policy.safeParse(parseJson(Buffer.from(sent.data.policy, 'base64')));
  if (!policy.success || policy.data.key !== sent.data.key) return 'refused';
  return isOver(policy.data.expires) ? 'expired' : policy.data;
}

/** The query of an address that shows one object until this unix second. */
export function signLink(key: string, expires: number, secret: string): string {
  return `e=${expires}&s=${hmac(`show\n${key}\n${expires}`, secret)}`;
}

export function readLink(key: string, query: unknown, secret: string): 'ok' | 'expired' | 'refused' {
  const sent = Query.safeParse(query);
  if (!isKey(key) || !sent.success) return 'refused';

  const { e: expires, s: signature } = sent.data;
  if (!isSame(signature, hmac(`show\n${key}\n${expires}`, secret))) return 'refused';
  return isOver(Number(expires)) ? 'expired' : 'ok';
}

const isOver = (unixSeconds: number): boolean => clock.now() >= unixSeconds * 1_000;

const hmac = (text: string, secret: string): string => createHmac('sha256', secret).update(text).digest('hex');

/** In a time that tells nothing of where they differ. */
function isSame(sent: string, expected: string): boolean {
  const [a, b] = [Buffer.from(sent), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
