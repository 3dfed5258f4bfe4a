import type { Migration } from '../schema';
import { maybeId } from './columns';

export const devices: Migration = {
  name: '0006-devices',
  async up(schema) {
    // What a phone that asks for a code calls itself, as an HMAC: one phone is one phone, whatever network it is in.
    await schema.addColumn('verification_codes', 'device', maybeId);
    await schema.createIndex('verification_codes', { columns: ['device', 'created_at'] });
  },
};
