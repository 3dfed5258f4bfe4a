import { Phone } from '@suyi/shared-types';
import { z } from 'zod';
import { VendorUnavailable, refusal, type Refusal } from '../../lib/errors';
import { vendorHttp } from '../http';
import { sharedAccessTokens } from './access-token';
import type { AccessTokens, SubscribedMessage, WechatPort } from './port';
import { failedOr } from './reply';

type Refusals = ReadonlyMap<number, string>;

export type WechatSettings = { apiBase: string; appid: string; secret: string; timeoutMs?: number };

const SessionReply = failedOr(
  z.object({ openid: z.string().min(1), session_key: z.string().min(1), unionid: z.string().min(1).nullish() }),
);
const PhoneReply = failedOr(
  z.object({ phone_info: z.object({ purePhoneNumber: z.string(), countryCode: z.coerce.string() }) }),
);

const SentReply = failedOr(z.object({ errcode: z.literal(0) }).transform(() => ({ isSent: true })));

const codeRefusals: Refusals = new Map([
  [40029, 'code_invalid'],
  [40163, 'code_invalid'], // Used before.
  [40226, 'user_blocked'],
  [45011, 'too_often'],
]);

const messageRefusals: Refusals = new Map([
  [43101, 'not_subscribed'], // Never agreed, or that agreement was used up.
  [43107, 'not_subscribed'], // Switched off for the whole mini program.
  [43108, 'too_often'], // Another message to this person at the same moment.
  [45009, 'too_often'],
  [45011, 'too_often'],
  [40003, 'configuration'], // No openid of this mini program.
  [40037, 'configuration'], // No such template.
  [41030, 'configuration'], // No such page in the released version.
  [45168, 'configuration'], // A word that WeChat does not let through.
  [47003, 'configuration'], // A value that the template does not take.
]);

/**
 * WeChat's own server API. The secret and the login code travel in the query, as WeChat wants it, so no address of a request
 * may ever stand in an error or a log.
 */
export function wechatApi(settings: WechatSettings, tokens: AccessTokens = sharedAccessTokens(settings)): WechatPort {
  const http = vendorHttp('wechat', settings.apiBase, { timeoutMs: settings.timeoutMs ?? 5_000 });

  async function askPhone(phoneCode: string, token: string): Promise<z.infer<typeof PhoneReply>> {
    const query = new URLSearchParams({ access_token: token });
    return http.json(PhoneReply, {
      method: 'POST',
      path: `/wxa/business/getuserphonenumber?${query}`,
      body: { code: phoneCode },
    });
  }

  async function send(message: SubscribedMessage, token: string): Promise<z.infer<typeof SentReply>> {
    const query = new URLSearchParams({ access_token: token });
    return http.json(SentReply, {
      method: 'POST',
      path: `/cgi-bin/message/subscribe/send?${query}`,
      body: {
        touser: message.openid,
        template_id: message.templateId,
        page: message.page,
        miniprogram_state: 'formal',
        lang: 'zh_CN',
        data: Object.fromEntries(Object.entries(message.values).map(([name, value]) => [name, { value }])),
      },
    });
  }

  return {
    async exchangeLoginCode(wxCode) {
      const { appid, secret } = settings;
      const query = new URLSearchParams({ appid, secret, js_code: wxCode, grant_type: 'authorization_code' });
      const reply = await http.json(SessionReply, { method: 'GET', path: `/sns/jscode2session?${query}` });
      if ('errcode' in reply) return refusalOf(reply.errcode, codeRefusals);

      return { refused: false, openid: reply.openid, unionid: reply.unionid ?? null, sessionKey: reply.session_key };
    },

    async exchangePhoneCode(phoneCode) {
      const reply = await tokens.use((token) => askPhone(phoneCode, token));
      if ('errcode' in reply) return refusalOf(reply.errcode, codeRefusals);

      const { countryCode, purePhoneNumber } = reply.phone_info;
      if (countryCode !== '86') return refusal('foreign_number', `country code ${countryCode}`);
      const phone = Phone.safeParse(purePhoneNumber);
      if (!phone.success) throw new VendorUnavailable('wechat', 'gave a number of another shape');
      return { refused: false, phone: phone.data };
    },

    async sendSubscribed(message) {
      const reply = await tokens.use((token) => send(message, token));
      return 'errcode' in reply ? refusalOf(reply.errcode, messageRefusals) : { refused: false };
    },
  };
}

function refusalOf(errcode: number, refusals: Refusals): Refusal {
  const code = refusals.get(errcode);
  // Busy (-1), a wrong secret, an address that is not on their list: no word about this seller.
  if (!code) throw new VendorUnavailable('wechat', `answered ${errcode}`);
  return refusal(code, `errcode ${errcode}`);
}
