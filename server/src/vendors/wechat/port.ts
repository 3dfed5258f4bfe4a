import type { Refusal } from '../../lib/errors';
import { slot } from '../../lib/slot';

export type WechatIdentity = { refused: false; openid: string; unionid: string | null; sessionKey: string };

export type WechatPort = {
  /** Trades a code of `wx.login` for who it is. Single use, five minutes. Refusal codes: `code_invalid`, `user_blocked`, `too_often`. */
  exchangeLoginCode(wxCode: string): Promise<WechatIdentity | Refusal>;

  /** Trades a code of the phone number button for the bare eleven digits. Refusal codes: `code_invalid`, `foreign_number`, `too_often`. */
  exchangePhoneCode(phoneCode: string): Promise<{ refused: false; phone: string } | Refusal>;
};

export const wechat = slot<WechatPort>('wechat');
