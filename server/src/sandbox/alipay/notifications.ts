import { setTimeout as sleep } from 'node:timers/promises';
import type { KeyObject } from 'node:crypto';
import { request } from 'undici';
import { clock, hours, minutes } from '../../lib/clock';
import { randomHex } from '../../lib/ids';
import { shanghaiText, signForm, type Params } from './signing';
import { refundedFenOf, yuanText, type SandboxTrade, type SandboxTradeRefund } from './trades';

/** How notifications travel while this is set, retries included. `corrupt` changes the form after signing, `forge` signs with a stranger's key. */
export type AlipayNotificationMode =
  | { kind: 'deliver' | 'drop' | 'corrupt' | 'forge' }
  | { kind: 'delay'; ms: number }
  | { kind: 'repeat'; times: number };

/** One try: `status` is the merchant's, null when no answer came or nothing was sent; `isTaken` that it was the word `success`. */
export type AlipayNotificationAttempt = {
  outTradeNo: string;
  at: number;
  mode: AlipayNotificationMode['kind'];
  status: number | null;
  isTaken: boolean;
};

export type AlipayNotifications = {
  setMode(mode: AlipayNotificationMode): void;
  mode(): AlipayNotificationMode;
  /** Tells of this trade as it stands now, once, whatever was sent before. */
  resend(outTradeNo: string): Promise<AlipayNotificationAttempt | null>;
  /** A stranger without Alipay's key claims that this trade is paid. */
  forge(outTradeNo: string): Promise<AlipayNotificationAttempt | null>;
  /** The last 200, newest first. */
  attempts(): readonly AlipayNotificationAttempt[];
  /** When nothing is being sent at this moment. Retries that wait for their time do not count. */
  idle(): Promise<void>;
  /** Forgets every retry that waits. */
  stop(): void;
};

/** What there is to tell: a trade, and the refund that made it news. */
export type AlipayNews = { trade: SandboxTrade; refund: SandboxTradeRefund | null };

export type AlipayNotifier = AlipayNotifications & { announce(news: AlipayNews): void };

const attemptsMax = 200;
const answerMs = 5_000;
const answerBytesMax = 1_000;

/** Waits before each retry, as Alipay documents them: seven retries over 25 hours. */
const ladderMs = [minutes(4), minutes(10), minutes(10), hours(1), hours(2), hours(6), hours(15)];

type Sender = { appId: string; sellerId: string; privateKey: KeyObject };

/** Alipay's side of notifications. `ladderScale` 0.001 makes its four minutes a quarter of a second. */
export function createAlipayNotifier(
  options: Sender & { ladderScale: number; newsOf(outTradeNo: string): AlipayNews },
): AlipayNotifier {
  let mode: AlipayNotificationMode = { kind: 'deliver' };
  let attempts: AlipayNotificationAttempt[] = [];
  const underWay = new Set<Promise<unknown>>();
  const retries = new Set<NodeJS.Timeout>();

  function track<T>(work: Promise<T>): Promise<T> {
    const tracked = work.finally(() => underWay.delete(tracked));
    underWay.add(tracked);
    return tracked;
  }

  /** The last of these tries where it is sent several times; null when the merchant gave no address. */
  async function attempt(news: AlipayNews, notifyId: string, how: AlipayNotificationMode) {
    const { notifyUrl, outTradeNo } = news.trade;
    if (notifyUrl === null) return null;
    if (how.kind === 'delay') await sleep(how.ms);

    const times = how.kind === 'repeat' ? how.times : how.kind === 'drop' ? 0 : 1;
    let last: AlipayNotificationAttempt = { outTradeNo, at: clock.now(), mode: how.kind, status: null, isTaken: false };
    if (times === 0) attempts = [last, ...attempts].slice(0, attemptsMax);
    for (let sent = 0; sent < times; sent += 1) {
      const form = signForm(formOf(news, notifyId, options), options.privateKey, how.kind === 'forge');
      const answer = await post(notifyUrl, how.kind === 'corrupt' ? { ...form, total_amount: '0.01' } : form);
      last = { ...last, at: clock.now(), ...answer };
      attempts = [last, ...attempts].slice(0, attemptsMax);
    }
    return last;
  }

  async function deliver(news: AlipayNews, notifyId: string, step: number): Promise<void> {
    const last = await attempt(news, notifyId, mode);
    const waitMs = ladderMs[step];
    if (last === null || last.isTaken || waitMs === undefined) return;

    const climb = (): void => {
      retries.delete(retry);
      void track(deliver(news, notifyId, step + 1));
    };
    const retry = setTimeout(climb, waitMs * options.ladderScale);
    retry.unref();
    retries.add(retry);
  }

  return {
    announce: (news) => void track(deliver(news, newNotifyId(), 0)),
    resend: async (outTradeNo) => track(attempt(options.newsOf(outTradeNo), newNotifyId(), mode)),
    async forge(outTradeNo) {
      const { trade } = options.newsOf(outTradeNo);
      const claimed: SandboxTrade = { ...trade, tradeStatus: 'TRADE_SUCCESS', paidAt: clock.now() };
      return track(attempt({ trade: claimed, refund: null }, newNotifyId(), { kind: 'forge' }));
    },
    setMode: (next) => {
      mode = next;
    },
    mode: () => mode,
    attempts: () => attempts,
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    stop() {
      for (const retry of retries) clearTimeout(retry);
      retries.clear();
    },
  };
}

/** The same on every retry of one piece of news. */
const newNotifyId = (): string => `${shanghaiText(clock.now()).slice(0, 10).replaceAll('-', '')}00222${randomHex(10)}`;

/** A trade as notifications tell it: `refund_fee` is all that was sent back so far, `out_biz_no` the refund that made it news. */
function formOf({ trade, refund }: AlipayNews, notifyId: string, { appId, sellerId }: Sender): Params {
  const refundedFen = refundedFenOf(trade);
  return {
    gmt_create: shanghaiText(trade.createdAt),
    charset: 'utf-8',
    seller_email: 'suyi@sandbox.com',
    subject: trade.subject,
    buyer_id: '2088000000000001',
    notify_id: notifyId,
    notify_type: 'trade_status_sync',
    trade_status: trade.tradeStatus,
    app_id: appId,
    auth_app_id: appId,
    seller_id: sellerId,
    notify_time: shanghaiText(clock.now()),
    version: '1.0',
    out_trade_no: trade.outTradeNo,
    total_amount: yuanText(trade.totalFen),
    trade_no: trade.tradeNo,
    buyer_logon_id: 'sui***@sandbox.com',
    ...(trade.paidAt === null ? {} : { gmt_payment: shanghaiText(trade.paidAt) }),
    ...(trade.closedAt === null ? {} : { gmt_close: shanghaiText(trade.closedAt) }),
    ...(refundedFen > 0 || trade.tradeStatus === 'TRADE_CLOSED' ? { refund_fee: yuanText(refundedFen) } : {}),
    ...(refund ? { out_biz_no: refund.outRequestNo, gmt_refund: `${shanghaiText(refund.at)}.000` } : {}),
  };
}

/** What the merchant answered in Alipay's patience; only the word `success` ends the retries. */
async function post(url: string, form: Params): Promise<Pick<AlipayNotificationAttempt, 'status' | 'isTaken'>> {
  try {
    const response = await request(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
        'user-agent': 'Mozilla/4.0',
      },
      body: new URLSearchParams(form).toString(),
      signal: AbortSignal.timeout(answerMs),
    });
    const text = (await response.body.text()).slice(0, answerBytesMax);
    return { status: response.statusCode, isTaken: response.statusCode === 200 && text.trim() === 'success' };
  } catch {
    return { status: null, isTaken: false };
  }
}
