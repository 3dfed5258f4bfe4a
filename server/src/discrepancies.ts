import { readArguments, runCommand, UsageFaulty } from './command';
import { toMoment } from './lib/clock';
import { openDiscrepancies, settleDiscrepancy } from './modules/payments/service';

const usage = `npm run discrepancies                                       those that wait for a person
npm run discrepancies -- ID --settled "what was done" --by NAME   takes one off the list`;

const listedMax = 200;

// What a person has to look at, for an operator. docs/runbooks/payment-discrepancies.md says what to do about each kind.
runCommand(async () => {
  const { values, positionals } = readArguments(['settled', 'by'], usage);
  const [id] = positionals;
  if (id === undefined) return list();
  if (!values.settled || !values.by) throw new UsageFaulty(usage);

  await settleDiscrepancy(id, values.by, values.settled);
  process.stdout.write(`${id} is settled.\n`);
  return 0;
});

async function list(): Promise<number> {
  const open = await openDiscrepancies(listedMax);
  for (const { id, kind, channel, subject, detail, foundAt } of open) {
    process.stdout.write(`${id}  ${toMoment(foundAt)}  ${kind}  ${channel}  ${subject}\n    ${detail}\n`);
  }
  process.stdout.write(open.length === 0 ? 'Nothing waits for a person.\n' : `${open.length} open\n`);
  return open.length === 0 ? 0 : 1;
}
