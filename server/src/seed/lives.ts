import { assert } from '../lib/assert';
import { days, hours, minutes } from '../lib/clock';
import { idFloor } from '../lib/ids';
import { findPlan } from '../modules/membership/service';
import { clearExpired, move, moveEnd, openBook, type Book } from './book';
import { happenings, orderOutcomes, payingMs, type Calendar } from './calendar';
import type { Chance } from './chance';
import { makeTaskRow } from './task-rows';
import type { SeedWriter } from './writer';

type World = { calendar: Calendar; untilMs: number; chance: Chance; writer: SeedWriter };
type Seller = { id: string; openid: string | null; book: Book };

const plan = findPlan('monthly');

/** Lets everything of the calendar happen, in the order of time, and writes the rows of it. */
export async function liveThrough(world: World, onProgress: (at: number) => void): Promise<void> {
  const sellers: Seller[] = [];
  for (const { what, place, at } of happenings(world.calendar)) {
    if (what === 'join') {
      sellers.push(join(world, place, at));
      continue;
    }
    const user = what === 'order' ? world.calendar.orders.user[place] : world.calendar.tasks.user[place];
    const seller = sellers[user ?? -1];
    assert(seller, 'who orders or makes something has joined before');
    if (what === 'order') order(world, seller, place, at);
    else task(world, seller, at);

    if (!world.writer.isFull) continue;
    await world.writer.flush();
    onProgress(at);
  }
  for (const [place, seller] of sellers.entries()) {
    closeBook(world, seller);
    if (place % 1_000 === 999) await world.writer.flush();
  }
  await world.writer.flush();
}

const makeId = (chance: Chance, prefix: string, at: number): string => idFloor(prefix, at) + chance.letters(15);

const entryWriter = ({ chance, writer }: World) => ({
  newId: (prefix: 'qen', at: number) => makeId(chance, prefix, at),
  write: (entry: Parameters<SeedWriter['add']>[1]) => writer.add('quota_entries', entry),
});

function join({ calendar, chance, writer }: World, place: number, at: number): Seller {
  const id = makeId(chance, 'usr', at);
  const isDeleted = calendar.paidOrders[place] === 0 && chance.hits(0.02);
  const isBlocked = !isDeleted && chance.hits(0.004);
  const hasPhone = !isDeleted && chance.hits(0.95);
  const hasWechat = !isDeleted && (!hasPhone || chance.hits(0.7));
  const openid = hasWechat ? `oSEED${chance.letters(23)}` : null;
  writer.add('users', {
    id,
    // 7,919 has no factor in common with 10^8: every place gets a number of its own, and they look like chance.
    phone: hasPhone ? `198${String((place * 7_919) % 100_000_000).padStart(8, '0')}` : null,
    openid,
    status: isDeleted ? 'deleted' : isBlocked ? 'blocked' : 'active',
    blocked_reason: isBlocked ? '批量注册' : null,
    blocked_at: isBlocked ? at + hours(5) : null,
    created_at: at,
    updated_at: at,
  });
  return { id, openid, book: openBook(id, at) };
}

function order(world: World, seller: Seller, place: number, at: number): void {
  assert(plan, 'the monthly plan is on sale');
  const { calendar, chance, writer } = world;
  const outcome = orderOutcomes[calendar.orders.outcome[place] ?? 0] ?? 'closed';
  const isPaid = outcome === 'paid' || outcome === 'refunded';
  const paidAt = isPaid ? at + payingMs : null;
  const id = makeId(chance, 'ord', at);
  const byWechat = chance.hits(0.1) ? 'wechat_virtual' : 'wechat_jsapi';
  const channel = seller.openid === null ? 'alipay_wap' : byWechat;
  writer.add('orders', {
    id,
    user_id: seller.id,
    status: outcome,
    channel,
    plan_id: plan.id,
    plan_name: plan.name,
    price_fen: plan.priceFen,
    uses: plan.uses,
    days: plan.days,
    openid: channel === 'alipay_wap' ? null : seller.openid,
    transaction_id: isPaid ? `4200${chance.digits(24)}` : null,
    paid_at: paidAt,
    pay_before: at + minutes(30),
    check_at: outcome === 'awaiting' ? at + minutes(30) : null,
    checks: isPaid ? 0 : 5,
    refunded_fen: outcome === 'refunded' ? plan.priceFen : 0,
    created_at: at,
    updated_at: paidAt ?? at,
  });
  if (paidAt === null) return;

  const cause = { type: 'order' as const, id };
  moveEnd(seller.book, Math.max(paidAt, seller.book.expireAt ?? 0) + days(plan.days), paidAt, entryWriter(world));
  move(seller.book, { kind: 'grant', uses: plan.uses, cause }, paidAt, entryWriter(world));
  if (outcome === 'refunded') refund(world, seller, { orderId: id, channel, paidAt });
}

/** All of it goes back a few hours later: the uses first, and the days once the money has gone. */
function refund(
  world: World,
  { id: userId, book }: Seller,
  paid: { orderId: string; channel: string; paidAt: number },
): void {
  assert(plan, 'the monthly plan is on sale');
  const { chance, writer } = world;
  const askedAt = paid.paidAt + hours(1) + chance.below(hours(20));
  const backAt = askedAt + minutes(3) + chance.below(hours(20));
  const id = makeId(chance, 'rfd', askedAt);
  move(book, { kind: 'clawback', uses: plan.uses, cause: { type: 'refund', id } }, askedAt, entryWriter(world));
  const shortenedMs = (book.expireAt ?? backAt) - backAt;
  moveEnd(book, backAt, backAt, entryWriter(world));
  move(book, { kind: 'clawback', uses: 0, cause: { type: 'refund', id: `${id}.days` } }, backAt, entryWriter(world));
  writer.add('refunds', {
    id,
    order_id: paid.orderId,
    user_id: userId,
    channel: paid.channel,
    status: 'succeeded',
    refund_no: id,
    provider_refund_id: `5030${chance.digits(24)}`,
    refund_fen: plan.priceFen,
    reason: '买错了，还没有用过',
    source: 'ours',
    requested_by: 'support',
    uses_asked: plan.uses,
    uses_taken: plan.uses,
    shortened_ms: shortenedMs,
    checks: 1,
    succeeded_at: backAt,
    created_at: askedAt,
    updated_at: backAt,
  });
}

function task(world: World, { id: userId, book }: Seller, at: number): void {
  const { chance, writer, untilMs } = world;
  const id = makeId(chance, 'tsk', at);
  const { row, end } = makeTaskRow({ id, userId, at, untilMs, chance });
  const cause = { type: 'task' as const, id };
  move(book, { kind: 'hold', uses: 1, cause }, at, entryWriter(world));
  if (end) move(book, { kind: end.kind, uses: 1, cause }, end.at, entryWriter(world));
  writer.add('tasks', row);
}

function closeBook(world: World, { book }: Seller): void {
  clearExpired(book, world.untilMs, entryWriter(world));
  if (book.entryCount === 0) return;
  world.writer.add('quota_accounts', {
    user_id: book.userId,
    remaining: book.remaining,
    held: book.held,
    expire_at: book.expireAt,
    grace_until: book.graceUntil,
    entry_count: book.entryCount,
    head_hash: book.headHash,
    updated_at: book.updatedAt,
  });
}
