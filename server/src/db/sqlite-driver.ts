import { EventEmitter } from 'node:events';
import { dirname, resolve } from 'node:path';

/*
 * The `dialectModule` that Sequelize's SQLite dialect loads, over the prebuilt addon of @appthreat/sqlite3. Its own JS layer
 * is ESM only and cannot be loaded under jest on Node 20, so the few methods that Sequelize calls are set here.
 *
 * Why a gate: Sequelize opens a connection per transaction, and the addon waits for a busy database on libuv's four threads.
 * Four waiting writers fill them, and the COMMIT they wait for cannot run: 16 transactions at once took 17 s and 10 of them
 * failed with SQLITE_BUSY; 500 did not end in 200 s. With one first-come-first-served gate per file in front of BEGIN and of
 * every lone write, 500 take 0.7 s and none fails. Other processes are waited for by SQLite itself (busy timeout).
 */

type Callback = (this: unknown, error: Error | null, rows?: unknown) => void;
type NativeStatement = { [method in 'run' | 'all' | 'get']: (...args: unknown[]) => NativeStatement } & {
  finalize(): void;
};
type NativeDatabase = {
  close(callback?: (error: Error | null) => void): void;
  exec(sql: string, callback?: (error: Error | null) => void): void;
  serialize(callback?: () => void): void;
  configure(option: 'busyTimeout', value: number): void;
};
type Native = {
  Database: new (file: string, mode: number, callback?: (error: Error | null) => void) => NativeDatabase;
  Statement: new (database: NativeDatabase, sql: string, callback: (error: Error | null) => void) => NativeStatement;
};

const busyTimeoutMs = 10_000;
const lockTimeoutMs = 60_000;
const native = loadNative();
const gates = new Map<string, Gate>();

/** One holder at a time, in the order of asking. */
class Gate {
  private tail: Promise<void> = Promise.resolve();

  /** Resolves, when it is this caller's turn, with the function that lets the next one in. */
  enter(): Promise<() => void> {
    let leave: () => void = () => undefined;
    const left = new Promise<void>((done) => {
      leave = done;
    });
    const turn = this.tail.then(() => leave);
    this.tail = this.tail.then(() => left);
    return turn;
  }
}

class GatedDatabase {
  readonly filename: string;
  uuid: string | undefined;
  private readonly database: NativeDatabase;
  private readonly gate: Gate;
  private leaveGate: (() => void) | null = null;

  constructor(file: string, mode: number, callback?: (error: Error | null) => void, waitMs = busyTimeoutMs) {
    this.filename = file;
    this.gate = gateOf(file);
    this.database = new native.Database(file, mode, callback);
    this.database.configure('busyTimeout', waitMs);
  }

  run(sql: string, ...args: unknown[]): this {
    return this.pass('run', sql, args);
  }

  all(sql: string, ...args: unknown[]): this {
    return this.pass('all', sql, args);
  }

  get(sql: string, ...args: unknown[]): this {
    return this.pass('get', sql, args);
  }

  exec(sql: string, callback?: (error: Error | null) => void): this {
    this.database.exec(sql, callback);
    return this;
  }

  serialize(callback?: () => void): void {
    this.database.serialize(callback);
  }

  close(callback?: (error: Error | null) => void): void {
    this.database.close((error) => {
      this.leave();
      callback?.(error);
    });
  }

  private pass(method: 'run' | 'all' | 'get', sql: string, args: unknown[]): this {
    const last = args.at(-1);
    const callback: Callback = typeof last === 'function' ? (last as Callback) : ignore;
    const values = typeof last === 'function' ? args.slice(0, -1) : args;

    if (/^\s*BEGIN/i.test(sql)) this.begin(method, sql, values, callback);
    else if (/^\s*(COMMIT|ROLLBACK(?!\s+TO))/i.test(sql)) this.end(method, sql, values, callback);
    else if (this.leaveGate || /^\s*(SELECT|PRAGMA|EXPLAIN)/i.test(sql)) this.execute(method, sql, values, callback);
    else this.writeAlone(method, sql, values, callback);
    return this;
  }

  private begin(method: 'run' | 'all' | 'get', sql: string, values: unknown[], callback: Callback): void {
    void this.gate.enter().then((leave) => {
      this.leaveGate = leave;
      this.execute(
        method,
        sql,
        values,
        once(callback, (error) => error && this.leave()),
      );
    });
  }

  private end(method: 'run' | 'all' | 'get', sql: string, values: unknown[], callback: Callback): void {
    this.execute(
      method,
      sql,
      values,
      once(callback, (error) => !error && this.leave()),
    );
  }

  private writeAlone(method: 'run' | 'all' | 'get', sql: string, values: unknown[], callback: Callback): void {
    void this.gate.enter().then((leave) => this.execute(method, sql, values, once(callback, leave)));
  }

  private execute(method: 'run' | 'all' | 'get', sql: string, values: unknown[], callback: Callback): void {
    const statement = new native.Statement(this.database, sql, (error) => {
      if (error) callback.call(statement, error);
    });
    statement[method](...values, callback).finalize();
  }

  private leave(): void {
    const leave = this.leaveGate;
    this.leaveGate = null;
    leave?.();
  }
}

/** Readers never wait for the writer: the write-ahead log. */
class WalDatabase extends GatedDatabase {
  constructor(file: string, mode: number, callback?: (error: Error | null) => void) {
    super(file, mode, callback);
    if (file !== ':memory:') this.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;');
  }
}

export const sqliteDriver = { Database: WalDatabase, OPEN_READONLY: 1, OPEN_READWRITE: 2, OPEN_CREATE: 4 };

/** Holds a file that only one process at a time can hold; the system lets go of it when the process dies. */
export async function holdLockFile(file: string): Promise<{ release(): Promise<void> }> {
  const { OPEN_READWRITE, OPEN_CREATE } = sqliteDriver;
  const held = await new Promise<GatedDatabase>((resolve, reject) => {
    const opened: GatedDatabase = new GatedDatabase(
      file,
      OPEN_READWRITE | OPEN_CREATE,
      (error) => (error ? reject(error) : resolve(opened)),
      lockTimeoutMs,
    );
  });
  await new Promise<void>((resolve, reject) => {
    held.run('BEGIN EXCLUSIVE', (error: Error | null) => (error ? reject(error) : resolve()));
  });
  return { release: () => new Promise((resolve) => held.close(() => resolve())) };
}

function gateOf(file: string): Gate {
  const key = file === ':memory:' ? file : resolve(file);
  const known = gates.get(key);
  if (known) return known;

  const gate = new Gate();
  gates.set(key, gate);
  return gate;
}

/** Calls `before` and then `callback`, the first time only: a failed statement reports itself twice. */
function once(callback: Callback, before: (error: Error | null) => unknown): Callback {
  let called = false;
  return function (this: unknown, error, rows) {
    if (called) return;
    called = true;
    before(error);
    callback.call(this, error, rows);
  };
}

function ignore(): void {
  // Sequelize sends PRAGMA FOREIGN_KEYS=ON without waiting for it.
}

function loadNative(): Native {
  const load = require('node-gyp-build') as (folder: string) => Native;
  const addon = load(dirname(require.resolve('@appthreat/sqlite3/package.json')));
  Object.assign(addon.Database.prototype, EventEmitter.prototype);
  Object.assign(addon.Statement.prototype, EventEmitter.prototype);
  // Sequelize tells an INSERT's result by this name.
  Object.defineProperty(addon.Statement, 'name', { value: 'Statement' });
  return addon;
}
