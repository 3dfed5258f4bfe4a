import { join } from 'node:path';
import { connectDatabase, database } from '../src/db/database';
import { startSandbox, type Sandbox } from '../src/sandbox';
import { makeTestDatabase, type TestDatabase } from './database';
import { freePort } from './free-port';
import { expectLedgerToBalance } from './ledger';
import { runCommand, startServer, type ServerProcess } from './server-process';

export type LiveServer = {
  origin: string;
  sandbox: Sandbox;
  /** kill -9, and the same server started again. Resolves, when it answers, with how long that took in milliseconds. */
  killAndRestart(): Promise<number>;
  /** Asks it to stop, and starts it again. Resolves with the exit code. */
  stopAndRestart(): Promise<number | null>;
  /** An operator's command (`refund`) of the built server, with the server's own settings. Resolves with its exit code and words. */
  command(name: string, words: string[]): Promise<{ code: number | null; output: string }>;
  /** All that it has written, in all its lives. */
  output(): string;
  /** Looks at the books from outside: the ledger balances, and then what `look` asks of the database. */
  audit(look?: () => Promise<void>): Promise<void>;
};

/**
 * The real server as a process of its own, `VENDORS=live`, with every vendor's address pointing at simulators that live in
 * the test and so outlive the server. Settings that are known only once something else has started may be a function.
 */
export function useLiveServer(environment: Record<string, string> | (() => Record<string, string>) = {}): LiveServer {
  const live = {} as LiveServer;
  let files: TestDatabase;
  let server: ServerProcess;
  let complete: Record<string, string>;
  let before = '';

  beforeAll(async () => {
    files = await makeTestDatabase();
    const port = await freePort();
    live.origin = `http://127.0.0.1:${port}`;
    live.sandbox = await startSandbox({ publicUrl: live.origin, keysDir: join(files.folder, 'keys') });
    complete = {
      ...live.sandbox.environment,
      VENDORS: 'live',
      PORT: String(port),
      DATA_DIR: join(files.folder, 'data'),
      DATABASE_URL: files.url,
      ...(typeof environment === 'function' ? environment() : environment),
    };
    server = await startServer(complete);
  }, 60_000);

  afterAll(async () => {
    await server.stop();
    await live.sandbox.stop();
    await files.remove();
  }, 60_000);

  live.killAndRestart = async () => {
    await server.kill();
    before += server.output();
    const at = performance.now();
    server = await startServer(complete);
    return performance.now() - at;
  };
  live.stopAndRestart = async () => {
    const code = await server.stop();
    before += server.output();
    server = await startServer(complete);
    return code;
  };
  live.output = () => before + server.output();
  live.command = (name, words) => runCommand(name, words, complete);
  live.audit = async (look) => {
    database.fill(connectDatabase(files.url));
    await expectLedgerToBalance();
    await look?.();
    await database.current.close();
  };
  return live;
}
