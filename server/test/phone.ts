import { setTimeout as sleep } from 'node:timers/promises';
import type { Sandbox } from '../src/sandbox';
import { call, upload, type Answer } from './request';
import type { World } from './world';

export type Phone = { token: string; userId: string };
type Reach = Pick<World, 'origin'> & { sandbox: Sandbox };

/** Logs in by a code that the SMS simulator received, and buys a membership that the payment simulator was paid for. */
export async function member(reach: Reach, phone: string): Promise<Phone> {
  const world = reach as World;
  expect((await call(world, 'POST', '/api/auth/send-code', { body: { phone } })).status).toBe(200);
  const code = reach.sandbox.sms.latestCode(phone);
  const session = await call(world, 'POST', '/api/auth/login', { body: { phone, code, wxCode: `phone${phone}.1` } });
  expect(session.status).toBe(200);
  const token = String(session.body.token);

  const body = { planId: 'monthly', channel: 'wechat_jsapi', wxCode: `phone${phone}.2` };
  const ordered = await call(world, 'POST', '/api/membership/orders', { token, body, key: `order-${phone}` });
  expect(ordered.status).toBe(201);
  const orderId = (ordered.body.order as { id: string }).id;
  await reach.sandbox.pay.pay(orderId);
  const confirmed = await call(world, 'POST', `/api/membership/orders/${orderId}/confirm`, { token });
  expect(confirmed.body.status).toBe('paid');

  return { token, userId: (session.body.user as { id: string }).id };
}

export const uploadPhoto = (reach: Reach, phone: Phone, bytes: Buffer): Promise<string> =>
  upload(reach as World, phone.token, bytes);

/** Posts a task as a phone does: the same key until an answer comes, however often the line breaks. */
export async function postTask(reach: Reach, phone: Phone, body: unknown, key: string): Promise<Answer> {
  for (let n = 0; n < 200; n += 1) {
    const answer = await call(reach as World, 'POST', '/api/tasks', { token: phone.token, body, key }).catch(
      () => null,
    );
    if (answer && answer.status < 500) return answer;
    await sleep(100 + Math.random() * 200);
  }
  throw new Error('the server did not come back');
}

export async function waitForAll(reach: Reach, phone: Phone, withinMs: number): Promise<Map<string, number>> {
  const until = Date.now() + withinMs;
  for (;;) {
    const counts = await countByStatus(reach, phone);
    const open = ['queued', 'submitting', 'running', 'saving'].reduce(
      (sum, status) => sum + (counts.get(status) ?? 0),
      0,
    );
    if (open === 0) return counts;
    if (Date.now() > until) throw new Error(`after ${withinMs} ms: ${JSON.stringify([...counts])}`);
    await sleep(1_000);
  }
}

async function countByStatus(reach: Reach, phone: Phone): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  let cursor: string | null = null;
  do {
    const page: Answer = await call(reach as World, 'GET', `/api/tasks?limit=50${cursor ? `&cursor=${cursor}` : ''}`, {
      token: phone.token,
    });
    expect(page.status).toBe(200);
    for (const { status } of page.body.items as { status: string }[]) counts.set(status, (counts.get(status) ?? 0) + 1);
    cursor = page.body.nextCursor as string | null;
  } while (cursor);
  return counts;
}
