import type { Router, RouterContext } from '@koa/router';
import type { AlipaySimulator } from '../alipay/alipay';
import { renderAlipayCashier } from '../alipay/page';
import { refundedFenOf } from '../alipay/trades';
import { renderMissing } from './page-cashier';
import { returnAddress } from './return-address';
import { amountOf, answerDeed, single } from './deeds';

/** Alipay's cashier, and what can be done with a trade besides. */
export function addAlipay(router: Router, alipay: AlipaySimulator, publicUrl: string): void {
  const backOf = (outTradeNo: string): string => returnAddress(alipay.wayBack(outTradeNo) ?? undefined, publicUrl);

  function answer(ctx: RouterContext, act: (outTradeNo: string) => unknown, isAtCashier = false): Promise<void> {
    const outTradeNo = ctx.params.outTradeNo ?? '';
    return answerDeed(ctx, {
      act: () => act(outTradeNo),
      show() {
        const trade = alipay.find(outTradeNo);
        return trade && { trade, next: backOf(outTradeNo) };
      },
      next: () => (isAtCashier && alipay.find(outTradeNo) ? backOf(outTradeNo) : '/sandbox'),
    });
  }

  router.get('/alipay', (ctx) => {
    const trade = alipay.findByTradeNo(single(ctx.query.trade) ?? '');
    ctx.type = 'html';
    ctx.status = trade ? 200 : 404;
    ctx.body = (trade ? renderAlipayCashier(trade, backOf(trade.outTradeNo)) : renderMissing('/')).text;
  });
  router.post('/alipay/trades/:outTradeNo/pay', (ctx) => answer(ctx, (no) => payOnce(alipay, no), true));
  router.post('/alipay/trades/:outTradeNo/leave', (ctx) => answer(ctx, () => undefined, true));
  router.post('/alipay/trades/:outTradeNo/notify', (ctx) => answer(ctx, (no) => alipay.notifications.resend(no)));
  router.post('/alipay/trades/:outTradeNo/forge', (ctx) => answer(ctx, (no) => alipay.notifications.forge(no)));
  router.post('/alipay/trades/:outTradeNo/finish', (ctx) => answer(ctx, (no) => alipay.finish(no)));
  router.post('/alipay/trades/:outTradeNo/make-refund', (ctx) => answer(ctx, (no) => alipay.makeWaitingRefund(no)));
  router.post('/alipay/trades/:outTradeNo/refund', (ctx) =>
    answer(ctx, async (outTradeNo) => {
      const fen = await amountOf(ctx);
      const trade = alipay.find(outTradeNo);
      alipay.refundAtConsole(outTradeNo, fen ?? (trade ? trade.totalFen - refundedFenOf(trade) : 0));
    }),
  );
}

/** A second press of the button is the same payment. */
function payOnce(alipay: AlipaySimulator, outTradeNo: string): unknown {
  return alipay.find(outTradeNo)?.tradeStatus === 'TRADE_SUCCESS' ? undefined : alipay.pay(outTradeNo);
}
