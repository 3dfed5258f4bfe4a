import { QueryTypes } from 'sequelize';
import { database } from '../db/database';
import { inTransaction, type Transaction } from '../db/transaction';
import { assert } from '../lib/assert';

type Value = string | number | null | undefined;
export type Row = Record<string, Value>;

const columnsOf = {
  users: ['id', 'phone', 'openid', 'unionid', 'status', 'blocked_reason', 'blocked_at', 'created_at', 'updated_at'],
  quota_accounts: [
    'user_id',
    'remaining',
    'held',
    'expire_at',
    'grace_until',
    'entry_count',
    'head_hash',
    'updated_at',
  ],
  quota_entries: [
    'id',
    'user_id',
    'position',
    'kind',
    'uses',
    'cause_type',
    'cause_id',
    'remaining_after',
    'held_after',
    'expire_at',
    'grace_until',
    'previous_hash',
    'hash',
    'created_at',
  ],
  orders: [
    'id',
    'user_id',
    'status',
    'channel',
    'plan_id',
    'plan_name',
    'price_fen',
    'uses',
    'days',
    'openid',
    'transaction_id',
    'paid_at',
    'pay_before',
    'check_at',
    'checks',
    'refunded_fen',
    'created_at',
    'updated_at',
  ],
  refunds: [
    'id',
    'order_id',
    'user_id',
    'channel',
    'status',
    'refund_no',
    'provider_refund_id',
    'refund_fen',
    'reason',
    'source',
    'requested_by',
    'uses_asked',
    'uses_taken',
    'shortened_ms',
    'checks',
    'succeeded_at',
    'created_at',
    'updated_at',
  ],
  tasks: [
    'id',
    'user_id',
    'account_id',
    'type',
    'status',
    'params',
    'media_id',
    'results',
    'progress',
    'measures',
    'error_code',
    'quota_effect',
    'uses',
    'attempts',
    'wake_at',
    'deadline_at',
    'created_at',
    'updated_at',
    'finished_at',
    'vendor_attempt',
    'vendor_asked_at',
    'vendor_job_id',
    'submitted_at',
    'cost_millicoins',
    'cost_milliyuan',
    'cost_seconds',
  ],
} as const;
export type SeedTable = keyof typeof columnsOf;

/** Rows a statement, and rows a transaction: a statement stays far below the 16 MB that MySQL takes at once. */
const rowsPerStatement = 500;
const rowsPerTransaction = 10_000;

/**
 * Gathers rows and writes them in statements of many: one row a statement is 30 times slower, and what the ORM or
 * `replacements` do for each value costs more than the database does.
 */
export class SeedWriter {
  private waiting: { [table in SeedTable]: string[] } = {
    users: [],
    quota_accounts: [],
    quota_entries: [],
    orders: [],
    refunds: [],
    tasks: [],
  };
  private waitingCount = 0;
  readonly written: { [table in SeedTable]: number } = {
    users: 0,
    quota_accounts: 0,
    quota_entries: 0,
    orders: 0,
    refunds: 0,
    tasks: 0,
  };

  add(table: SeedTable, row: Row): void {
    this.waiting[table].push(`(${columnsOf[table].map((column) => literal(row[column])).join(',')})`);
    this.waitingCount += 1;
  }

  get isFull(): boolean {
    return this.waitingCount >= rowsPerTransaction;
  }

  async flush(): Promise<void> {
    if (this.waitingCount === 0) return;
    await inTransaction(async (tx) => {
      for (const table of Object.keys(columnsOf) as SeedTable[]) await this.writeTable(table, tx);
    });
    for (const table of Object.keys(columnsOf) as SeedTable[]) {
      this.written[table] += this.waiting[table].length;
      this.waiting[table] = [];
    }
    this.waitingCount = 0;
  }

  private async writeTable(table: SeedTable, tx: Transaction): Promise<void> {
    const rows = this.waiting[table];
    for (let from = 0; from < rows.length; from += rowsPerStatement) {
      const values = rows.slice(from, from + rowsPerStatement).join(',');
      const sql = `INSERT INTO ${table} (${columnsOf[table].join(',')}) VALUES ${values}`;
      await database.current.query(sql, { type: QueryTypes.RAW, transaction: tx, logging: false });
    }
  }
}

/** Our own words only: nothing here may need escaping. */
function literal(value: Value): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'number') return String(value);
  assert(!/['\\]/.test(value), 'a seeded text holds no quote and no backslash');
  return `'${value}'`;
}
