import type { Migration } from '../schema';
import { int, maybeId, maybeInt, maybeJson, maybeTime, maybeToken, maybeWord, primaryId, time, word } from './columns';

export const poses: Migration = {
  name: '0003-poses',
  async up(schema) {
    // A slot at the vendor is held by at most one task: the unique index counts, across all workers.
    await schema.addColumn('tasks', 'vendor_slot', maybeWord);
    await schema.addColumn('tasks', 'vendor_attempt', { type: 'int', default: 0 });
    await schema.addColumn('tasks', 'vendor_asked_at', maybeTime);
    await schema.addColumn('tasks', 'reported_job_id', maybeId);
    await schema.addColumn('tasks', 'hinted_at', maybeTime);
    await schema.addColumn('tasks', 'vendor_pictures', maybeJson);
    await schema.addColumn('tasks', 'submitted_at', maybeTime);
    await schema.addColumn('tasks', 'refusals', { type: 'int', default: 0 });
    await schema.addColumn('tasks', 'cost_millicoins', maybeInt);
    await schema.addColumn('tasks', 'cost_milliyuan', maybeInt);
    await schema.addColumn('tasks', 'cost_seconds', maybeInt);
    await schema.addColumn('tasks', 'tell_at', maybeTime);
    await schema.createIndex('tasks', { columns: ['vendor_slot'], unique: true });
    await schema.createIndex('tasks', { columns: ['vendor_job_id'] });
    await schema.createIndex('tasks', { columns: ['type', 'finished_at'] });
    await schema.createIndex('tasks', { columns: ['tell_at'] });

    await schema.createTable({
      table: 'vendor_breakers',
      columns: {
        vendor: primaryId,
        reason: maybeWord,
        failures: int,
        openings: int,
        opened_at: maybeTime,
        retry_at: time,
        busy_until: time,
        busy_count: int,
        detail: maybeToken,
        updated_at: time,
        state: word,
      },
    });
  },
};
