import { z } from 'zod';
import { Id, Moment, Phone } from './primitives';

export const SendCodeBody = z.strictObject({ phone: Phone });
export type SendCodeBody = z.infer<typeof SendCodeBody>;

export const SendCodeAnswer = z.object({
  resendAfterSeconds: z.number().int(),
  expiresInSeconds: z.number().int(),
});
export type SendCodeAnswer = z.infer<typeof SendCodeAnswer>;

/** A code of `wx.login`; good for five minutes and one use. */
export const WxCode = z.string().min(1).max(128);

export const LoginBody = z.strictObject({
  phone: Phone,
  code: z.string().regex(/^\d{6}$/),
  wxCode: WxCode.optional(),
});
export type LoginBody = z.infer<typeof LoginBody>;

export const WechatLoginBody = z.strictObject({
  wxCode: WxCode,
  /** From the `getPhoneNumber` button; not the login code. */
  phoneCode: z.string().min(1).max(128).optional(),
});
export type WechatLoginBody = z.infer<typeof WechatLoginBody>;

export const UserDto = z.object({
  id: Id,
  /** Middle four digits hidden: `138****8000`. Null when the seller came by WeChat alone. */
  phoneMasked: z.string().nullable(),
  hasWechat: z.boolean(),
  createdAt: Moment,
});
export type UserDto = z.infer<typeof UserDto>;

export const SessionDto = z.object({ token: z.string(), expiresAt: Moment, user: UserDto });
export type SessionDto = z.infer<typeof SessionDto>;
