import { z } from 'zod';
import { VendorUnavailable } from '../../lib/errors';
import { parseJson, vendorHttp } from '../http';
import type { AccessTokens } from '../wechat/port';
import { paySignature } from './signing';

export type Merchant = {
  apiBase: string;
  appid: string;
  offerId: string;
  /** Live and sandbox have a key each. */
  appKey: string;
  /** 0 is live, 1 their sandbox. */
  env: 0 | 1;
  tokens: AccessTokens;
  timeoutMs?: number;
};

/** What WeChat said, or the number of its no. What a no means depends on the question. */
export type Reply<T> = { errcode: null; said: T } | { errcode: number };

/** Asks one of the virtual payment calls. The signature is over the bytes that go out, so the body is written once. */
export type Ask = <T>(shape: z.ZodType<T>, path: string, body: Record<string, unknown>) => Promise<Reply<T>>;

const Answer = z.looseObject({ errcode: z.number().int().optional() });

export function virtualCalls({ apiBase, appKey, tokens, timeoutMs = 5_000 }: Merchant): Ask {
  const http = vendorHttp('wechat-virtual', apiBase, { timeoutMs });

  async function send(path: string, text: string, token: string): Promise<z.infer<typeof Answer>> {
    const query = new URLSearchParams({ access_token: token, pay_sig: paySignature(appKey, path, text) });
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    const reply = await http.send({ method: 'POST', path: `${path}?${query}`, headers, body: text });
    if (reply.status < 200 || reply.status > 299) throw unusable(`${path} was answered ${reply.status}`);

    // The page of notify_provide_goods lists no answer at all.
    const parsed = Answer.safeParse(reply.body.length === 0 ? {} : parseJson(reply.body));
    if (!parsed.success) throw unusable(`${path} was answered in another shape`, parsed.error);
    return parsed.data;
  }

  return async (shape, path, body) => {
    const text = JSON.stringify(body);
    const answer = await tokens.use((token) => send(path, text, token));
    if (answer.errcode) return { errcode: answer.errcode };

    const said = shape.safeParse(answer);
    if (!said.success) throw unusable(`${path} was answered in another shape`, said.error);
    return { errcode: null, said: said.data };
  };
}

export const unusable = (reason: string, cause?: unknown): VendorUnavailable =>
  new VendorUnavailable('wechat-virtual', reason, { cause });
