import { z } from 'zod';

/** WeChat says yes by leaving `errcode` out, or by 0 in it; it says no with another number, under HTTP 200. */
const Failed = z.object({
  errcode: z
    .number()
    .int()
    .refine((code) => code !== 0),
});

/** A reply that failed, or one of this shape (which must not know `errcode`: that is how the two are told apart). */
export const failedOr = <T extends z.ZodType>(success: T) => z.union([Failed, success]);
