import { setTimeout as sleep } from 'node:timers/promises';
import { seconds } from '../../lib/clock';
import { AppError } from '../../lib/errors';
import { logger } from '../../lib/logger';
import { slot } from '../../lib/slot';
import { PushRejected, wechatPush, type PushMessage, type WechatPushPort } from '../../vendors/wechat/port';
import { noteOutcome, storeEvent } from './events';

/**
 * What a module does with one kind of message: a word for what came of it, and the answer where WeChat waits for one of its
 * own. It may come again, and twice at once. Throwing makes WeChat send it again.
 */
export type PushHandler = (
  message: PushMessage,
) => Promise<{ outcome: string; reply?: object; orderId?: string | null }>;

/** Who is told of which event. Filled by `main.ts`: this module knows none of the others. */
export const pushHandlers = slot<Readonly<Record<string, PushHandler>>>('push-handlers');

/** WeChat waits three seconds for the answer that it needs most. */
const answerWithinMs = seconds(2.5);
/** What WeChat takes for "received", in the plain, whatever the message was. */
const received = 'success';

/** WeChat looks whether the address is ours: the word to echo. Throws `notification_rejected`. */
export function answerPushCheck(query: Record<string, string | undefined>): string {
  const echo = pushPort().answerCheck(query);
  if (echo === null) throw new AppError('notification_rejected');
  return echo;
}

/**
 * Takes one message: opened, stored once, handed to whoever it concerns. What takes longer goes on behind the answer, which
 * then says that we have not finished, so that WeChat sends it again. Throws `notification_rejected` for what is not theirs.
 */
export async function receivePush(query: Record<string, string | undefined>, rawBody: Buffer): Promise<string> {
  const port = pushPort();
  const message = openOrReject(port, query, rawBody);
  const event = { source: 'wechat_push' as const, eventKey: message.key };
  await storeEvent({ ...event, eventType: message.event, body: rawBody });

  const handle = pushHandlers.current[message.event];
  if (!handle) {
    await noteOutcome(event, 'ignored');
    return received;
  }
  const handled = handle(message).then(async ({ outcome, reply, orderId }) => {
    await noteOutcome({ ...event, orderId }, outcome);
    return reply ? port.seal(reply, query.nonce) : received;
  });
  handled.catch((error: unknown) => logger.error({ event: message.event, err: error }, 'a push could not be handled'));
  const answer = await Promise.race([handled, sleep(answerWithinMs, null, { ref: false })]);
  if (answer === null) throw new AppError('service_unavailable');
  return answer;
}

function pushPort(): WechatPushPort {
  if (!wechatPush.current) throw new AppError('not_found');
  return wechatPush.current;
}

function openOrReject(port: WechatPushPort, query: Record<string, string | undefined>, rawBody: Buffer): PushMessage {
  try {
    return port.open(query, rawBody);
  } catch (error) {
    if (!(error instanceof PushRejected)) throw error;
    logger.warn({ reason: error.reason }, 'a push was rejected');
    throw new AppError('notification_rejected');
  }
}
