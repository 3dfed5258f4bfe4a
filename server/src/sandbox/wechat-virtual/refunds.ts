import { seconds } from '../../lib/clock';
import type { PushAnswer, WechatPushes } from '../wechat/push';
import { digits, getOrder, type VirtualBook, type VirtualOrder, type VirtualRefund } from './orders';
import { inquiryPush, refundPush } from './pushes';

/** How refunds go: done at once, when somebody says so, or not at all. */
export type VirtualRefundMode = 'at_once' | 'later' | 'fail';

export type VirtualRefundDesk = {
  setRefundMode(mode: VirtualRefundMode): void;
  refundMode(): VirtualRefundMode;
  refundsOf(outTradeNo: string): VirtualRefund[];
  /** Sees through a refund that waits, in the mode `later`. */
  finishRefund(refundNo: string, state?: 'done' | 'failed'): VirtualRefund;
  /** An operator sends money back at WeChat's console, without a word to our server before. */
  refundAtConsole(outTradeNo: string, refundFen: number): VirtualRefund;
  /** Apple sends the money back on its own. */
  refundByApple(outTradeNo: string): VirtualOrder;
  /** Apple asks what we think of a refund: three times, three seconds each. What our server answered, opened. */
  askAppleRefund(outTradeNo: string): Promise<PushAnswer>;
};

const inquiries = { times: 3, answerMs: seconds(3) };

/** Everything by which money goes back. `take` is for a refund that the server has just asked for. */
export function createRefundDesk(
  book: VirtualBook,
  pushes: WechatPushes,
): VirtualRefundDesk & { take(refund: VirtualRefund): void } {
  let mode: VirtualRefundMode = 'at_once';

  function end(refundNo: string, state: 'done' | 'failed', isNumbered = true): VirtualRefund {
    const ended = book.endRefund(refundNo, state);
    void pushes.send(refundPush(ended, getOrder(book, ended.outTradeNo), isNumbered));
    return ended;
  }

  function refundUnasked(outTradeNo: string, refundFen: number, isNumbered: boolean): VirtualRefund {
    const { leftFen, paidAt } = getOrder(book, outTradeNo);
    if (paidAt === null || refundFen < 1 || refundFen > leftFen) throw new Error('so much is not left of this order');
    const { refundNo } = book.addRefund({ refundNo: `WX${digits(20)}`, outTradeNo, refundFen, meta: '' });
    return end(refundNo, 'done', isNumbered);
  }

  function getApples(outTradeNo: string): VirtualOrder {
    const order = getOrder(book, outTradeNo);
    if (order.platform !== 'ios' || order.paidAt === null) throw new Error('Apple was not paid for this order');
    return order;
  }

  return {
    take(refund) {
      if (mode !== 'later') end(refund.refundNo, mode === 'fail' ? 'failed' : 'done');
    },
    setRefundMode: (next) => {
      mode = next;
    },
    refundMode: () => mode,
    refundsOf: (outTradeNo) => book.refundsOf(outTradeNo),
    finishRefund: (refundNo, state = 'done') => end(refundNo, state),
    refundAtConsole: (outTradeNo, refundFen) => refundUnasked(outTradeNo, refundFen, true),
    refundByApple(outTradeNo) {
      refundUnasked(outTradeNo, getApples(outTradeNo).leftFen, false);
      return getApples(outTradeNo);
    },
    async askAppleRefund(outTradeNo) {
      const inquiry = inquiryPush(getApples(outTradeNo));
      let answer: PushAnswer = { status: null, body: null, isAccepted: false };
      for (let asked = 0; asked < inquiries.times && !hasAnswered(answer); asked += 1) {
        answer = await pushes.attempt(inquiry, { kind: 'deliver' }, inquiries.answerMs);
      }
      return answer;
    },
  };
}

const hasAnswered = ({ body }: PushAnswer): boolean =>
  typeof body === 'object' && body !== null && 'result_code' in body;
