import type { Migration } from '../schema';
import { id, int, maybeText, maybeTime, maybeToken, primaryId, time, token, word } from './columns';

export const admin: Migration = {
  name: '0004-admin',
  async up(schema) {
    await schema.createTable({
      table: 'admins',
      columns: {
        id: primaryId,
        username: token,
        password_hash: { type: 'text' },
        role: word,
        totp_secret: maybeToken,
        /** The last step of time for which a one-time code was taken: none is good twice. */
        totp_step: int,
        failures: int,
        locked_until: maybeTime,
        disabled_at: maybeTime,
        created_at: time,
        updated_at: time,
      },
      indexes: [{ columns: ['username'], unique: true }],
    });
    await schema.createTable({
      table: 'admin_sessions',
      // `id` is the hash of what the cookie holds: who reads this table opens nothing.
      columns: {
        id: primaryId,
        admin_id: id,
        csrf_token: id,
        ip: id,
        created_at: time,
        seen_at: time,
        expires_at: time,
      },
      indexes: [{ columns: ['admin_id'] }, { columns: ['expires_at'] }],
    });
    await schema.createTable({
      table: 'admin_audit',
      columns: {
        id: primaryId,
        admin_id: id,
        username: token,
        action: word,
        subject_type: word,
        subject_id: id,
        reason: maybeText,
        detail: { type: 'json' },
        ip: id,
        user_agent: maybeText,
        request_id: id,
        created_at: time,
      },
      indexes: [{ columns: ['subject_type', 'subject_id', 'id'] }, { columns: ['admin_id', 'id'] }],
    });
    await schema.createTable({
      table: 'task_pauses',
      columns: { type: primaryId, banner: { type: 'text' }, paused_by: token, paused_at: time },
    });
    // What a finished day came to, counted once: the dashboard reads thirty rows instead of a million.
    await schema.createTable({
      table: 'daily_figures',
      columns: { id: primaryId, day: word, name: word, figure: time, counted_at: time },
      indexes: [{ columns: ['day', 'name'], unique: true }],
    });
    await schema.createIndex('users', { columns: ['status', 'id'] });
    await schema.createIndex('orders', { columns: ['status', 'id'] });
    await schema.createIndex('orders', { columns: ['channel', 'id'] });
    await schema.createIndex('tasks', { columns: ['status', 'id'] });
    await schema.createIndex('tasks', { columns: ['type', 'status', 'id'] });
    await schema.createIndex('tasks', { columns: ['error_code', 'id'] });
    await schema.addColumn('users', 'blocked_reason', maybeToken);
    await schema.addColumn('users', 'blocked_at', maybeTime);
  },
};
