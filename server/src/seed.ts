import { runCommand, readArguments, UsageFaulty } from './command';
import { processEnvironment, readConfig } from './config';
import { database } from './db/database';
import { migrate } from './db/migrate';
import { select } from './db/sql';
import { clock, shanghaiDay } from './lib/clock';
import { seedDatabase, scales, type Scale } from './seed/seed';

const usage = `npm run seed -- [--scale full|small] [--users N] [--orders N] [--tasks N] [--seed N] [--until 2026-11-23T12:00:00Z]
Fills an empty database with sellers, orders, tasks and their ledger, to see how the product behaves when it is big.
full is ${amounts(scales.full)}; small is a hundredth of it.`;

// Many rows of made-up sellers, for a test of speed: `npm run seed`. Never in production.
runCommand(
  async () => {
    if (readConfig(processEnvironment()).isProduction)
      throw new UsageFaulty('made-up sellers have no place in production');
    const { values, isSure } = readArguments(['scale', 'users', 'orders', 'tasks', 'seed', 'until'], usage);
    const scale = readScale(values);
    const seed = whole(values.seed ?? '1', 'seed');
    const untilMs = values.until === undefined ? clock.now() : Date.parse(values.until);
    if (!Number.isFinite(untilMs)) throw new UsageFaulty(`--until must be a moment\n${usage}`);

    await migrate(database.current);
    const [somebody] = await select<{ id: string }>('SELECT id FROM users LIMIT 1', {});
    if (somebody && !isSure) {
      throw new UsageFaulty('this database has sellers already: take an empty one, or say --yes and another --seed');
    }

    process.stdout.write(`seeding ${amounts(scale)}\n`);
    const startedAt = performance.now();
    const tookSeconds = (): string => `${Math.round((performance.now() - startedAt) / 1_000)} s`;
    const written = await seedDatabase({ scale, seed, untilMs }, (at) =>
      process.stdout.write(`  ${shanghaiDay(at)} after ${tookSeconds()}\n`),
    );
    for (const [table, rows] of Object.entries(written)) process.stdout.write(`  ${table}: ${rows}\n`);
    process.stdout.write(`seeded in ${tookSeconds()}; npm run verify:ledger walks what was made\n`);
    return 0;
  },
  { mayMakeDatabase: true },
);

function readScale(values: Partial<Record<'scale' | 'users' | 'orders' | 'tasks', string>>): Scale {
  const name = values.scale ?? 'full';
  if (name !== 'full' && name !== 'small') throw new UsageFaulty(`there is no scale "${name}"\n${usage}`);
  const { users, orders, tasks } = scales[name];
  return {
    users: values.users === undefined ? users : whole(values.users, 'users'),
    orders: values.orders === undefined ? orders : whole(values.orders, 'orders'),
    tasks: values.tasks === undefined ? tasks : whole(values.tasks, 'tasks'),
  };
}

function whole(text: string, name: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1 || number > 10_000_000) {
    throw new UsageFaulty(`--${name} must be a whole number from 1 to 10,000,000\n${usage}`);
  }
  return number;
}

function amounts({ users, orders, tasks }: Scale): string {
  const shown = (n: number): string => n.toLocaleString('en');
  return `${shown(users)} users, ${shown(orders)} orders and ${shown(tasks)} tasks`;
}
