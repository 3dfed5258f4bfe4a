import { Op } from 'sequelize';
import { select } from '../../db/sql';
import type { Transaction } from '../../db/transaction';
import { clock, days } from '../../lib/clock';
import { clawback, giveBack, lockOwnAccount } from '../quota/ledger';
import { Order, type Refund } from './models';

/*
 * What a refund does to the uses. Money buys uses in proportion: half the price sent back asks for half the uses, and the
 * last part for all the rest. Of those only unspent ones can be taken. Uses of several purchases lie in one account, and the
 * oldest are spent first, so what is unspent belongs to the newest purchases: a refund of an old one does not take what a
 * newer one brought.
 */

/** How many uses this part of the price bought, counted so that all parts come to all of the uses. */
export async function usesBoughtBy(order: Order, refundFen: number, tx: Transaction): Promise<number> {
  const [earlier] = await select<{ fen: number; uses: number }>(
    `SELECT COALESCE(SUM(refund_fen), 0) AS fen, COALESCE(SUM(uses_asked), 0) AS uses
     FROM refunds WHERE order_id = :orderId AND status NOT IN ('closed', 'refused')`,
    { orderId: order.id },
    tx,
  );
  const fen = Number(earlier?.fen ?? 0) + refundFen;
  const uses = Math.floor((order.uses * Math.min(fen, order.priceFen)) / order.priceFen);
  return Math.max(0, uses - Number(earlier?.uses ?? 0));
}

/** How many unspent uses of this order lie in its seller's account, which is locked by this. */
export async function usesStillThere(order: Order, tx: Transaction): Promise<number> {
  const { remaining } = await lockOwnAccount(order.userId, tx);
  const newer = await findNewer(order, tx);
  const ids = newer.map(({ id }) => id);
  const [taken] =
    ids.length === 0
      ? []
      : await select<{ uses: number }>(
          `SELECT COALESCE(SUM(uses_taken), 0) AS uses FROM refunds
           WHERE order_id IN (:ids) AND status NOT IN ('closed', 'refused')`,
          { ids },
          tx,
        );
  const broughtLater = newer.reduce((sum, { uses }) => sum + uses, 0) - Number(taken?.uses ?? 0);
  return Math.max(0, remaining - broughtLater);
}

/** Takes back what is unspent of `usesAsked`, never more than is there: what was spent stays spent. Returns how many. */
export async function takeBackUses(
  input: { order: Order; refundId: string; usesAsked: number },
  tx: Transaction,
): Promise<number> {
  const { order, refundId, usesAsked } = input;
  const uses = Math.min(usesAsked, await usesStillThere(order, tx));
  if (uses === 0) return 0;

  const account = await lockOwnAccount(order.userId, tx);
  await clawback(account, { cause: { type: 'refund', id: refundId }, uses }, tx);
  return uses;
}

/**
 * All of an order's money is back, so its days go too: what is left of the membership, but for the days that newer purchases
 * brought. Returns by how many milliseconds the end moved.
 */
export async function takeBackDays(input: { order: Order; refundId: string }, tx: Transaction): Promise<number> {
  const { order, refundId } = input;
  const newer = (await findNewer(order, tx)).filter(({ status }) => status !== 'refunded');
  const account = await lockOwnAccount(order.userId, tx);
  const left = (account.expireAt ?? 0) - clock.now() - newer.reduce((sum, each) => sum + days(each.days), 0);
  const shortenMs = Math.min(days(order.days), Math.max(0, left));
  if (shortenMs === 0) return 0;
  return clawback(account, { cause: { type: 'refund', id: `${refundId}.days` }, uses: 0, shortenMs }, tx);
}

/** The refund came to nothing: the uses that it took come back. */
export async function giveBackUses(input: { order: Order; refund: Refund }, tx: Transaction): Promise<void> {
  const { usesTaken: uses, id } = input.refund;
  if (uses === 0) return;

  const account = await lockOwnAccount(input.order.userId, tx);
  await giveBack(account, { cause: { type: 'refund', id }, uses }, tx);
}

function findNewer(order: Order, tx: Transaction): Promise<Order[]> {
  return Order.findAll({
    where: { userId: order.userId, paidAt: { [Op.gt]: order.paidAt ?? 0 }, status: ['paid', 'refunding', 'refunded'] },
    transaction: tx,
  });
}
