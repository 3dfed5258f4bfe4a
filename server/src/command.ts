import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { errorCatalogue, type ErrorCode } from '@suyi/shared-types';
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
export function runCommand(work: () => Promise<number>, options: { mayMakeDatabase?: boolean } = {}): void {
  const run = async (): Promise<number> => {
    const { databaseUrl, logLevel } = readConfig(processEnvironment());
    logger.level = logLevel;
    if (!options.mayMakeDatabase) refuseMissing(databaseUrl);
    process.stderr.write(`database: ${nameOf(databaseUrl)}\n`);
    const sequelize = connectDatabase(databaseUrl);
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

/** A command started without the server's settings would find an empty database of its own, and call it whole. */
function refuseMissing(databaseUrl: string): void {
  const [, file] = /^sqlite:(.+)$/.exec(databaseUrl) ?? [];
  if (file === undefined || existsSync(file)) return;
  throw new UsageFaulty(`there is no database at ${file}: give this command the server's own DATABASE_URL or DATA_DIR`);
}

/** Where it is, without who may come in. */
const nameOf = (databaseUrl: string): string => databaseUrl.replace(/\/\/[^@/]*@/, '//');

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
  } catch (error) {
    const fault = typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
    throw new UsageFaulty(`${fault}\n${usage}`);
  }
}

/** What a code means to whoever types a command; the catalogue's own sentences are for sellers. */
const operatorSentences: Partial<Record<ErrorCode, string>> = {
  not_found: 'there is nothing open under this number: copy it from the orders or from `npm run discrepancies`',
  order_not_refundable:
    'this cannot be refunded from here: not paid, refunded already, or its seller deleted their account (use the console of the provider then)',
  refund_under_way: 'another refund of this order is under way: `npm run discrepancies` shows whether it is stuck',
  admin_not_needed: 'it is so already: nothing was changed',
  admin_name_taken: 'there is an admin of this name already: choose another, or use `password` or `enable`',
  admin_last_owner: 'nobody could manage the admins any more: make another owner first',
  refund_too_much: 'that is nothing, or more than is left to send back: without --yuan it is all that is left',
};

function sentencesFor(error: unknown): string[] {
  if (error instanceof ConfigFaulty) return error.faults;
  if (error instanceof UsageFaulty) return [error.message];
  if (error instanceof AppError) return [operatorSentences[error.code] ?? errorCatalogue[error.code][1]];
  if (isUnreachable(error) && error instanceof Error) return [error.message];
  logger.error({ err: error }, 'a command could not be done');
  return ['it could not be done; the line above says why. Is the database up to date (npm run migrate)?'];
}
