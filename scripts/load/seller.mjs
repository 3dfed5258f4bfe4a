import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refused } from './phone.mjs';

const finals = ['succeeded', 'failed', 'cancelled'];
const taskWithinMs = 15 * 60_000;

/**
 * One seller, who remembers all that the product told them: what was ordered, paid, made and shown. `run` lives through
 * visits until `isOver`; `closeBooks` looks at everything once more, for the audit.
 */
export function createSeller({ number, phone, sandbox, photos, figures, thinkMs, isOver }) {
  const phoneNumber = `136${String(10_000_000 + number)}`;
  const seen = {
    phoneNumber,
    userId: null,
    orders: new Map(),
    tasks: new Map(),
    history: [],
    statement: [],
    membership: null,
  };
  const { ask } = phone;
  const chance = (share) => Math.random() < share;
  const think = (share = 1) => sleep(thinkMs * share * (0.5 + Math.random()));

  async function logIn() {
    for (;;) {
      await askForCode();
      const code = sandbox.sms.latestCode(phoneNumber);
      const wxCode = `load${number}.${randomUUID()}`;
      try {
        const session = await ask('log in', 'POST', '/api/auth/login', { body: { phone: phoneNumber, code, wxCode } });
        phone.signIn(session.token);
        seen.userId = session.user.id;
        return;
      } catch (error) {
        // The answer to an earlier try was lost with its process: the code is spent, and there is another one.
        if (!(error instanceof Refused) || !/^code_/.test(error.code)) throw error;
        phone.signIn(null);
      }
    }
  }

  async function askForCode() {
    for (;;) {
      try {
        return void (await ask('send code', 'POST', '/api/auth/send-code', { body: { phone: phoneNumber } }));
      } catch (error) {
        if (error.code !== 'code_too_often') throw error;
        await sleep((error.retryAfterSeconds ?? 15) * 1_000);
      }
    }
  }

  async function buy() {
    const key = randomUUID();
    const body = { planId: 'monthly', channel: 'wechat_jsapi' };
    const { order, payment } = await ask('order', 'POST', '/api/membership/orders', { body, key });
    seen.orders.set(order.id, order.status);
    if (payment) await sandbox.pay.pay(order.id);
    for (let n = 0; ; n += 1) {
      const stands = await ask('confirm', 'POST', `/api/membership/orders/${order.id}/confirm`);
      seen.orders.set(order.id, stands.status);
      if (stands.status === 'paid') return;
      if (n === 20) return figures.surprise(`order ${order.id} was paid for and is ${stands.status}`);
      await sleep(1_000);
    }
  }

  async function upload(photo) {
    const wish = { contentType: 'image/jpeg', byteLength: photo.length };
    const ticket = await ask('upload ticket', 'POST', '/api/media/uploads', { body: wish, key: randomUUID() });
    const form = () => {
      const made = new FormData();
      for (const [name, value] of Object.entries(ticket.upload.fields)) made.append(name, value);
      made.append(ticket.upload.fileField, new Blob([photo], { type: 'image/jpeg' }), 'photo.jpg');
      return made;
    };
    await ask('upload', 'POST', ticket.upload.url, { form });
    const media = await ask('upload done', 'POST', `/api/media/uploads/${ticket.mediaId}/complete`);
    if (media.byteLength !== photo.length)
      figures.surprise(`${media.id} has ${media.byteLength} bytes, not ${photo.length}`);
    return media.id;
  }

  /** Orders a task and stays until it ends; what the last answer said is what this seller knows of it. */
  async function make(name, body, prefer) {
    const startedAt = performance.now();
    const options = { body, key: randomUUID(), prefer };
    let task = await ask(`order ${name}`, 'POST', '/api/tasks', options);
    seen.tasks.set(task.id, task);
    const deadline = Date.now() + taskWithinMs;
    for (let pauseMs = 1_000; !finals.includes(task.status); pauseMs = Math.min(pauseMs * 1.4, 6_000)) {
      if (Date.now() > deadline) {
        figures.surprise(`task ${task.id} is still ${task.status} after a quarter of an hour`);
        return task;
      }
      await sleep(pauseMs);
      task = await ask('poll', 'GET', `/api/tasks/${task.id}`);
      seen.tasks.set(task.id, task);
    }
    figures.waited(`${name}, order to end`, performance.now() - startedAt);
    return task;
  }

  async function look(task) {
    for (const result of task.results) {
      const bytes = await ask('download', 'GET', result.url);
      const isWhole = bytes.length === result.byteLength && bytes.readUInt16BE(0) === 0xffd8;
      if (!isWhole) figures.surprise(`a picture of ${task.id} came as ${bytes.length} bytes of ${result.byteLength}`);
    }
  }

  async function clean() {
    const mediaId = await upload(photos[Math.floor(Math.random() * photos.length)]);
    await think(0.1);
    const params = { preset: chance(0.5) ? 'main' : 'taobao_white' };
    const task = await make('clean', { type: 'basic_clean', mediaId, params }, 'wait=10');
    if (task.status === 'succeeded') await look(task);
    return mediaId;
  }

  async function pose(mediaId) {
    const task = await make('poses', { type: 'model_pose12', mediaId, params: { scene: 'cafe' } });
    if (task.status === 'succeeded') await look({ ...task, results: task.results.slice(0, 3) });
  }

  /** Ordered by mistake: taken back while it waits, where it still does. */
  async function change(mediaId) {
    const body = { type: 'model_pose12', mediaId, params: {} };
    const task = await ask('order poses', 'POST', '/api/tasks', { body, key: randomUUID() });
    seen.tasks.set(task.id, task);
    try {
      seen.tasks.set(task.id, await ask('cancel', 'POST', `/api/tasks/${task.id}/cancel`));
    } catch (error) {
      if (error.code !== 'task_not_cancellable') throw error;
      seen.tasks.set(task.id, await ask('poll', 'GET', `/api/tasks/${task.id}`));
    }
  }

  /** All pages of a list, or the first few of them. Newest first, and nothing twice. */
  async function pages(step, path, pagesMax) {
    const items = [];
    let cursor = null;
    for (let n = 0; n < pagesMax; n += 1) {
      const page = await ask(step, 'GET', `${path}?limit=20${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
      items.push(...page.items);
      cursor = page.nextCursor;
      if (!cursor) break;
    }
    const ids = items.map(({ id }) => id);
    if (new Set(ids).size !== ids.length) figures.surprise(`${path} showed ${phoneNumber} something twice`);
    return items;
  }

  async function visit() {
    const membership = await ask('membership', 'GET', '/api/membership');
    await ask('tools', 'GET', '/api/tools');
    if (membership.quotaRemaining < 3) await buy();
    const mediaId = await clean();
    if (chance(0.08)) await pose(mediaId);
    if (chance(0.04)) await change(mediaId);
    if (chance(0.4)) await pages('history page', '/api/tasks', 10);
    if (chance(0.2)) await pages('statement page', '/api/quota/entries', 10);
    if (chance(0.02)) {
      await ask('log out', 'POST', '/api/auth/logout').catch((error) => {
        if (error.code !== 'token_revoked') throw error; // Done by the try whose answer was lost.
      });
      phone.signIn(null);
      await logIn();
    }
  }

  /** A seller whom the product refused something says so, and comes back. */
  async function safely(work) {
    await work().catch((error) =>
      figures.surprise(`${phoneNumber}: ${error instanceof Refused ? error.message : error.stack}`),
    );
  }

  async function run() {
    await think(Math.random());
    await safely(logIn);
    while (!isOver()) {
      await safely(visit);
      await think();
    }
  }

  async function closeBooks() {
    await safely(async () => {
      for (const [id, task] of seen.tasks) {
        for (let n = 0; n < 300 && !finals.includes(seen.tasks.get(id).status); n += 1) {
          if (n > 0 || task !== seen.tasks.get(id)) await sleep(2_000);
          seen.tasks.set(id, await ask('poll', 'GET', `/api/tasks/${id}`));
        }
      }
      seen.history = await pages('history page', '/api/tasks', 10_000);
      seen.statement = await pages('statement page', '/api/quota/entries', 10_000);
      seen.membership = await ask('membership', 'GET', '/api/membership');
    });
  }

  return { seen, run, closeBooks };
}
