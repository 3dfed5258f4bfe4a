import { createHash } from 'node:crypto';
import { z } from 'zod';
import { clock } from '../../lib/clock';
import { parseJson } from '../../vendors/http';
import { isNow, isSame, sign, type CosKeys } from './signing';

export type PostFault = { status: number; code: string; message: string };

const Policy = z.strictObject({
  expiration: z.iso.datetime(),
  conditions: z.array(
    z.union([
      z.record(z.string(), z.string()),
      z.tuple([z.literal('content-length-range'), z.number().int().min(0), z.number().int().min(0)]),
      z.tuple([z.enum(['starts-with', 'eq']), z.string().startsWith('$'), z.string()]),
    ]),
  ),
});
type Condition = z.infer<typeof Policy>['conditions'][number];

/** What is wrong with a form that was posted to the bucket, or null: signature, time, and every condition of the policy (document 436/14690). */
export function findPostFault(
  form: { fields: Map<string, string>; byteLength: number },
  bucket: string,
  keys: CosKeys,
): PostFault | null {
  const field = (name: string): string => form.fields.get(name.toLowerCase()) ?? '';
  if (field('key') === '') return fault(400, 'InvalidArgument', 'the form has no key');
  if (field('policy') === '') return fault(403, 'AccessDenied', 'the bucket is private and the form has no policy');
  if (field('q-sign-algorithm') !== 'sha1') return fault(400, 'InvalidArgument', 'q-sign-algorithm');
  if (field('q-ak') !== keys.secretId) return fault(403, 'InvalidAccessKeyId', 'q-ak');
  if (!isNow(field('q-key-time'))) return fault(403, 'RequestTimeTooSkewed', 'q-key-time');

  const text = Buffer.from(field('policy'), 'base64');
  const expected = sign(createHash('sha1').update(text).digest('hex'), field('q-key-time'), keys.secretKey);
  if (!isSame(field('q-signature'), expected)) return fault(403, 'SignatureDoesNotMatch', 'q-signature');

  const policy = Policy.safeParse(parseJson(text));
  if (!policy.success) return fault(400, 'InvalidPolicyDocument', 'the policy is not one');
  if (clock.now() >= Date.parse(policy.data.expiration)) return fault(403, 'AccessDenied', 'Policy expired');

  for (const condition of policy.data.conditions) {
    const broken = findBroken(condition, { field, bucket, byteLength: form.byteLength });
    if (broken) return broken;
  }
  return null;
}

function findBroken(
  condition: Condition,
  sent: { field: (name: string) => string; bucket: string; byteLength: number },
): PostFault | null {
  if (Array.isArray(condition) && condition[0] === 'content-length-range') {
    if (sent.byteLength < condition[1]) return fault(400, 'EntityTooSmall', 'content-length-range');
    return sent.byteLength > condition[2] ? fault(400, 'EntityTooLarge', 'content-length-range') : null;
  }

  const value = (name: string): string => {
    if (name === 'bucket') return sent.bucket;
    return sent.field(name === 'q-sign-time' ? 'q-key-time' : name);
  };
  if (Array.isArray(condition)) {
    const [how, name, wanted] = condition;
    const given = value(name.slice(1));
    const holds = how === 'eq' ? given === wanted : given.startsWith(wanted);
    return holds ? null : fault(403, 'AccessDenied', `Policy Condition failed: ${name}`);
  }
  for (const [name, wanted] of Object.entries(condition)) {
    if (value(name) !== wanted) return fault(403, 'AccessDenied', `Policy Condition failed: ${name}`);
  }
  return null;
}

const fault = (status: number, code: string, message: string): PostFault => ({ status, code, message });
