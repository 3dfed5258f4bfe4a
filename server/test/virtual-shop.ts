import { randomBytes } from 'node:crypto';
import type { VirtualPayment } from '@suyi/shared-types';
import { clock, minutes } from '../src/lib/clock';
import { isRefusal } from '../src/lib/errors';
import { readBody } from '../src/sandbox/read-body';
import { listenOnLoopback } from '../src/sandbox/listen';
import { createWechatSimulator, type WechatSimulator } from '../src/sandbox/wechat/wechat';
import type { OrderRef, PaymentProvider, StartInput } from '../src/vendors/payment/port';
import { sharedAccessTokens } from '../src/vendors/wechat/access-token';
import type { PushMessage, WechatPushPort } from '../src/vendors/wechat/port';
import { wechatPushCipher } from '../src/vendors/wechat/push';
import { wechatApi } from '../src/vendors/wechat/wechat-api';
import { wechatVirtual, type WechatVirtualSettings } from '../src/vendors/wechat-virtual/wechat-virtual';

const account = { appid: 'wx0123456789abcdef', secret: 'contract-app-secret' };
const merchant = { offerId: '1450000001', appKey: 'contract-app-key', env: 0 as const };

export type Buyer = { openid: string; sessionKey: string };
export type PaidOrder = OrderRef & { payer: string };

export type VirtualShop = {
  vendor: WechatSimulator;
  /** Every call that WeChat was asked, as it came. Listening takes the body away from a call that is delayed. */
  asked: { path: string; body: string }[];
  push: WechatPushPort;
  /** Every push that could be opened, oldest first. */
  pushed: PushMessage[];
  /** What the shop answers to pushes. */
  answerPushes(status: number, text: string | ((message: PushMessage) => string)): void;
  provider(change?: Partial<WechatVirtualSettings>): PaymentProvider;
  logIn(person?: string): Promise<Buyer>;
  inputOf(buyer: { openid: string; sessionKey: string | null }, change?: Partial<StartInput>): StartInput;
  /** What the phone takes to pay this. */
  started(input: StartInput): Promise<VirtualPayment>;
  paidOrder(platform?: 'android' | 'ios'): Promise<PaidOrder>;
  stop(): Promise<void>;
};

/** A mini program that sells one item by virtual payment, with WeChat on the other side of the wire and an ear for its pushes. */
export async function openVirtualShop(): Promise<VirtualShop> {
  const push = { token: 'contractpushtoken', aesKey: randomBytes(32).toString('base64').slice(0, 43) };
  const ear = await listenForPushes(wechatPushCipher({ appid: account.appid, ...push }));
  const vendor = createWechatSimulator({
    ...account,
    virtual: { ...merchant, products: { suyi_monthly: 9_900 } },
    push: { ...push, url: `${ear.origin}/api/wechat/push`, ladderScale: 0.001 },
  });

  const asked: { path: string; body: string }[] = [];
  const answer = vendor.app.callback();
  const wechat = await listenOnLoopback((request, response) => {
    const call = { path: (request.url ?? '').split('?')[0] ?? '', body: '' };
    request.on('data', (part: Buffer) => (call.body += part.toString()));
    asked.push(call);
    void answer(request, response);
  });

  const apiBase = wechat.origin;
  const tokens = sharedAccessTokens({ ...account, apiBase });
  const provider = (change: Partial<WechatVirtualSettings> = {}): PaymentProvider =>
    wechatVirtual({ ...account, ...merchant, apiBase, products: { monthly: 'suyi_monthly' }, tokens, ...change });

  return {
    vendor,
    asked,
    ...ear,
    provider,
    ...buyersOf(vendor, apiBase, provider()),
    async stop() {
      vendor.push.stop();
      await vendor.push.idle();
      await Promise.all([ear.stop(), wechat.stop()]);
    },
  };
}

async function listenForPushes(push: WechatPushPort) {
  const pushed: PushMessage[] = [];
  let answer: { status: number; text: string | ((message: PushMessage) => string) } = { status: 200, text: 'success' };

  const listening = await listenOnLoopback((request, response) => {
    void readBody(request, 64 * 1_024).then((rawBody) => {
      const { search } = new URL(request.url ?? '', 'http://shop.invalid');
      const message = push.open(Object.fromEntries(new URLSearchParams(search)), rawBody ?? Buffer.alloc(0));
      pushed.push(message);
      response.writeHead(answer.status).end(typeof answer.text === 'string' ? answer.text : answer.text(message));
    });
  });
  const answerPushes: VirtualShop['answerPushes'] = (status, text) => {
    answer = { status, text };
  };
  return { push, pushed, answerPushes, ...listening };
}

function buyersOf(vendor: WechatSimulator, apiBase: string, provider: PaymentProvider) {
  const wechat = wechatApi({ ...account, apiBase });
  let made = 0;

  async function logIn(person = 'browser7f3a'): Promise<Buyer> {
    made += 1;
    const identity = await wechat.exchangeLoginCode(`${person}.${made}`);
    if (identity.refused) throw new Error(`the login was refused: ${identity.code}`);
    return identity;
  }

  function inputOf(buyer: { openid: string; sessionKey: string | null }, change: Partial<StartInput> = {}): StartInput {
    made += 1;
    return {
      outTradeNo: `ord_${String(made).padStart(24, '0')}`,
      payer: buyer.openid,
      totalFen: 9_900,
      planId: 'monthly',
      description: '素衣会员',
      expiresAt: clock.now() + minutes(30),
      handle: null,
      sessionKey: buyer.sessionKey,
      ...change,
    };
  }

  async function started(input: StartInput): Promise<VirtualPayment> {
    const answer = await provider.start(input);
    if (isRefusal(answer) || !('signData' in answer.payment)) throw new Error('there is nothing to pay');
    return answer.payment;
  }

  async function paidOrder(platform: 'android' | 'ios' = 'android'): Promise<PaidOrder> {
    const buyer = await logIn();
    const input = inputOf(buyer);
    await vendor.virtual.pay(await started(input), buyer.openid, platform);
    return { outTradeNo: input.outTradeNo, payer: buyer.openid, totalFen: 9_900 };
  }

  return { logIn, inputOf, started, paidOrder };
}
