import type { Migration } from '../schema';
import { maybeId } from './columns';

export const eventOrders: Migration = {
  name: '0005-event-orders',
  async up(schema) {
    // Which order a provider's message is about, told when it was opened: most of them are kept as they came, sealed.
    await schema.addColumn('inbound_events', 'order_id', maybeId);
    await schema.createIndex('inbound_events', { columns: ['order_id'] });
  },
};
