import { setTimeout as sleep } from 'node:timers/promises';
import type { KeyObject } from 'node:crypto';
import { request } from 'undici';
import { clock, seconds, toMoment } from '../../lib/clock';
import { randomHex } from '../../lib/ids';
import { seal, signForMerchant, type Spoiling } from './signing';

/**
 * How notifications travel while this is set, retries included. `reorder` keeps one back until the next has gone; `corrupt` changes
 * the body after signing, `forge` signs with a stranger's key, `stale` signs with a time half an hour ago, `probe` sends SIGNTEST.
 */
export type NotificationMode =
  | { kind: 'deliver' | 'drop' | 'reorder' | 'corrupt' | 'forge' | 'stale' | 'probe' }
  | { kind: 'delay'; ms: number }
  | { kind: 'repeat'; times: number };

/** One try: `status` is the merchant's answer, null when none came (in 5 seconds) or nothing was sent. */
export type NotificationAttempt = {
  outTradeNo: string;
  eventType: string;
  at: number;
  mode: NotificationMode['kind'];
  status: number | null;
};

export type Notifications = {
  setMode(mode: NotificationMode): void;
  mode(): NotificationMode;
  /** Sends this order's payment now, once, whatever was sent before; answers the merchant's status. */
  resend(outTradeNo: string): Promise<number | null>;
  /** A stranger, with neither WeChat Pay's key nor the merchant's, claims that this order is paid. Answers the merchant's status. */
  forge(outTradeNo: string): Promise<number | null>;
  /** The last 200, newest first. */
  attempts(): readonly NotificationAttempt[];
  /** When nothing is being sent at this moment. Retries that wait for their time do not count. */
  idle(): Promise<void>;
  /** Forgets every retry that waits. */
  stop(): void;
};

/** What a notification tells of, before it is sealed. */
export type Parcel = {
  outTradeNo: string;
  url: string;
  eventType: string;
  originalType: 'transaction' | 'refund';
  summary: string;
  resource: Record<string, unknown>;
};

export type Notifier = Notifications & {
  /** Sends it, and again until the merchant has taken it. */
  announce(parcel: Parcel): void;
  /** Sends it now, once; answers the merchant's status. */
  send(parcel: Parcel): Promise<number | null>;
};

const attemptsMax = 200;
const answerMs = 5_000;

/** Waits before each retry, in seconds, as WeChat Pay documents them: 15 retries over a day. */
const ladder = [15, 15, 30, 180, 600, 1_200, 1_800, 1_800, 1_800, 3_600, 10_800, 10_800, 10_800, 21_600, 21_600];

const spoilings: Partial<Record<NotificationMode['kind'], Spoiling>> = {
  corrupt: 'tampered',
  forge: 'forged',
  stale: 'stale',
};

/** Whose serial the merchant sees, and the key behind it. */
export type Signer = { serial: string; privateKey: KeyObject };

/** Sends single tries, each in the mode it is given, and remembers them. */
function createSender(signer: () => Signer) {
  let attempts: NotificationAttempt[] = [];

  function note({ outTradeNo, eventType }: Parcel, mode: NotificationMode['kind'], status: number | null): void {
    attempts = [{ outTradeNo, eventType, at: clock.now(), mode, status }, ...attempts].slice(0, attemptsMax);
  }

  /** The merchant's status, the last one where it is sent several times. */
  async function attempt(parcel: Parcel, body: Buffer, mode: NotificationMode): Promise<number | null> {
    if (mode.kind === 'delay') await sleep(mode.ms);
    if (mode.kind === 'drop') {
      note(parcel, mode.kind, null);
      return null;
    }

    const times = mode.kind === 'repeat' ? mode.times : 1;
    let status: number | null = null;
    for (let sent = 0; sent < times; sent += 1) {
      const signed = signForMerchant(body, signer(), spoilings[mode.kind] ?? null);
      if (mode.kind === 'probe') signed.headers['Wechatpay-Signature'] = `WECHATPAY/SIGNTEST/${randomHex(128)}`;
      status = await post(parcel.url, signed);
      note(parcel, mode.kind, status);
    }
    return status;
  }

  return { attempt, attempts: () => attempts };
}

/** WeChat Pay's side of notifications. `ladderScale` 0.001 makes its 15 seconds 15 milliseconds. */
export function createNotifier(options: {
  apiV3Key: string;
  /** Asked for each message: the key may change from one to the next. */
  signer: () => Signer;
  ladderScale: number;
  /** Throws when the order is not paid. */
  paidParcel(outTradeNo: string): Parcel;
  /** The same claim, true or not. */
  forgedParcel(outTradeNo: string): Parcel;
}): Notifier {
  const { attempt, attempts } = createSender(options.signer);
  let mode: NotificationMode = { kind: 'deliver' };
  let heldBack: (() => Promise<void>) | null = null;
  const underWay = new Set<Promise<unknown>>();
  const retries = new Set<NodeJS.Timeout>();

  function track<T>(work: Promise<T>): Promise<T> {
    const tracked = work.finally(() => underWay.delete(tracked));
    underWay.add(tracked);
    return tracked;
  }

  async function deliver(parcel: Parcel, body: Buffer, step: number): Promise<void> {
    const status = await attempt(parcel, body, mode);
    if (status !== null && status >= 200 && status <= 299) return;

    const waitSeconds = ladder[step];
    if (waitSeconds === undefined) return;
    const climb = (): void => {
      retries.delete(retry);
      void track(deliver(parcel, body, step + 1));
    };
    const retry = setTimeout(climb, seconds(waitSeconds) * options.ladderScale);
    retry.unref();
    retries.add(retry);
  }

  const send = (parcel: Parcel): Promise<number | null> =>
    track(attempt(parcel, envelope(parcel, options.apiV3Key), mode));

  function announce(parcel: Parcel): void {
    const body = envelope(parcel, options.apiV3Key);
    const go = (): Promise<void> => deliver(parcel, body, 0);
    if (mode.kind === 'reorder' && heldBack === null) {
      heldBack = go;
      return;
    }

    const earlier = heldBack;
    heldBack = null;
    void track(go().then(() => earlier?.()));
  }

  return {
    announce,
    send,
    async resend(outTradeNo) {
      return send(options.paidParcel(outTradeNo));
    },
    async forge(outTradeNo) {
      const parcel = options.forgedParcel(outTradeNo);
      return track(attempt(parcel, envelope(parcel, randomHex(16)), { kind: 'forge' }));
    },
    setMode: (next) => {
      mode = next;
    },
    mode: () => mode,
    attempts,
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    stop() {
      for (const retry of retries) clearTimeout(retry);
      retries.clear();
      heldBack = null;
    },
  };
}

/** The body of a notification; its `id` stays the same over all retries. */
function envelope(parcel: Parcel, apiV3Key: string): Buffer {
  return Buffer.from(
    JSON.stringify({
      id: `EV-${randomHex(16)}`,
      create_time: toMoment(clock.now()),
      resource_type: 'encrypt-resource',
      event_type: parcel.eventType,
      summary: parcel.summary,
      resource: {
        original_type: parcel.originalType,
        ...seal(JSON.stringify(parcel.resource), apiV3Key, parcel.originalType),
      },
    }),
  );
}

/** The merchant's status, or null when no answer came in WeChat Pay's 5 seconds. */
async function post(url: string, message: { headers: Record<string, string>; body: Buffer }): Promise<number | null> {
  try {
    const response = await request(url, {
      method: 'POST',
      headers: { ...message.headers, 'content-type': 'application/json', 'user-agent': 'Mozilla/4.0' },
      body: message.body,
      signal: AbortSignal.timeout(answerMs),
    });
    await response.body.dump();
    return response.statusCode;
  } catch {
    return null;
  }
}
