import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Stop } from './stop.mjs';

const answerWithinMs = 60_000;
const taskWithinMs = 180_000;
const finalStatuses = ['succeeded', 'failed', 'cancelled'];

/** A seller's phone talking to the product at `base`: what the mini program does, over the same wire. */
export function createSeller(base) {
  let token = null;

  async function send(method, path, { body, headers = {} } = {}) {
    const url = new URL(path, base);
    try {
      return await fetch(url, {
        method,
        headers: {
          ...(token && url.origin === new URL(base).origin ? { authorization: `Bearer ${token}` } : {}),
          ...(body !== undefined && !(body instanceof FormData) ? { 'content-type': 'application/json' } : {}),
          ...headers,
        },
        body: body === undefined || body instanceof FormData ? body : JSON.stringify(body),
        signal: AbortSignal.timeout(answerWithinMs),
      });
    } catch {
      throw new Stop(`${url.origin} gave no answer to ${method} ${url.pathname}.`);
    }
  }

  /** The JSON of a good answer; the server's own sentence when it refuses. */
  async function ask(method, path, options) {
    const response = await send(method, path, options);
    const answer = await response.json().catch(() => null);
    if (response.ok) return answer;
    throw new Stop(answer?.detail ?? `${method} ${path} was answered with ${response.status}.`);
  }

  /** Goes on as a seller who logged in earlier. False when that login no longer holds. */
  async function resume(earlierToken) {
    token = earlierToken;
    const response = await send('GET', '/api/auth/me');
    if (!response.ok) token = null;
    return response.ok;
  }

  /** Logs in with an SMS code; the sandbox shows the code that would have been sent. */
  async function logIn(phone) {
    await ask('POST', '/api/auth/send-code', { body: { phone } });
    const code = await readCode(phone);
    const session = await ask('POST', '/api/auth/login', { body: { phone, code, wxCode: wxCodeOf(phone) } });
    token = session.token;
    return session.token;
  }

  async function readCode(phone) {
    const response = await send('GET', `/sandbox/sms/latest?phone=${phone}`);
    const sms = await response.json().catch(() => null);
    if (sms?.code) return String(sms.code);
    throw new Stop(`${base} does not run on the sandbox, so the demo cannot read its SMS codes or pay its orders.`);
  }

  /** How many uses this seller can spend now. */
  async function usesLeft() {
    const membership = await ask('GET', '/api/membership');
    return membership.isMember ? membership.quotaRemaining : 0;
  }

  /** Buys the first plan: order, payment at the sandbox cashier, confirmation. Resolves with the paid order. */
  async function buy(phone) {
    const { items } = await ask('GET', '/api/membership/plans');
    const { order } = await ask('POST', '/api/membership/orders', {
      headers: { 'idempotency-key': randomUUID() },
      body: { planId: items[0].id, channel: 'wechat_jsapi', wxCode: wxCodeOf(phone) },
    });
    await ask('POST', `/sandbox/orders/${order.id}/pay`);

    const settled = await ask('POST', `/api/membership/orders/${order.id}/confirm`);
    if (settled.status !== 'paid') throw new Stop(`The order was paid for, but is still "${settled.status}".`);
    return settled;
  }

  /** Uploads a picture the way `wx.uploadFile` does: one form, the ticket's fields before the file. Resolves with the media. */
  async function upload({ bytes, name, contentType }) {
    const ticket = await ask('POST', '/api/media/uploads', { body: { contentType, byteLength: bytes.length } });
    const form = new FormData();
    for (const [field, value] of Object.entries(ticket.upload.fields)) form.append(field, value);
    form.append(ticket.upload.fileField, new Blob([bytes], { type: contentType }), name);

    const sent = await send('POST', ticket.upload.url, { body: form });
    if (!sent.ok) {
      const problem = await sent.json().catch(() => null);
      throw new Stop(problem?.detail ?? `The upload was answered with ${sent.status}.`);
    }
    return ask('POST', `/api/media/uploads/${ticket.mediaId}/complete`);
  }

  /** Makes the white-background main image. Resolves with the task once it succeeded. */
  async function clean(mediaId) {
    const deadline = Date.now() + taskWithinMs;
    let task = await ask('POST', '/api/tasks', {
      headers: { 'idempotency-key': randomUUID(), prefer: 'wait=20' },
      body: { type: 'basic_clean', mediaId, params: {} },
    });

    for (let pauseMs = 500; !finalStatuses.includes(task.status); pauseMs = Math.min(pauseMs * 1.5, 5_000)) {
      if (Date.now() > deadline) throw new Stop(`The task ${task.id} is still "${task.status}" after three minutes.`);
      await sleep(pauseMs);
      task = await ask('GET', `/api/tasks/${task.id}`);
    }
    if (task.status !== 'succeeded') throw new Stop(task.errorReason ?? `The task ended as "${task.status}".`);
    return task;
  }

  /** The bytes of a task's main picture, and what the task says of it. */
  async function download(task) {
    const result = task.results.find(({ role }) => role === 'main');
    if (!result) throw new Stop(`The task ${task.id} succeeded without a main picture.`);

    const response = await send('GET', result.url);
    if (!response.ok) throw new Stop(`The picture was answered with ${response.status}.`);
    return { ...result, bytes: Buffer.from(await response.arrayBuffer()) };
  }

  return { resume, logIn, usesLeft, buy, upload, clean, download };
}

/** One phone is one WeChat user: the sandbox reads the person before the dot, and takes each code once. */
const wxCodeOf = (phone) => `demo${phone}.${randomUUID()}`;
