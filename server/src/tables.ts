import type { Sequelize } from 'sequelize';
import { defineAdminModels } from './modules/admin/models';
import { defineAuthModels } from './modules/auth/models';
import { defineInboundModels } from './modules/inbound/models';
import { defineMediaModels } from './modules/media/models';
import { definePaymentModels } from './modules/payments/models';
import { defineTaskModels } from './modules/tasks/models';

/** Binds every model to this database. `main.ts` and tests call it once per connection. */
export function defineTables(sequelize: Sequelize): void {
  defineAdminModels(sequelize);
  defineAuthModels(sequelize);
  defineInboundModels(sequelize);
  defineMediaModels(sequelize);
  definePaymentModels(sequelize);
  defineTaskModels(sequelize);
}
