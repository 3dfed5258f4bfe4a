import { relative } from 'node:path';
import { root } from './paths.mjs';

/** An ending that the person at the terminal can act on: one sentence, never a stack. */
export class Stop extends Error {
  name = 'Stop';

  /** `log` is the file with the whole story; `tail` is its end. */
  constructor(sentence, { log, tail = [] } = {}) {
    super(sentence);
    this.log = log;
    this.tail = tail;
  }
}

/** Runs a command's main function. Whatever stops it becomes one sentence and exit code 1; only our own bugs keep their stack. */
export async function runMain(main) {
  try {
    process.exitCode = (await main()) ?? process.exitCode ?? 0;
  } catch (error) {
    process.exitCode = 1;
    console.error(explain(error));
  }
}

/** What to print about this error: a sentence for what people can mend, the stack for what only we can. */
export function explain(error) {
  const known = error instanceof Stop ? error : fromSystem(error);
  if (!known) return error?.stack ?? String(error);

  const lines = ['', known.message];
  if (known.log) lines.push(`The whole log: ${relative(process.cwd(), known.log) || known.log}`);
  if (known.tail.length > 0) lines.push('Its last lines:', ...known.tail.map((line) => `  ${line}`));
  return lines.join('\n');
}

function fromSystem(error) {
  if (error?.syscall?.startsWith('spawn')) return new Stop(`${error.path} could not be started (${error.code}).`);

  const where = error?.path ?? root;
  if (error?.code === 'EACCES' || error?.code === 'EPERM' || error?.code === 'EROFS') {
    return new Stop(
      `${where} cannot be written to. Give yourself write permission on ${root}, or clone Suyi elsewhere.`,
    );
  }
  if (error?.code === 'ENOSPC') return new Stop(`The disk that holds ${where} is full. Make room and run this again.`);
  return null;
}
