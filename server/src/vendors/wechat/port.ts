import type { Refusal } from '../../lib/errors';
import { slot } from '../../lib/slot';

export type WechatIdentity = { refused: false; openid: string; unionid: string | null; sessionKey: string };

/** `values` by the template's own names, such as `thing1`; `page` is where a tap leads, without a slash in front. */
export type SubscribedMessage = {
  openid: string;
  templateId: string;
  page: string;
  values: Readonly<Record<string, string>>;
};

export type WechatPort = {
  /** Trades a code of `wx.login` for who it is. Single use, five minutes. Refusal codes: `code_invalid`, `user_blocked`, `too_often`. */
  exchangeLoginCode(wxCode: string): Promise<WechatIdentity | Refusal>;

  /** Trades a code of the phone number button for the bare eleven digits. Refusal codes: `code_invalid`, `foreign_number`, `too_often`. */
  exchangePhoneCode(phoneCode: string): Promise<{ refused: false; phone: string } | Refusal>;

  /**
   * Sends one message that this person agreed to at a tap (订阅消息). A second one after one agreement is refused, so sending
   * again after no answer is safe. Refusal codes: `not_subscribed`, `configuration`, `too_often`.
   */
  sendSubscribed(message: SubscribedMessage): Promise<{ refused: false } | Refusal>;
};

export const wechat = slot<WechatPort>('wechat');

/** The mini program's access token. A process has one of these: two would renew it past each other. */
export type AccessTokens = {
  /**
   * Asks with a token that holds for five minutes more, and once again with another when WeChat turned it down. A token that
   * is turned down has done nothing, so asking again is safe. Any other answer comes back as it is.
   */
  use<T extends object>(ask: (token: string) => Promise<T>): Promise<T>;
};

/** What stands behind the `?` of an address that WeChat pushes to. */
export type PushQuery = Readonly<Record<string, string | undefined>>;

/** A message that WeChat sent on its own, opened. */
export type PushMessage = {
  /** The same on every repeat of one message, at most 190 characters. */
  key: string;
  /** WeChat's name for what happened, or the kind of the message where nothing happened. */
  event: string;
  /** Whom it is about. */
  openid: string | null;
  body: Record<string, unknown>;
};

/** Not WeChat's, not for us, or not whole. `reason` is for the log alone. */
export class PushRejected extends Error {
  override name = 'PushRejected';

  constructor(
    readonly reason: 'signature' | 'cipher' | 'appid' | 'body',
    message: string = reason,
  ) {
    super(message);
  }
}

/** WeChat's message push, in secure mode and JSON: anything else is refused. */
export type WechatPushPort = {
  /** WeChat asks whether this address is ours, when an operator enters it: the text to answer with, or null for a stranger. */
  answerCheck(query: PushQuery): string | null;
  /** Opens one message, over the bytes as received. Throws `PushRejected`. */
  open(query: PushQuery, rawBody: Buffer): PushMessage;
  /** An answer that says more than "received", sealed, to go out as JSON. `nonce` is the one of the message's own query. */
  seal(reply: object, nonce?: string): string;
};

/** Null where this mini program takes no message push. */
export const wechatPush = slot<WechatPushPort | null>('wechat-push');
