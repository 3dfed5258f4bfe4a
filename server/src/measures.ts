import { lastBackupAt } from './db/backup-note';
import { database, poolFigures } from './db/database';
import type { Measure } from './http/metrics';
import { countDiscrepancies, countOpenRefunds, countSilent } from './modules/payments/service';
import { lastVerdict } from './modules/quota/service';
import { costOfDay, countOpenPoses, countSlots, pauseByReason } from './modules/tasks/poses/figures';
import { countQueued, queueAges } from './modules/tasks/queue';

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
  {
    name: 'suyi_tasks_queued',
    help: 'Tasks that wait, by type, parked ones included',
    label: 'type',
    read: countQueued,
  },
  {
    name: 'suyi_queue_age_seconds',
    help: 'For how long the oldest task that is due has not been begun, by type',
    label: 'type',
    read: queueAges,
  },
  { name: 'suyi_pose_tasks_open', help: 'Open model_pose12 tasks, by state', label: 'status', read: countOpenPoses },
  { name: 'suyi_pose_slots_taken', help: 'Jobs that we have open at the vendor of poses', read: countSlots },
  {
    name: 'suyi_pose_paused',
    help: '1 for the reason why no new work is sent to the vendor of poses; absent while it is',
    label: 'reason',
    read: pauseByReason,
  },
  {
    name: 'suyi_pose_cost_24h',
    help: 'What the vendor charged for model_pose12 tasks that ended in the last 24 hours',
    label: 'unit',
    read: costOfDay,
  },
  {
    name: 'suyi_database_connections',
    help: "This process's connections to MySQL: in_use, idle; waiting: callers that want one",
    label: 'state',
    read: async () => poolFigures(database.current),
  },
  {
    name: 'suyi_backup_last_success_timestamp_seconds',
    help: 'When the last backup by npm run backup was complete; absent before the first one',
    read: async () => {
      const at = await lastBackupAt();
      return at && at / 1_000;
    },
  },
];
