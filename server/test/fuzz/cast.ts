import { inTransaction } from '../../src/db/transaction';
import { clock, minutes } from '../../src/lib/clock';
import { newId, randomHex } from '../../src/lib/ids';
import { Admin } from '../../src/modules/admin/models';
import { hashPassword } from '../../src/modules/admin/passwords';
import { audit, type Role } from '../../src/modules/admin/service';
import { makeSession } from '../../src/modules/admin/sessions';
import { blockUser } from '../../src/modules/auth/blocking';
import { sendCode } from '../../src/modules/auth/service';
import { createUpload, linkTo } from '../../src/modules/media/service';
import { Media } from '../../src/modules/media/models';
import { confirmOrder, createOrder } from '../../src/modules/payments/service';
import { succeed } from '../../src/modules/tasks/finish';
import { webhookUrlFor } from '../../src/modules/tasks/poses/webhook';
import { cancelTask, createTask, getTask, resumeType } from '../../src/modules/tasks/service';
import { moveTask } from '../../src/modules/tasks/states';
import { storage } from '../../src/vendors/storage/port';
import { makeMedia, makeSeller, newPhone, type Seller } from '../make';
import type { World } from '../world';

/** Who may ask. A forged token has the form of a good one; a stale one was good once. */
export const people = ['nobody', 'seller', 'other', 'blocked', 'owner', 'viewer', 'forged', 'junk'] as const;
export type Person = (typeof people)[number];

/** What the words in double braces stand for, such as `{{task}}`: ids and secrets of the first seller, where no other is named. */
export type Cast = { tokens: Record<Person, string | null>; words: Record<string, string> };

const adminPassword = 'fuzz-admin-password';
let passwordHash: string | null = null;
let serial = 0;

const wish = (): { key: string; requestHash: string } => ({ key: `cast-${randomHex(8)}`, requestHash: 'cast' });

/**
 * Sellers with something to lose, somebody else, and people of ours; of what they own only what the route at `path` may ask
 * for, because all of it takes a while. Pauses that an admin made are over.
 */
export async function makeCast(world: World, photo: Buffer, path: string): Promise<Cast> {
  for (const type of ['basic_clean', 'model_pose12'] as const) await inTransaction((tx) => resumeType(type, tx));
  serial += 1;
  const openid = world.sandbox.wechat.openidOf(`fuzz${serial}.0`);
  const own = await makeSeller({ uses: 40, openid });
  const other = await makeSeller({ uses: 2 });
  const blocked = await makeSeller({ uses: 2 });
  await inTransaction((tx) => blockUser(blocked.id, 'for the fuzzer', tx));

  const owner = await makeAdmin('owner');
  const viewer = await makeAdmin('viewer');
  const lapsed = await makeAdmin('viewer', { isLapsed: true });
  return {
    tokens: {
      nobody: null,
      seller: own.token,
      other: other.token,
      blocked: blocked.token,
      owner: owner.token,
      viewer: viewer.token,
      forged: `${own.token.split('.').slice(0, 2).join('.')}.${'A'.repeat(43)}`,
      junk: 'null',
    },
    words: {
      user: own.id,
      otherUser: other.id,
      username: viewer.username,
      ownName: owner.username,
      lapsedName: lapsed.username,
      password: adminPassword,
      audit: owner.entryId,
      ...(/media|task/.test(path) && (await picturesOf(own, photo))),
      ...(/task|webhook|tools|search/.test(path) && (await tasksOf(own, photo))),
      ...(/order|notify|search/.test(path) && (await ordersOf(world, own, openid))),
      ...(/auth\/(login|send)|search/.test(path) && (await loginOf(world))),
    },
  };
}

/** One who is lapsed is disabled, locked out, and has a second step. */
async function makeAdmin(
  role: Role,
  { isLapsed = false } = {},
): Promise<{ token: string; username: string; entryId: string }> {
  passwordHash ??= await hashPassword(adminPassword);
  const now = clock.now();
  const id = newId('adm');
  const lapsed = { totpSecret: 'A'.repeat(32), failures: 5, lockedUntil: now + minutes(15), disabledAt: now };
  const sound = { totpSecret: null, failures: 0, lockedUntil: null, disabledAt: null };
  const username = `fuzz-${id}`;
  await Admin.create({
    id,
    username,
    passwordHash,
    role,
    totpStep: 0,
    ...(isLapsed ? lapsed : sound),
    createdAt: now,
    updatedAt: now,
  });
  const by = { id, username, ip: '127.0.0.1', userAgent: 'fuzz', requestId: 'fuzz-cast' };
  const entry = { action: 'sign_in', subjectType: 'admin', subjectId: id };
  const entryId = await inTransaction((tx) => audit(by, entry, tx));
  return { token: (await inTransaction((tx) => makeSession(id, '127.0.0.1', tx))).token, username, entryId };
}

/** One that is ready, one that has a ticket alone, and one that was sent and not looked at yet. */
async function picturesOf(own: Seller, photo: Buffer): Promise<Record<string, string>> {
  const media = await makeMedia(own, photo);
  const { storageKey } = await Media.findByPk(media, { rejectOnEmpty: true });
  const link = new URL(linkTo(storageKey), 'http://any');
  const body = { contentType: 'image/jpeg', byteLength: photo.length };
  const waiting = await createUpload(own.id, body, wish());
  const sent = await createUpload(own.id, body, wish());
  const { storageKey: sentKey } = await Media.findByPk(sent.mediaId, { rejectOnEmpty: true });
  await storage.current.write(sentKey, photo, 'image/jpeg');
  const filesPath = '/api/media/files/';
  return {
    media,
    sentMedia: sent.mediaId,
    waitingMedia: waiting.mediaId,
    linkKey: link.pathname.slice(filesPath.length),
    ...Object.fromEntries([...link.searchParams].map(([name, value]) => [`link-${name}`, value])),
    ...Object.fromEntries(Object.entries(waiting.form.fields).map(([name, value]) => [`ticket-${name}`, value])),
  };
}

async function tasksOf(own: Seller, photo: Buffer): Promise<Record<string, string>> {
  const mediaId = await makeMedia(own, photo);
  const clean = { type: 'basic_clean', mediaId, params: { preset: 'main', hasShadow: false } } as const;
  const done = await createTask(own.id, clean, wish());
  for (const [from, to] of [
    ['queued', 'submitting'],
    ['submitting', 'running'],
    ['running', 'saving'],
  ] as const) {
    await moveTask({ id: done.id, from, to }, {});
  }
  const key = `result/${own.id}/${done.id}/main.jpg`;
  await storage.current.write(key, photo, 'image/jpeg');
  const picture = { width: 300, height: 400, byteLength: photo.length, contentType: 'image/jpeg' };
  await succeed(await getTask(own.id, done.id), {
    results: [{ key, role: 'main', ...picture }],
    measures: null,
    isWhole: true,
  });
  const waiting = await createTask(own.id, clean, wish());
  const cancelled = await createTask(own.id, { type: 'model_pose12', mediaId, params: posed }, wish());
  await cancelTask(own.id, cancelled.id);
  const webhook = webhookUrlFor(cancelled.id, 1).split('/').at(-1) ?? '';
  return { task: done.id, waitingTask: waiting.id, cancelledTask: cancelled.id, webhook };
}

const posed = { scene: 'studio', category: 'top', model: 'woman', body: 'average', shouldNotify: false } as const;

async function ordersOf(world: World, own: Seller, openid: string): Promise<Record<string, string>> {
  const buyer = { userId: own.id, openid };
  const body = { planId: 'monthly', channel: 'wechat_jsapi' } as const;
  const { order: paid } = await createOrder(buyer, body, wish());
  await world.sandbox.pay.pay(paid.id);
  await confirmOrder(own.id, paid.id);
  const { order: open } = await createOrder(buyer, body, wish());
  return { order: paid.id, openOrder: open.id };
}

async function loginOf(world: World): Promise<Record<string, string>> {
  const phone = newPhone();
  await sendCode({ phone, ip: '127.0.0.1' });
  return { phone, newPhone: newPhone(), code: world.sandbox.sms.latestCode(phone) ?? '' };
}

/** Puts in what the words stand for; `{{fresh}}` is another one each time. */
export function fillIn(text: string, cast: Cast): string {
  return text.replace(/\{\{([\w-]+)\}\}/g, (_whole, name: string) =>
    name === 'fresh' ? randomHex(8) : (cast.words[name] ?? `no_${name}`),
  );
}
