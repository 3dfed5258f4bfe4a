import { QueryTypes } from 'sequelize';
import { connectDatabase } from '../../src/db/database';
import { migrations } from '../../src/db/migrations';
import { makeTestDatabase } from '../database';
import { freePort } from '../free-port';
import { startServer } from '../server-process';

const processes = 4;

it('brings up four servers that start on an empty database at the same moment, and one of them migrates it', async () => {
  const fresh = await makeTestDatabase();
  const ports = await Promise.all(Array.from({ length: processes }, freePort));

  const servers = await Promise.all(
    ports.map((port) =>
      startServer({
        PORT: String(port),
        ROLES: 'web',
        DATABASE_URL: fresh.url,
        DATA_DIR: fresh.folder,
        LOG_LEVEL: 'info',
      }),
    ),
  );
  const ready = await Promise.all(servers.map(({ origin }) => fetch(`${origin}/health/ready`)));
  const appliedBy = servers.map(({ output }) => output().split('migration applied').length - 1);
  const sequelize = connectDatabase(fresh.url);
  const noted = await sequelize.query<{ name: string }>('SELECT name FROM schema_migrations ORDER BY name', {
    type: QueryTypes.SELECT,
  });
  await sequelize.close();
  const codes = await Promise.all(servers.map((server) => server.stop()));
  await fresh.remove();

  expect(ready.map(({ status }) => status)).toEqual(Array.from({ length: processes }, () => 200));
  expect(appliedBy.sort()).toEqual([0, 0, 0, migrations.length]);
  expect(noted.map(({ name }) => name)).toEqual(migrations.map(({ name }) => name));
  expect(codes).toEqual([0, 0, 0, 0]);
}, 120_000);
