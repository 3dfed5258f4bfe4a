import { runCommand } from './command';
import { auditPayments } from './modules/payments/service';
import { verifyAndKeep } from './modules/quota/service';

// Walks the whole ledger, for an operator: `npm run verify:ledger`. Ends with 0 when every sum holds.
runCommand(async () => {
  const { isWhole, accounts, entries, faults, tookMs } = await verifyAndKeep(auditPayments);

  for (const fault of faults) process.stdout.write(`  ${fault}\n`);
  const verdict = isWhole ? 'every sum holds' : 'THE LEDGER DOES NOT HOLD';
  process.stdout.write(`ledger: ${verdict}: ${accounts} accounts, ${entries} entries, ${tookMs} ms\n`);
  return isWhole ? 0 : 1;
});
