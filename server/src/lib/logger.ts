import { pino, type Logger } from 'pino';

/** JSON lines on standard output. Secrets, phone numbers, openids, tokens and prompts are never handed to it. */
export const logger: Logger = pino({
  level: 'info',
  base: undefined,
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) },
  redact: { paths: ['*.phone', '*.openid', '*.token', '*.authorization', '*.code', '*.secret'], censor: '[hidden]' },
});

export type { Logger };
