import { z } from 'zod';
import { clock, minutes, seconds } from '../../lib/clock';
import { VendorUnavailable } from '../../lib/errors';
import { vendorHttp, type VendorHttp } from '../http';
import type { AccessTokens } from './port';
import { failedOr } from './reply';

type Account = { appid: string; secret: string };
type Token = { text: string; expiresAt: number };

const TokenReply = failedOr(z.object({ access_token: z.string().min(1), expires_in: z.number().int().positive() }));
const renewEarlyMs = minutes(5); // WeChat renews as early, and both tokens hold in between.
const turnedDown = new Set<unknown>([40001, 40014, 42001]);

/** The mini program's `stable_token`, one for all calls of this process. Many callers at once cost one request. */
export function sharedAccessTokens(settings: Account & { apiBase: string; timeoutMs?: number }): AccessTokens {
  const http = vendorHttp('wechat', settings.apiBase, { timeoutMs: settings.timeoutMs ?? 5_000 });
  let held: Token | null = null;
  let fetching: Promise<Token> | null = null;

  async function renew(refused: string | null): Promise<string> {
    fetching ??= fetchOtherThan(refused, http, settings).finally(() => {
      fetching = null;
    });
    held = await fetching;
    return held.text;
  }

  async function current(): Promise<string> {
    return held && clock.now() < held.expiresAt - renewEarlyMs ? held.text : renew(null);
  }

  async function replace(refused: string): Promise<string> {
    return held && held.text !== refused ? held.text : renew(refused);
  }

  return {
    async use(ask) {
      const token = await current();
      const reply = await ask(token);
      const isTurnedDown = 'errcode' in reply && turnedDown.has(reply.errcode);
      return isTurnedDown ? ask(await replace(token)) : reply;
    },
  };
}

/** A plain request first: another process may have renewed it, and WeChat allows only twenty forced renewals a day. */
async function fetchOtherThan(refused: string | null, http: VendorHttp, account: Account): Promise<Token> {
  const token = await fetchToken(false, http, account);
  return token.text === refused ? fetchToken(true, http, account) : token;
}

async function fetchToken(mustBeNew: boolean, http: VendorHttp, { appid, secret }: Account): Promise<Token> {
  const askedAt = clock.now();
  const reply = await http.json(TokenReply, {
    method: 'POST',
    path: '/cgi-bin/stable_token',
    body: { grant_type: 'client_credential', appid, secret, ...(mustBeNew ? { force_refresh: true } : {}) },
  });
  if ('errcode' in reply) throw new VendorUnavailable('wechat', `gave no token: ${reply.errcode}`);
  return { text: reply.access_token, expiresAt: askedAt + seconds(reply.expires_in) };
}
