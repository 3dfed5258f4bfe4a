import { setTimeout as sleep } from 'node:timers/promises';
import { readArguments, runCommand, UsageFaulty } from './command';
import { findRefundStatus, giveUpRefund, planRefund, requestRefund, type RefundPlan } from './modules/payments/service';

const usage = `npm run refund -- ORDER --reason "…" --by NAME [--yuan 49.50] [--yes]
npm run refund -- --give-up REFUND --by NAME      one that the provider could not pay out: the uses come back
  ORDER    the order's number, ord_…
  --yuan   how much; all that is left when not given
  --reason why; WeChat shows it to the buyer
  --by     who you are, for the books
  --yes    do it; without it the command only says what it would do`;

const waitSeconds = 30;

// Sends money back, for an operator. The worker does the asking: this writes the wish down and looks what comes of it.
runCommand(async () => {
  const { values, positionals, isSure } = readArguments(['reason', 'by', 'yuan', 'give-up'], usage);
  const [orderId] = positionals;
  const { reason, by } = values;
  if (values['give-up'] && by) return giveUp(values['give-up'], by);
  if (orderId === undefined || positionals.length > 1) throw new UsageFaulty(`which ORDER?\n${usage}`);
  const refundFen = values.yuan === undefined ? null : fenOf(values.yuan);

  print(describe(await planRefund({ orderId, refundFen })));
  if (!isSure || !reason || !by) {
    print('Nothing was done. To do it, add --reason "…" --by NAME --yes.');
    return 0;
  }

  const refund = await requestRefund({ orderId, refundFen, reason, requestedBy: by });
  print(`Refund ${refund.id} is written down; ${refund.usesTaken} uses were taken back.`);
  for (let waited = 0; waited < waitSeconds; waited += 1) {
    await sleep(1_000);
    const status = await findRefundStatus(refund.id);
    if (status === 'requested' || status === 'processing') continue;

    print(`The refund is ${status}.`);
    if (status !== 'succeeded')
      print('`npm run discrepancies` says why, and docs/runbooks/payment-discrepancies.md what to do.');
    return status === 'succeeded' ? 0 : 1;
  }
  print('It is still on its way: the worker goes on asking. `npm run discrepancies` shows it should it get stuck.');
  return 0;
});

async function giveUp(refundId: string, by: string): Promise<number> {
  await giveUpRefund(refundId, by);
  print(`Refund ${refundId} is given up, and the uses that it had taken are back.`);
  return 0;
}

/** Yuan as people write them, 49 or 49.5 or 49.50, in fen. */
function fenOf(yuan: string): number {
  const [, whole, part = ''] = /^(\d{1,7})(?:\.(\d{1,2}))?$/.exec(yuan) ?? [];
  if (whole === undefined) throw new UsageFaulty(`--yuan ${yuan} is no amount\n${usage}`);
  return Number(whole) * 100 + Number(part.padEnd(2, '0'));
}

function describe({ order, refundFen, isWhole, usesAsked, usesTaken }: RefundPlan): string {
  const spent = usesAsked - usesTaken;
  return [
    `Order ${order.id} (${order.channel}, ${order.status}) cost ¥${yuan(order.priceFen)}, of which ¥${yuan(order.refundedFen)} went back.`,
    `¥${yuan(refundFen)} ${isWhole ? 'is all the rest' : 'is a part'}; it bought ${usesAsked} uses; ${usesTaken} of them are unspent and are taken back from the seller.`,
    ...(spent > 0
      ? [`${spent} of them are spent already and are NOT taken back: the account never goes below zero.`]
      : []),
    isWhole ? `Its ${order.days} days go too, when the money is back.` : 'The membership keeps its days.',
  ].join('\n');
}

function yuan(fen: number): string {
  return `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
