import type { Measure } from './http/metrics';
import { countDiscrepancies, countOpenRefunds, countSilent } from './modules/payments/service';
import { lastVerdict } from './modules/quota/service';

/** What `/metrics` tells beside the process itself. */
export const measures: readonly Measure[] = [
  {
    name: 'suyi_ledger_whole',
    help: '1 when the last walk over the ledger found every sum right, else 0',
    read: async () => {
      const verdict = await lastVerdict();
      return verdict && Number(verdict.isWhole);
    },
  },
  {
    name: 'suyi_ledger_checked_timestamp_seconds',
    help: 'When the ledger was last walked',
    read: async () => {
      const verdict = await lastVerdict();
      return verdict && verdict.checkedAt / 1_000;
    },
  },
  {
    name: 'suyi_ledger_check_seconds',
    help: 'How long the last walk over the ledger took',
    read: async () => {
      const verdict = await lastVerdict();
      return verdict && verdict.tookMs / 1_000;
    },
  },
  {
    name: 'suyi_ledger_entries',
    help: 'Entries in the ledger at the last walk',
    read: async () => (await lastVerdict())?.entries ?? null,
  },
  {
    name: 'suyi_payment_discrepancies',
    help: 'Payments that wait for a person, by kind',
    label: 'kind',
    read: countDiscrepancies,
  },
  { name: 'suyi_refunds_open', help: 'Refunds under way, by state', label: 'status', read: countOpenRefunds },
  {
    name: 'suyi_orders_silent',
    help: 'Open orders that should have been asked about ten minutes ago and were not',
    read: countSilent,
  },
];
