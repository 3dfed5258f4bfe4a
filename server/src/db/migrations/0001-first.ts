import type { Migration, Schema } from '../schema';
import {
  id,
  maybeId,
  word,
  maybeWord,
  token,
  maybeToken,
  int,
  maybeInt,
  time,
  maybeTime,
  maybeJson,
  primaryId,
} from './columns';

export const first: Migration = {
  name: '0001-first',
  async up(schema) {
    await people(schema);
    await uses(schema);
    await work(schema);
    await money(schema);
  },
};

async function people(schema: Schema): Promise<void> {
  await schema.createTable({
    table: 'users',
    columns: {
      id: primaryId,
      phone: maybeWord,
      openid: maybeToken,
      unionid: maybeToken,
      status: word,
      merged_into: maybeId,
      created_at: time,
      updated_at: time,
    },
    indexes: [
      { columns: ['phone'], unique: true },
      { columns: ['openid'], unique: true },
      { columns: ['merged_into'] },
    ],
    checks: ["status <> 'active' OR phone IS NOT NULL OR openid IS NOT NULL"],
  });
  await schema.createTable({
    table: 'verification_codes',
    columns: {
      id: primaryId,
      phone: id,
      code_hmac: id,
      ip: id,
      attempts: int,
      expires_at: time,
      used_at: maybeTime,
      created_at: time,
    },
    indexes: [{ columns: ['phone', 'created_at'] }, { columns: ['ip', 'created_at'] }, { columns: ['created_at'] }],
  });
  await schema.createTable({
    table: 'revoked_tokens',
    columns: { jti: primaryId, expires_at: time },
    indexes: [{ columns: ['expires_at'] }],
  });
  await schema.createTable({
    table: 'idempotency_keys',
    columns: {
      id: primaryId,
      user_id: id,
      scope: word,
      wish_key: id,
      request_hash: id,
      resource_id: id,
      created_at: time,
    },
    indexes: [{ columns: ['user_id', 'scope', 'wish_key'], unique: true }, { columns: ['created_at'] }],
  });
}

async function uses(schema: Schema): Promise<void> {
  await schema.createTable({
    table: 'quota_accounts',
    columns: {
      user_id: primaryId,
      remaining: int,
      held: int,
      expire_at: maybeTime,
      grace_until: maybeTime,
      merged_into: maybeId,
      entry_count: int,
      head_hash: id,
      updated_at: time,
    },
    indexes: [{ columns: ['remaining', 'expire_at'] }],
    checks: ['remaining >= 0', 'held >= 0'],
  });
  await schema.createTable({
    table: 'quota_entries',
    columns: {
      id: primaryId,
      user_id: id,
      position: int,
      kind: word,
      uses: int,
      cause_type: word,
      cause_id: id,
      remaining_after: int,
      held_after: int,
      expire_at: maybeTime,
      grace_until: maybeTime,
      previous_hash: id,
      hash: id,
      created_at: time,
    },
    indexes: [
      { columns: ['cause_type', 'cause_id', 'kind'], unique: true },
      { columns: ['user_id', 'position'], unique: true },
    ],
    checks: ['uses >= 0'],
  });
}

async function work(schema: Schema): Promise<void> {
  await schema.createTable({
    table: 'media',
    columns: {
      id: primaryId,
      user_id: id,
      status: word,
      storage_key: token,
      content_type: maybeWord,
      byte_length: maybeInt,
      width: maybeInt,
      height: maybeInt,
      upload_expires_at: time,
      created_at: time,
    },
    indexes: [
      { columns: ['user_id', 'id'] },
      { columns: ['status', 'upload_expires_at'] },
      { columns: ['status', 'created_at'] },
    ],
  });
  await schema.createTable({
    table: 'tasks',
    columns: {
      id: primaryId,
      user_id: id,
      account_id: id,
      type: word,
      status: word,
      params: { type: 'json' },
      media_id: id,
      results: maybeJson,
      progress: int,
      measures: maybeJson,
      error_code: maybeWord,
      quota_effect: word,
      uses: int,
      attempts: int,
      wake_at: time,
      lease_token: maybeId,
      deadline_at: time,
      vendor_job_id: maybeId,
      retry_of: maybeId,
      created_at: time,
      updated_at: time,
      finished_at: maybeTime,
      hidden_at: maybeTime,
      purge_at: maybeTime,
    },
    indexes: [
      { columns: ['type', 'status', 'wake_at'] },
      { columns: ['status', 'deadline_at'] },
      { columns: ['user_id', 'id'] },
      { columns: ['user_id', 'status', 'id'] },
      { columns: ['media_id'] },
      { columns: ['purge_at'] },
    ],
  });
}

async function money(schema: Schema): Promise<void> {
  await schema.createTable({
    table: 'orders',
    columns: {
      id: primaryId,
      user_id: id,
      status: word,
      channel: word,
      plan_id: word,
      plan_name: { type: 'text' },
      price_fen: int,
      uses: int,
      days: int,
      openid: maybeToken,
      prepay_id: maybeToken,
      transaction_id: maybeToken,
      paid_at: maybeTime,
      pay_before: time,
      check_at: maybeTime,
      checks: int,
      created_at: time,
      updated_at: time,
    },
    indexes: [
      { columns: ['user_id', 'id'] },
      { columns: ['user_id', 'plan_id', 'status'] },
      { columns: ['status', 'check_at'] },
      { columns: ['transaction_id'], unique: true },
    ],
  });
  await schema.createTable({
    table: 'inbound_events',
    columns: {
      id: primaryId,
      source: word,
      event_key: token,
      event_type: word,
      body: { type: 'json' },
      outcome: maybeWord,
      received_at: time,
      settled_at: maybeTime,
    },
    indexes: [{ columns: ['source', 'event_key'], unique: true }, { columns: ['received_at'] }],
  });
}
