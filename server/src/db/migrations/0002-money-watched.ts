import type { Migration, Schema } from '../schema';
import { id, word, token, maybeToken, int, time, maybeTime, primaryId, maybeText } from './columns';

export const moneyWatched: Migration = {
  name: '0002-money-watched',
  async up(schema) {
    await refunds(schema);
    await watching(schema);
  },
};

async function refunds(schema: Schema): Promise<void> {
  await schema.addColumn('orders', 'refunded_fen', { type: 'int', default: 0 });
  await schema.addColumn('orders', 'deliver_at', maybeTime);
  await schema.addColumn('orders', 'forget_payer', { type: 'int', default: 0 });
  await schema.createIndex('orders', { columns: ['deliver_at'] });
  await schema.createIndex('orders', { columns: ['forget_payer', 'status'] });
  await schema.createIndex('orders', { columns: ['channel', 'paid_at'] });

  await schema.createTable({
    table: 'refunds',
    columns: {
      id: primaryId,
      order_id: id,
      user_id: id,
      channel: word,
      status: word,
      refund_no: maybeToken,
      provider_refund_id: maybeToken,
      refund_fen: int,
      reason: { type: 'text' },
      source: word,
      requested_by: token,
      uses_asked: int,
      uses_taken: int,
      shortened_ms: time,
      check_at: maybeTime,
      checks: int,
      billed_at: maybeTime,
      succeeded_at: maybeTime,
      created_at: time,
      updated_at: time,
    },
    indexes: [
      { columns: ['order_id'] },
      { columns: ['user_id', 'id'] },
      { columns: ['refund_no'], unique: true },
      { columns: ['status', 'check_at'] },
      { columns: ['channel', 'succeeded_at'] },
    ],
    checks: ['refund_fen > 0', 'uses_taken <= uses_asked'],
  });
}

/** What a person has to look at, and what was looked at without one. */
async function watching(schema: Schema): Promise<void> {
  await schema.createTable({
    table: 'payment_discrepancies',
    columns: {
      id: primaryId,
      channel: word,
      kind: word,
      subject: token,
      detail: { type: 'text' },
      found_at: time,
      settled_at: maybeTime,
      settled_by: maybeToken,
      settled_reason: maybeText,
    },
    indexes: [{ columns: ['kind', 'subject'], unique: true }, { columns: ['settled_at', 'id'] }],
  });

  await schema.createTable({
    table: 'payment_bills',
    columns: { id: primaryId, channel: word, day: word, line_count: int, discrepancies: int, compared_at: time },
    indexes: [{ columns: ['channel', 'day'], unique: true }],
  });

  await schema.createTable({
    table: 'ledger_verdicts',
    columns: {
      id: primaryId,
      is_whole: int,
      accounts: int,
      entries: int,
      faults: { type: 'json' },
      took_ms: int,
      checked_at: time,
    },
    indexes: [{ columns: ['checked_at'] }],
  });

  await schema.createTable({ table: 'job_turns', columns: { name: primaryId, next_at: time } });
}
