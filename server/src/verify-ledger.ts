import { runCommand } from './command';
import { verifyLedger } from './modules/quota/service';

// Walks the whole ledger, for an operator: `npm run verify:ledger`. Ends with 0 when every sum holds.
runCommand(async () => {
  const startedAt = performance.now();
  const { isWhole, accounts, entries, faults } = await verifyLedger();
  const ms = Math.round(performance.now() - startedAt);

  for (const fault of faults) process.stdout.write(`  ${fault}\n`);
  const verdict = isWhole ? 'every sum holds' : 'THE LEDGER DOES NOT HOLD';
  process.stdout.write(`ledger: ${verdict}: ${accounts} accounts, ${entries} entries, ${ms} ms\n`);
  return isWhole ? 0 : 1;
});
