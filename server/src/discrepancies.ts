import { readArguments, runCommand, UsageFaulty } from './command';
import { toMoment } from './lib/clock';
import {
  openDiscrepancies,
  settleDiscrepancy,
  settledDiscrepancies,
  subjectOf,
  type Discrepancy,
} from './modules/payments/service';

const usage = `npm run discrepancies                                       those that wait for a person
npm run discrepancies -- settled                           those that somebody has settled
npm run discrepancies -- ID --settled "what was done" --by NAME   takes one off the list`;

const listedMax = 200;

// What a person has to look at, for an operator. docs/runbooks/payment-discrepancies.md says what to do about each kind.
runCommand(async () => {
  const { values, positionals } = readArguments(['settled', 'by'], usage);
  const [id] = positionals;
  if (id === undefined) return listOpen();
  if (id === 'settled') return listSettled();
  if (!values.settled || !values.by) throw new UsageFaulty(usage);

  await settleDiscrepancy(id, values.by, values.settled);
  process.stdout.write(`${id} is settled.\n`);
  return 0;
});

async function listOpen(): Promise<number> {
  const open = await openDiscrepancies(listedMax);
  for (const each of open) await print(each);
  process.stdout.write(open.length === 0 ? 'Nothing waits for a person.\n' : `${open.length} open\n`);
  return open.length === 0 ? 0 : 1;
}

async function listSettled(): Promise<number> {
  for (const each of await settledDiscrepancies(listedMax)) {
    await print(each);
    process.stdout.write(`    settled ${toMoment(each.settledAt ?? 0)} by ${each.settledBy}: ${each.settledReason}\n`);
  }
  return 0;
}

async function print(discrepancy: Discrepancy): Promise<void> {
  const { id, kind, channel, subject, detail, foundAt } = discrepancy;
  process.stdout.write(`${id}  ${toMoment(foundAt)}  ${kind}  ${channel}  ${subject}\n    ${detail}\n`);
  const about = await subjectOf(discrepancy);
  if (!about) return;

  const { order, refund } = about;
  const numbers = `order ${order.id}, at the provider ${order.transactionId ?? '(unpaid)'}, seller ${order.userId}`;
  process.stdout.write(`    ${numbers}: ¥${yuan(order.priceFen)}, now ${order.status}\n`);
  if (refund) process.stdout.write(`    refund ${refund.id}: ¥${yuan(refund.refundFen)}, now ${refund.status}\n`);
}

function yuan(fen: number): string {
  return (fen / 100).toFixed(2);
}
