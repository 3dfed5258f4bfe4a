import type { Router, RouterContext } from '@koa/router';
import { VirtualPayment } from '@suyi/shared-types';
import { z } from 'zod';
import { amountOf, answerDeed, bodyOf } from './deeds';
import type { WechatSimulator } from '../wechat/wechat';
import type { WechatPaySimulator } from '../wechat-pay/wechat-pay';

/** What `wx.requestVirtualPayment` was given, and by whose phone: named by openid or by a login code of theirs. */
const PhoneCall = z.strictObject({
  payment: VirtualPayment,
  openid: z.string().min(1).max(64).optional(),
  wxCode: z.string().min(1).max(128).optional(),
  platform: z.enum(['android', 'ios']).default('android'),
});

/** Refunds of WeChat Pay, which come from our server or from the console, and how they end. */
export function addRefunds(router: Router, pay: WechatPaySimulator): void {
  function answer(ctx: RouterContext, act: (outRefundNo: string) => unknown): Promise<void> {
    const outRefundNo = ctx.params.outRefundNo ?? '';
    return answerDeed(ctx, {
      act: () => act(outRefundNo),
      show() {
        const refund = pay.refunds.find(outRefundNo);
        return refund && { refund };
      },
    });
  }

  router.post('/orders/:outTradeNo/refund', (ctx) => {
    const outTradeNo = ctx.params.outTradeNo ?? '';
    const find = () => pay.find(outTradeNo);
    return answerDeed(ctx, {
      async act() {
        const fen = await amountOf(ctx);
        const order = find();
        pay.refunds.atConsole(outTradeNo, fen ?? (order ? order.totalFen - order.refundedFen : 0));
      },
      show() {
        const order = find();
        return order && { order, refunds: pay.refunds.list().filter((refund) => refund.outTradeNo === outTradeNo) };
      },
    });
  });
  router.post('/refunds/:outRefundNo/succeed', (ctx) => answer(ctx, (no) => pay.refunds.end(no, 'SUCCESS')));
  router.post('/refunds/:outRefundNo/fail', (ctx) => answer(ctx, (no) => pay.refunds.end(no, 'ABNORMAL')));
  router.post('/refunds/:outRefundNo/close', (ctx) => answer(ctx, (no) => pay.refunds.end(no, 'CLOSED')));
  router.post('/refunds/:outRefundNo/notify', (ctx) => answer(ctx, (no) => pay.refunds.resend(no)));
}

/** Virtual payment: the phone's side of it, which no browser has, and what can be done with an order besides. */
export function addVirtual(router: Router, wechat: WechatSimulator): void {
  const { virtual } = wechat;

  async function call(ctx: RouterContext, deed: 'open' | 'pay'): Promise<void> {
    const asked = PhoneCall.safeParse(await bodyOf(ctx));
    const openid = asked.data?.openid ?? (asked.data?.wxCode && wechat.openidOf(asked.data.wxCode));
    if (!asked.success || !openid) {
      ctx.status = 400;
      ctx.body = { error: '要有 payment，以及 openid 或 wxCode' };
      return;
    }
    const { payment, platform } = asked.data;
    let outTradeNo: string | null = null;
    await answerDeed(ctx, {
      act: async () => ({ outTradeNo } = await virtual[deed](payment, openid, platform)),
      show: () => ({ order: outTradeNo === null ? null : virtual.find(outTradeNo) }),
    });
  }

  function answer(ctx: RouterContext, act: (outTradeNo: string) => unknown): Promise<void> {
    const outTradeNo = ctx.params.outTradeNo ?? '';
    return answerDeed(ctx, {
      act: () => act(outTradeNo),
      show() {
        const order = virtual.find(outTradeNo);
        return order && { order, refunds: virtual.refundsOf(outTradeNo) };
      },
    });
  }
  const endRefunds = (outTradeNo: string, state: 'done' | 'failed'): void => {
    const running = virtual.refundsOf(outTradeNo).filter((refund) => refund.state === 'running');
    for (const { refundNo } of running) virtual.finishRefund(refundNo, state);
  };

  router.post('/virtual/open', (ctx) => call(ctx, 'open'));
  router.post('/virtual/pay', (ctx) => call(ctx, 'pay'));
  router.post('/virtual/orders/:outTradeNo/pay', (ctx) => answer(ctx, (no) => virtual.payOpened(no)));
  router.post('/virtual/orders/:outTradeNo/close', (ctx) => answer(ctx, (no) => virtual.close(no)));
  router.post('/virtual/orders/:outTradeNo/notify', (ctx) => answer(ctx, (no) => virtual.resend(no)));
  router.post('/virtual/orders/:outTradeNo/forge', (ctx) => answer(ctx, (no) => virtual.forge(no)));
  router.post('/virtual/orders/:outTradeNo/make-refunds', (ctx) => answer(ctx, (no) => endRefunds(no, 'done')));
  router.post('/virtual/orders/:outTradeNo/fail-refunds', (ctx) => answer(ctx, (no) => endRefunds(no, 'failed')));
  router.post('/virtual/orders/:outTradeNo/apple-refund', (ctx) => answer(ctx, (no) => virtual.refundByApple(no)));
  router.post('/virtual/orders/:outTradeNo/apple-ask', (ctx) => answer(ctx, (no) => virtual.askAppleRefund(no)));
  router.post('/virtual/orders/:outTradeNo/refund', (ctx) =>
    answer(ctx, async (outTradeNo) => {
      const fen = await amountOf(ctx);
      virtual.refundAtConsole(outTradeNo, fen ?? virtual.find(outTradeNo)?.leftFen ?? 0);
    }),
  );
}

/** WeChat's numbers for what a person takes back: the phone number, and the pictures they chose. */
const revokeInfos = { phone: '8', pictures: '14' } as const;

/** What a person does in WeChat's settings, which it tells our server of. */
export function addPeople(router: Router, wechat: WechatSimulator): void {
  async function answer(ctx: RouterContext, event: string, body: Record<string, unknown>): Promise<void> {
    const OpenID = ctx.params.openid ?? '';
    let isAccepted = false;
    await answerDeed(ctx, {
      act: async () => ({ isAccepted } = await wechat.sendEvent(event, { OpenID, ...body })),
      show: () => ({ isAccepted }),
    });
  }
  const revoke = 'user_authorization_revoke';

  router.post('/wechat/people/:openid/revoke-phone', (ctx) => answer(ctx, revoke, { RevokeInfo: revokeInfos.phone }));
  router.post('/wechat/people/:openid/revoke-pictures', (ctx) =>
    answer(ctx, revoke, { RevokeInfo: revokeInfos.pictures }),
  );
  router.post('/wechat/people/:openid/agree', (ctx) =>
    answerDeed(ctx, {
      act: () => wechat.subscriptions.agree(ctx.params.openid ?? ''),
      show: () => ({ isAccepted: true }),
    }),
  );
  router.post('/wechat/people/:openid/cancel', (ctx) => answer(ctx, 'user_authorization_cancellation', {}));
}
