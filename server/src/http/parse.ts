import type { ErrorCode } from '@suyi/shared-types';
import type { z } from 'zod';
import { AppError } from '../lib/errors';

/**
 * The door: what passes has this shape. Throws `invalid_request` naming the fields, or the code that `codes` gives for the
 * first field at fault.
 */
export function parse<T extends z.ZodType>(
  shape: T,
  input: unknown,
  codes: Record<string, ErrorCode> = {},
): z.output<T> {
  const read = shape.safeParse(input ?? {});
  if (read.success) return read.data;

  const fields = read.error.issues.slice(0, 20).map((issue) => ({
    path: issue.path.map(String).join('.') || (issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : ''),
    message: sentenceFor(issue.code),
  }));
  // The sender names the fields: of `toString` and its like only an own one counts.
  const first = fields.map(({ path }) => (Object.hasOwn(codes, path) ? codes[path] : undefined)).find(Boolean);
  throw new AppError(first ?? 'invalid_request', { fields });
}

function sentenceFor(code: string): string {
  const sentences: Record<string, string> = {
    unrecognized_keys: '没有这个项目',
    invalid_type: '类型不对或缺少',
    too_big: '超出上限',
    too_small: '低于下限',
    invalid_format: '格式不对',
    invalid_value: '不在可选范围内',
  };
  return sentences[code] ?? '不符合要求';
}
