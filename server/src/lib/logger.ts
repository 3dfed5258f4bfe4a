import { pino, type Logger } from 'pino';
import { currentScope } from './request-scope';

/**
 * JSON lines on standard output. Secrets, phone numbers, openids, tokens and prompts are never handed to it; what a thrown
 * error carries along (a statement with its values, a request with its headers) is left out here. Every line says which
 * request or task it belongs to.
 */
export const logger: Logger = pino({
  level: 'info',
  base: undefined,
  mixin: () => ({ ...currentScope() }), // A fresh object: pino writes the line's own fields into it.
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) },
  serializers: { err: describeError },
});

export type { Logger };

type ErrorFacts = { type: string; message?: string; code?: string; stack: string[]; cause?: ErrorFacts };

/** What may be known of an error: its name, where it came from, and its words unless it is the database that says them. */
export function describeError(error: unknown, depth = 0): ErrorFacts {
  if (typeof error !== 'object' || error === null) return { type: typeof error, stack: [] };
  const { name, message, stack, cause, original } = error as Partial<Error> & { cause?: unknown; original?: unknown };
  // The database repeats values: "Duplicate entry '138…' for key", "…WHERE phone = '138…'".
  const isOfDatabase = original !== undefined || (name?.startsWith('Sequelize') ?? false);
  const inner = original ?? cause;
  return {
    type: name ?? 'unknown',
    ...(!isOfDatabase && !('sql' in error) && { message }),
    ...('code' in error && { code: String(error.code) }),
    stack: (stack ?? '')
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
      .slice(0, 12)
      .map((line) => line.trim()),
    ...(inner !== undefined && depth < 2 && { cause: describeError(inner, depth + 1) }),
  };
}
