import { Phone } from '@suyi/shared-types';
import { z } from 'zod';
import { VendorUnavailable, refusal, type Refusal } from '../../lib/errors';
import { vendorHttp } from '../http';
import { sharedAccessTokens } from './access-token';
import type { AccessTokens, WechatPort } from './port';
import { failedOr } from './reply';

export type WechatSettings = { apiBase: string; appid: string; secret: string; timeoutMs?: number };

const SessionReply = failedOr(
  z.object({ openid: z.string().min(1), session_key: z.string().min(1), unionid: z.string().min(1).nullish() }),
);
const PhoneReply = failedOr(
  z.object({ phone_info: z.object({ purePhoneNumber: z.string(), countryCode: z.coerce.string() }) }),
);

const refusalCodes = new Map([
  [40029, 'code_invalid'],
  [40163, 'code_invalid'], // Used before.
  [40226, 'user_blocked'],
  [45011, 'too_often'],
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

  return {
    async exchangeLoginCode(wxCode) {
      const { appid, secret } = settings;
      const query = new URLSearchParams({ appid, secret, js_code: wxCode, grant_type: 'authorization_code' });
      const reply = await http.json(SessionReply, { method: 'GET', path: `/sns/jscode2session?${query}` });
      if ('errcode' in reply) return refusalOf(reply.errcode);

      return { refused: false, openid: reply.openid, unionid: reply.unionid ?? null, sessionKey: reply.session_key };
    },

    async exchangePhoneCode(phoneCode) {
      const reply = await tokens.use((token) => askPhone(phoneCode, token));
      if ('errcode' in reply) return refusalOf(reply.errcode);

      const { countryCode, purePhoneNumber } = reply.phone_info;
      if (countryCode !== '86') return refusal('foreign_number', `country code ${countryCode}`);
      const phone = Phone.safeParse(purePhoneNumber);
      if (!phone.success) throw new VendorUnavailable('wechat', 'gave a number of another shape');
      return { refused: false, phone: phone.data };
    },
  };
}

function refusalOf(errcode: number): Refusal {
  const code = refusalCodes.get(errcode);
  // Busy (-1), a wrong secret, an address that is not on their list: no word about this seller.
  if (!code) throw new VendorUnavailable('wechat', `answered ${errcode}`);
  return refusal(code, `errcode ${errcode}`);
}
