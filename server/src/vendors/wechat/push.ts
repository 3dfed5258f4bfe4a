import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { assert } from '../../lib/assert';
import { clock } from '../../lib/clock';
import { randomHex } from '../../lib/ids';
import { parseJson } from '../http';
import { PushRejected, type PushMessage, type WechatPushPort } from './port';
import { isSignatureOf, keyOf, openMessage, sealMessage, signatureOf } from './push-cipher';

export type WechatPushSettings = {
  appid: string;
  token: string;
  /** The 43 characters of the console. */
  aesKey: string;
};

const Envelope = z.object({ Encrypt: z.string().min(1) });
const Message = z.looseObject({ MsgType: z.string().min(1), Event: z.string().min(1).optional() });

/** What differs between repeats of one message. WeChat counts them, and virtual payment dates and numbers each one anew. */
const changing = new Set(['RetryTimes']);
const changingInPayments = new Set(['RetryTimes', 'CreateTime', 'RequestId']);

/**
 * WeChat's message push in secure mode. The signature covers the sealed text alone, so it is looked at before anything is
 * opened. WeChat documents no time after which a push is too old, and repeats come hours later: a repeat is known by its key.
 */
export function wechatPushCipher(settings: WechatPushSettings): WechatPushPort {
  const key = keyOf(settings.aesKey);
  assert(key.length === 32, 'the key of the message push has 43 characters, which are 32 bytes');
  const { appid, token } = settings;

  return {
    answerCheck({ timestamp, nonce, signature, echostr }) {
      if (!timestamp || !nonce || !echostr) return null;
      return isSignatureOf([token, timestamp, nonce], signature) ? echostr : null;
    },

    open({ timestamp, nonce, msg_signature: signature }, rawBody) {
      const envelope = Envelope.safeParse(parseJson(rawBody));
      if (!envelope.success) throw new PushRejected('body', whyUnreadable(rawBody));
      const sealed = envelope.data.Encrypt;
      if (!timestamp || !nonce) throw new PushRejected('signature');
      if (!isSignatureOf([token, timestamp, nonce, sealed], signature)) throw new PushRejected('signature');

      return readMessage(openMessage(sealed, key, appid));
    },

    seal(reply, nonce = randomHex(8)) {
      const sealed = sealMessage(Buffer.from(JSON.stringify(reply)), key, appid, randomBytes(16));
      const timestamp = Math.floor(clock.now() / 1_000);
      const signature = signatureOf([token, String(timestamp), nonce, sealed]);
      return JSON.stringify({ Encrypt: sealed, MsgSignature: signature, TimeStamp: timestamp, Nonce: nonce });
    },
  };
}

function readMessage(text: Buffer): PushMessage {
  const parsed = Message.safeParse(parseJson(text));
  if (!parsed.success) throw new PushRejected('body', whyUnreadable(text));

  const body = parsed.data;
  const event = body.Event ?? body.MsgType;
  return { key: keyOfMessage(event, body), event, openid: openidOf(body), body };
}

/** Most events carry no number of their own, so a message is known by all that it says. */
function keyOfMessage(event: string, body: object): string {
  const ignored = event.startsWith('xpay_') ? changingInPayments : changing;
  const said = JSON.stringify(body, (name, value: unknown) => (ignored.has(name) ? undefined : value));
  return `${event.slice(0, 100)}:${createHash('sha256').update(said).digest('hex')}`;
}

/** Payments write OpenId and withdrawn consents OpenID; the sender is a person only where nothing "happened". */
function openidOf(body: z.infer<typeof Message>): string | null {
  const sender = body.Event === undefined && body.MsgType !== 'event' ? body.FromUserName : null;
  const named = body.OpenId ?? body.OpenID ?? sender;
  return typeof named === 'string' && named !== '' ? named : null;
}

function whyUnreadable(bytes: Buffer): string {
  if (bytes.toString('latin1').trimStart().startsWith('<')) return 'XML: choose JSON as the data format of the push';
  return 'no sealed JSON: choose the secure mode of the push';
}
