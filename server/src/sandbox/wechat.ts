import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ParsedUrlQuery } from 'node:querystring';
import { Router } from '@koa/router';
import Koa from 'koa';
import { z } from 'zod';
import { clock } from '../lib/clock';
import { parseJson } from '../vendors/http';
import { createFaults, type Faults } from './faults';
import { readBody } from './read-body';
import { createStableTokens } from './wechat-tokens';

export type WechatSimulatorOptions = { appid: string; secret: string };

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
};

type Reply = Record<string, unknown>;

const usedMax = 10_000;

const TokenRequest = z.object({
  grant_type: z.string(),
  appid: z.string(),
  secret: z.string(),
  force_refresh: z.boolean().optional(),
});
const PhoneRequest = z.object({ code: z.string().min(1).max(128) });

/** WeChat's server API for login, as the wire shows it. Who a code stands for lies in the code, so a restart forgets nobody. */
export function createWechatSimulator(options: WechatSimulatorOptions): WechatSimulator {
  const faults = createFaults();
  const spend = singleUse();
  const tokens = createStableTokens();
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

    return {
      openid: identityOf('openid', options.appid, code),
      session_key: randomBytes(16).toString('base64'),
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

  function answerPhone(query: ParsedUrlQuery, body: unknown): Reply {
    if (typeof query.access_token !== 'string') return failure(41001);
    if (!tokens.holds(query.access_token)) return failure(40001);
    const request = PhoneRequest.safeParse(body);
    if (!request.success) return failure(47001);

    const number = numberOf(request.data.code);
    if (!number || !spend(request.data.code)) return failure(40029);
    return { errcode: 0, errmsg: 'ok', phone_info: presentNumber(number, options.appid) };
  }

  const router = new Router();
  router.get('/sns/jscode2session', (ctx) => {
    ctx.body = answerLogin(ctx.query);
  });
  router.post('/cgi-bin/stable_token', async (ctx) => {
    ctx.body = answerToken(await readJson(ctx.req));
  });
  router.post('/wxa/business/getuserphonenumber', async (ctx) => {
    ctx.body = answerPhone(ctx.query, await readJson(ctx.req));
  });

  const app = new Koa();
  app.use(faults.middleware);
  app.use(router.routes());

  return {
    app,
    faults,
    giveUnionid: (isGiven) => {
      hasUnionid = isGiven;
    },
    givesUnionid: () => hasUnionid,
    dropTokens: () => tokens.drop(),
    openidOf: (wxCode) => identityOf('openid', options.appid, wxCode),
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
  const body = await readBody(request, 16 * 1024);
  return body ? parseJson(body) : undefined;
}

const failure = (errcode: number): { errcode: number; errmsg: string } => ({
  errcode,
  errmsg: 'refused by the sandbox',
});
