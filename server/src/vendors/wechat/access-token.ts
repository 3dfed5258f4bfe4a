import { z } from 'zod';
import { clock, minutes, seconds } from '../../lib/clock';
import { VendorUnavailable } from '../../lib/errors';
import type { VendorHttp } from '../http';
import { failedOr } from './reply';

export type AccessTokens = {
  /** A token that holds for at least five minutes more. Many callers at once cost one request. */
  current(): Promise<string>;
  /** Another token than this one, which WeChat turned down. */
  replace(turnedDown: string): Promise<string>;
};

type Token = { text: string; expiresAt: number };

const TokenReply = failedOr(z.object({ access_token: z.string().min(1), expires_in: z.number().int().positive() }));
const renewEarlyMs = minutes(5); // WeChat renews as early, and both tokens hold in between.

/** The mini program's `stable_token`, shared by all calls of this process. */
export function accessTokens(http: VendorHttp, settings: { appid: string; secret: string }): AccessTokens {
  let held: Token | null = null;
  let fetching: Promise<Token> | null = null;

  async function fetchToken(mustBeNew: boolean): Promise<Token> {
    const askedAt = clock.now();
    const { appid, secret } = settings;
    const reply = await http.json(TokenReply, {
      method: 'POST',
      path: '/cgi-bin/stable_token',
      body: { grant_type: 'client_credential', appid, secret, ...(mustBeNew ? { force_refresh: true } : {}) },
    });
    if ('errcode' in reply) throw new VendorUnavailable('wechat', `gave no token: ${reply.errcode}`);
    return { text: reply.access_token, expiresAt: askedAt + seconds(reply.expires_in) };
  }

  /** A plain request first: another process may have renewed it, and WeChat allows only twenty forced renewals a day. */
  async function fetchOtherThan(turnedDown: string | null): Promise<Token> {
    const token = await fetchToken(false);
    return token.text === turnedDown ? fetchToken(true) : token;
  }

  async function renew(turnedDown: string | null): Promise<string> {
    fetching ??= fetchOtherThan(turnedDown).finally(() => {
      fetching = null;
    });
    held = await fetching;
    return held.text;
  }

  return {
    async current() {
      return held && clock.now() < held.expiresAt - renewEarlyMs ? held.text : renew(null);
    },
    async replace(turnedDown) {
      return held && held.text !== turnedDown ? held.text : renew(turnedDown);
    },
  };
}
