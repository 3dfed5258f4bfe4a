import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ParsedUrlQuery } from 'node:querystring';
import { Router } from '@koa/router';
import Koa from 'koa';
import { z } from 'zod';
import { clock } from '../../lib/clock';
import { parseJson } from '../../vendors/http';
import { createFaults, type Faults } from '../faults';
import { readBody } from '../read-body';
import { createPushes, type PushAnswer, type WechatPushes, type WechatPushOptions } from './push';
import {
  createSubscriptions,
  type MessageTemplates,
  type SubscribedMessageShown,
  type Subscriptions,
} from './subscribed';
import { createStableTokens } from './tokens';
import { createVirtualPay, type VirtualMerchant, type VirtualPaySimulator } from '../wechat-virtual/wechat-virtual';

export type WechatSimulatorOptions = {
  appid: string;
  secret: string;
  /** Without it this mini program never signed up for virtual payment. */
  virtual?: VirtualMerchant;
  /** Without it no address was entered for the message push, and nothing is pushed. */
  push?: Omit<WechatPushOptions, 'appid'>;
  /** The message templates of this mini program. */
  templates?: MessageTemplates;
};

export type WechatSimulator = {
  app: Koa;
  faults: Faults;
  /** Whether a login brings a unionid, as it does once the mini program is bound to an Open Platform account. */
  giveUnionid(isGiven: boolean): void;
  givesUnionid(): boolean;
  /** Every token given so far stops holding, as after a change of the secret. */
  dropTokens(): void;
  /** The identity that a login code stands for. */
  openidOf(wxCode: string): string;
  virtual: VirtualPaySimulator;
  push: WechatPushes;
  /** 订阅消息: who agreed, and what they got. */
  subscriptions: Subscriptions;
  /** Newest first, as `subscriptions.messages()`. */
  messages(): readonly SubscribedMessageShown[];
  /** Tells the server of an event, such as `user_authorization_revoke` with its `OpenID` and `RevokeInfo`. */
  sendEvent(event: string, body: Record<string, unknown>): Promise<PushAnswer>;
};

type Reply = Record<string, unknown>;

const usedMax = 10_000;
const bodyMax = 16 * 1024;

const TokenRequest = z.object({
  grant_type: z.string(),
  appid: z.string(),
  secret: z.string(),
  force_refresh: z.boolean().optional(),
});
const PhoneRequest = z.object({ code: z.string().min(1).max(128) });

/**
 * WeChat's server API and its message push, as the wire shows them. Who a login code stands for lies in the code, so a restart
 * forgets nobody.
 */
export function createWechatSimulator(options: WechatSimulatorOptions): WechatSimulator {
  const faults = createFaults();
  const spend = singleUse();
  const tokens = createStableTokens();
  const sessions = createSessionKeys();
  const { answer: answerSend, ...subscriptions } = createSubscriptions(options.templates ?? {});
  const push = createPushes(options.push ? { ...options.push, appid: options.appid } : null);
  const { simulator: virtual, api } = createVirtualPay({
    merchant: options.virtual ?? null,
    pushes: push,
    sessionKeysOf: sessions.keysOf,
  });
  let hasUnionid = false;

  function answerLogin(query: ParsedUrlQuery): Reply {
    const { appid, secret, js_code: code, grant_type: grantType } = query;
    if (appid !== options.appid) return failure(40013);
    if (secret !== options.secret) return failure(40125);
    if (grantType !== 'authorization_code') return failure(40002);
    if (typeof code !== 'string' || code.length < 6 || code.length > 128) return failure(40029);
    if (code.startsWith('bad')) return failure(40029);
    if (code.startsWith('blocked')) return failure(40226);
    if (!spend(code)) return failure(40163);

    const openid = identityOf('openid', options.appid, code);
    return {
      openid,
      session_key: sessions.renew(openid),
      ...(hasUnionid ? { unionid: identityOf('unionid', options.appid, code) } : {}),
    };
  }

  function answerToken(body: unknown): Reply {
    const request = TokenRequest.safeParse(body);
    if (!request.success) return failure(47001);
    if (request.data.grant_type !== 'client_credential') return failure(40002);
    if (request.data.appid !== options.appid) return failure(40013);
    if (request.data.secret !== options.secret) return failure(40125);

    return tokens.give(request.data.force_refresh ?? false);
  }

  /** Null where the token holds. */
  function findTokenFault({ access_token: token }: ParsedUrlQuery): Reply | null {
    if (typeof token !== 'string') return failure(41001);
    return tokens.holds(token) ? null : failure(40001);
  }

  function answerPhone(query: ParsedUrlQuery, body: unknown): Reply {
    const fault = findTokenFault(query);
    if (fault) return fault;
    const request = PhoneRequest.safeParse(body);
    if (!request.success) return failure(47001);

    const number = numberOf(request.data.code);
    if (!number || !spend(request.data.code)) return failure(40029);
    return { errcode: 0, errmsg: 'ok', phone_info: presentNumber(number, options.appid) };
  }

  function answerVirtual(path: string, query: ParsedUrlQuery, body: Buffer | null): Reply {
    const fault = findTokenFault(query);
    if (fault) return fault;
    const paySig = typeof query.pay_sig === 'string' ? query.pay_sig : undefined;
    return body ? api.answer({ path, paySig, body }) : failure(47001);
  }

  function answerSubscribed(query: ParsedUrlQuery, body: unknown): Reply {
    const fault = findTokenFault(query);
    if (fault) return fault;
    const errcode = answerSend(body);
    return errcode === 0 ? { errcode, errmsg: 'ok' } : failure(errcode);
  }

  const app = new Koa();
  app.use(faults.middleware);
  app.use(wechatRoutes({ answerLogin, answerToken, answerPhone, answerSubscribed, answerVirtual }).routes());

  return {
    app,
    faults,
    giveUnionid: (isGiven) => {
      hasUnionid = isGiven;
    },
    givesUnionid: () => hasUnionid,
    dropTokens: () => tokens.drop(),
    openidOf: (wxCode) => identityOf('openid', options.appid, wxCode),
    virtual,
    push,
    subscriptions,
    messages: () => subscriptions.messages(),
    sendEvent(event, body) {
      const { OpenID: openid } = body;
      const subject = typeof openid === 'string' ? openid : null;
      return push.send({ event, subject, body: { AppID: options.appid, ...body } });
    },
  };
}

/** Each call's answer, from its address and its body. */
type Answers = {
  answerLogin(query: ParsedUrlQuery): Reply;
  answerToken(body: unknown): Reply;
  answerPhone(query: ParsedUrlQuery, body: unknown): Reply;
  answerSubscribed(query: ParsedUrlQuery, body: unknown): Reply;
  answerVirtual(path: string, query: ParsedUrlQuery, body: Buffer | null): Reply;
};

function wechatRoutes(answers: Answers): Router {
  const router = new Router();
  router.get('/sns/jscode2session', (ctx) => {
    ctx.body = answers.answerLogin(ctx.query);
  });
  router.post('/cgi-bin/stable_token', async (ctx) => {
    ctx.body = answers.answerToken(await readJson(ctx.req));
  });
  router.post('/wxa/business/getuserphonenumber', async (ctx) => {
    ctx.body = answers.answerPhone(ctx.query, await readJson(ctx.req));
  });
  router.post('/cgi-bin/message/subscribe/send', async (ctx) => {
    ctx.body = answers.answerSubscribed(ctx.query, await readJson(ctx.req));
  });
  router.post('/xpay/:call', async (ctx) => {
    ctx.body = answers.answerVirtual(ctx.path, ctx.query, await readBody(ctx.req, bodyMax));
  });
  return router;
}

type SessionKeys = { renew(openid: string): string; keysOf(openid: string): readonly string[] };

/** Every login makes a new key, and the one before stops holding. A few old ones are kept, to tell them from wrong ones. */
function createSessionKeys(): SessionKeys {
  const keys = new Map<string, string[]>();
  const keysOf = (openid: string): string[] => keys.get(openid) ?? [];

  return {
    keysOf,
    renew(openid) {
      const key = randomBytes(16).toString('base64');
      const all = [key, ...keysOf(openid)].slice(0, 5);
      keys.delete(openid);
      keys.set(openid, all);
      const [oldest] = keys.keys();
      if (keys.size > usedMax && oldest !== undefined) keys.delete(oldest);
      return key;
    },
  };
}

/** Says true to a code once. The oldest of ten thousand are forgotten. */
function singleUse(): (code: string) => boolean {
  const used = new Set<string>();
  return (code) => {
    if (used.has(code)) return false;
    used.add(code);
    const [oldest] = used;
    if (used.size > usedMax && oldest !== undefined) used.delete(oldest);
    return true;
  };
}

/** `o` and 27 characters, the same for every code that begins with the same word. */
function identityOf(kind: 'openid' | 'unionid', appid: string, wxCode: string): string {
  const person = wxCode.split('.')[0];
  return `o${createHash('sha256').update(`${kind}:${appid}:${person}`).digest('base64url').slice(0, 27)}`;
}

type PhoneNumber = { countryCode: string; pure: string };

/** `phone-13800138000.x` is that number; `phone-+852-51234567.x` is one from elsewhere; the part after the dot makes it new. */
function numberOf(phoneCode: string): PhoneNumber | null {
  const mainland = /^phone-(1[3-9]\d{9})\./.exec(phoneCode);
  if (mainland?.[1]) return { countryCode: '86', pure: mainland[1] };
  const foreign = /^phone-\+(\d{1,3})-(\d{5,12})\./.exec(phoneCode);
  return foreign?.[1] && foreign[2] ? { countryCode: foreign[1], pure: foreign[2] } : null;
}

function presentNumber({ countryCode, pure }: PhoneNumber, appid: string): Reply {
  return {
    phoneNumber: countryCode === '86' ? pure : `+${countryCode}${pure}`,
    purePhoneNumber: pure,
    countryCode,
    watermark: { timestamp: Math.floor(clock.now() / 1_000), appid },
  };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const body = await readBody(request, bodyMax);
  return body ? parseJson(body) : undefined;
}

const failure = (errcode: number): { errcode: number; errmsg: string } => ({
  errcode,
  errmsg: 'refused by the sandbox',
});
