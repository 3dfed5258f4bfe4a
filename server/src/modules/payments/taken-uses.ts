import { Op } from 'sequelize';
import { select } from '../../db/sql';
import type { Transaction } from '../../db/transaction';
import { clock, days } from '../../lib/clock';
import { clawback, grant, lockOwnAccount } from '../quota/ledger';
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
  const newer = await Order.findAll({
    where: { userId: order.userId, paidAt: { [Op.gt]: order.paidAt ?? 0 }, status: ['paid', 'refunding', 'refunded'] },
    transaction: tx,
  });
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

/**
 * Takes back what is unspent of `usesAsked`, and for a whole refund the days as well. Never more than is there: what was
 * spent stays spent, and the refund says how much that was.
 */
export async function takeBackUses(
  input: { order: Order; refundId: string; usesAsked: number; isWhole: boolean },
  tx: Transaction,
): Promise<{ uses: number; shortenedMs: number }> {
  const { order, refundId, usesAsked, isWhole } = input;
  const uses = Math.min(usesAsked, await usesStillThere(order, tx));
  const shortenMs = isWhole ? days(order.days) : 0;
  if (uses === 0 && shortenMs === 0) return { uses: 0, shortenedMs: 0 };

  const account = await lockOwnAccount(order.userId, tx);
  const shortenedMs = await clawback(account, { cause: { type: 'refund', id: refundId }, uses, shortenMs }, tx);
  return { uses, shortenedMs };
}

/** The refund came to nothing: what it took comes back, and the end moves on by as much as it had moved back. */
export async function giveBackUses(input: { order: Order; refund: Refund }, tx: Transaction): Promise<void> {
  const { usesTaken: uses, shortenedMs, id } = input.refund;
  if (uses === 0 && shortenedMs === 0) return;

  const account = await lockOwnAccount(input.order.userId, tx);
  const end = account.expireAt ?? clock.now();
  await grant(account, { cause: { type: 'refund', id }, uses, expireAt: end + shortenedMs }, tx);
}
