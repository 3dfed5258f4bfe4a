import { z } from 'zod';
import type { JsapiPayment } from '@suyi/shared-types';
import { assert } from '../../lib/assert';
import { clock } from '../../lib/clock';
import { refusal } from '../../lib/errors';
import { randomHex } from '../../lib/ids';
import { vendorHttp, type VendorHttp } from '../http';
import type { PaymentProvider, Started, StartInput } from '../payment/port';
import { refusalCode, unusable } from './answers';
import { fetchBill } from './bill';
import { certificatesPath, fetchCertificates } from './certificates';
import { readNotification } from './notification';
import { certificateKeys, eitherOf, publicKeyOnly } from './platform-keys';
import { refundCalls } from './refunds';
import { SignedCalls, verifiedAnswers, type Merchant } from './signed-calls';
import { payeeOf, paymentView, Transaction } from './transaction';
import type { FindKey } from './verify';

export type WechatPaySettings = Merchant & {
  apiBase: string;
  /** 32 bytes. */
  apiV3Key: string;
  /** Where payments and refunds are told of: public https without a query. */
  notifyUrl: string;
  /** Public-key mode: `PUB_KEY_ID_…` and its PEM. Without them, platform certificates are fetched. */
  publicKeyId?: string;
  publicKeyPem?: string;
  /** For a merchant who is moving from certificates to the public key: WeChat Pay signs with either for some days. */
  acceptCertificates?: boolean;
};

const notFound = new Set(['ORDER_NOT_EXIST', 'ORDERNOTEXIST']);
const paid = new Set(['ORDER_PAID', 'ORDERPAID']);
const closed = new Set(['ORDER_CLOSED', 'ORDERCLOSED', ...notFound]);

/** What the package makes of a prepay answer: payment parameters, of which we keep the id and sign afresh for every attempt to pay. */
const Prepaid = z.object({ package: z.string().regex(/^prepay_id=.{1,64}$/) });

/** WeChat Pay's API v3 for one direct merchant. */
export function wechatPayV3(settings: WechatPaySettings): PaymentProvider {
  assert(Buffer.byteLength(settings.apiV3Key) === 32, 'the APIv3 key has 32 bytes');
  assert(!settings.publicKeyId === !settings.publicKeyPem, 'the public key and its id come together');

  const http = vendorHttp('wechat-pay', settings.apiBase);
  const pay = new SignedCalls(settings);
  const findKey = keysOf(settings, http, pay);
  pay.createHttp(verifiedAnswers(http, findKey, settings.publicKeyId ?? null));

  return {
    channel: 'wechat_jsapi',
    payee: payeeOf(settings),
    goodsOf: () => null,

    async start(input) {
      const started = (prepayId: string): Started => ({
        refused: false,
        handle: prepayId,
        payment: paymentParams(pay, settings.appid, prepayId),
      });
      if (input.handle !== null) return started(input.handle);

      const answer = await pay.transactions_jsapi(prepayBody(input, settings.notifyUrl));
      if (answer.status !== 200) return refusal(refusalCode(answer), `prepay was answered ${answer.status}`);

      const prepaid = Prepaid.safeParse(answer.data);
      if (!prepaid.success) throw unusable('answered prepay in another shape', prepaid.error);
      return started(prepaid.data.package.slice('prepay_id='.length));
    },

    async query({ outTradeNo }) {
      const answer = await pay.query({ out_trade_no: encodeURIComponent(outTradeNo) });
      if (answer.status !== 200) {
        const code = refusalCode(answer);
        if (answer.status === 404 && notFound.has(code)) return null;
        throw unusable(`refused a query: ${answer.status} ${code}`);
      }

      const parsed = Transaction.safeParse(answer.data);
      if (!parsed.success) throw unusable('answered a query in another shape', parsed.error);
      const isOurs = parsed.data.out_trade_no === outTradeNo && parsed.data.mchid === settings.mchid;
      // The signature does not cover the question: a genuine answer about another order must not pass for this one's.
      if (!isOurs) throw unusable('answered a query with another order');
      return paymentView(parsed.data);
    },

    async close({ outTradeNo }) {
      const answer = await pay.close(encodeURIComponent(outTradeNo));
      if (answer.status === 204 || answer.status === 200) return 'closed';

      const code = refusalCode(answer);
      if (paid.has(code)) return 'paid';
      if (closed.has(code)) return 'closed';
      throw unusable(`refused to close: ${answer.status} ${code}`);
    },

    ...refundCalls(pay, settings.notifyUrl),
    readNotification: (input) => readNotification(input, findKey, settings),
    bill: (day) => fetchBill({ http, pay, apiBase: settings.apiBase, appid: settings.appid }, day),
    tellDelivered: null,
  };
}

function keysOf(settings: WechatPaySettings, http: VendorHttp, pay: SignedCalls): FindKey {
  const byCertificate = certificateKeys(() =>
    fetchCertificates({
      http,
      authorization: pay.authorizationFor('GET', certificatesPath),
      apiV3Key: settings.apiV3Key,
    }),
  );
  if (!settings.publicKeyId || !settings.publicKeyPem) return byCertificate;

  const byPublicKey = publicKeyOnly(settings.publicKeyId, settings.publicKeyPem);
  return settings.acceptCertificates ? eitherOf(byPublicKey, byCertificate) : byPublicKey;
}

function prepayBody(input: StartInput, notifyUrl: string) {
  assert(input.payer !== null, 'an order at WeChat Pay names who pays');
  return {
    description: input.description,
    out_trade_no: input.outTradeNo,
    time_expire: shanghaiTime(input.expiresAt),
    notify_url: notifyUrl,
    amount: { total: input.totalFen, currency: 'CNY' },
    payer: { openid: input.payer },
  };
}

/** Signs what `wx.requestPayment` takes, afresh for every attempt to pay. No network. */
function paymentParams(pay: SignedCalls, appid: string, prepayId: string): JsapiPayment {
  const timeStamp = String(Math.floor(clock.now() / 1_000));
  const nonceStr = randomHex(16);
  const words = `prepay_id=${prepayId}`;
  const paySign = pay.sha256WithRsa(`${appid}\n${timeStamp}\n${nonceStr}\n${words}\n`);
  return { timeStamp, nonceStr, package: words, signType: 'RSA', paySign };
}

/** RFC 3339 as their examples write it: whole seconds, +08:00. The same moment is always the same text, which a repeat needs. */
function shanghaiTime(ms: number): string {
  return `${new Date(ms + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`;
}
