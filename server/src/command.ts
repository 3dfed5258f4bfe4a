import { parseArgs } from 'node:util';
import { errorCatalogue } from '@suyi/shared-types';
import { processEnvironment, readConfig } from './config';
import { connectDatabase, database, isUnreachable } from './db/database';
import { ConfigFaulty } from './environment';
import { AppError } from './lib/errors';
import { logger } from './lib/logger';
import { defineTables } from './tables';

/** What is wrong with how a command was called, in a sentence that says how to call it. */
export class UsageFaulty extends Error {
  override name = 'UsageFaulty';
}

/**
 * An operator's command: the database of the environment is there while `work` runs. Ends with the number that `work`
 * gives, or with 2 and a sentence when it cannot be done.
 */
export function runCommand(work: () => Promise<number>): void {
  const run = async (): Promise<number> => {
    const sequelize = connectDatabase(readConfig(processEnvironment()).databaseUrl);
    database.fill(sequelize);
    defineTables(sequelize);
    try {
      return await work();
    } finally {
      await sequelize.close();
    }
  };

  run().then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      for (const sentence of sentencesFor(error)) process.stderr.write(`suyi: ${sentence}\n`);
      process.exitCode = 2;
    },
  );
}

/** The words after a command's name: `--name value` for each of `names`, and what stands alone. Throws `UsageFaulty`. */
export function readArguments<Name extends string>(
  names: readonly Name[],
  usage: string,
): { values: Partial<Record<Name, string>>; positionals: string[]; isSure: boolean } {
  try {
    const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
    const { values, positionals } = parseArgs({
      options: { ...options, yes: { type: 'boolean' as const } },
      allowPositionals: true,
    });
    const given: Partial<Record<Name, string>> = {};
    for (const name of names) {
      const value: unknown = Reflect.get(values, name);
      if (typeof value === 'string') given[name] = value;
    }
    return { values: given, positionals, isSure: values.yes === true };
  } catch {
    throw new UsageFaulty(usage);
  }
}

function sentencesFor(error: unknown): string[] {
  if (error instanceof ConfigFaulty) return error.faults;
  if (error instanceof UsageFaulty) return [error.message];
  if (error instanceof AppError) return [errorCatalogue[error.code][1]];
  if (isUnreachable(error) && error instanceof Error) return [error.message];
  logger.error({ err: error }, 'a command could not be done');
  return ['it could not be done; the line above says why. Is the database up to date (npm run migrate)?'];
}
