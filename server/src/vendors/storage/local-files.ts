import { constants } from 'node:fs';
import { copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomHex } from '../../lib/ids';

export type LocalFiles = {
  /** Whole or not at all, and there after a power cut: a new file, fsync, rename, fsync of the folder. */
  put(path: string, bytes: Buffer): Promise<void>;
  /** The same for a file that lies somewhere already; it is moved when it can be, copied when it lies on another disk. */
  take(path: string, from: string): Promise<void>;
  /** Null when there is none. */
  sizeOf(path: string): Promise<number | null>;
  /** The first `bytesMax` bytes, or all when there are fewer; null when there is none. */
  readUpTo(path: string, bytesMax: number): Promise<Buffer | null>;
  remove(path: string): Promise<void>;
  /** Removes unfinished files last touched before this moment (epoch milliseconds): what a crash left. Answers how many. */
  sweep(beforeMs: number): Promise<number>;
};

/** Files under one folder. `incoming`, on the same disk, holds what is not finished yet. */
export function localFiles(incoming: string): LocalFiles {
  async function place(unfinished: string, path: string): Promise<void> {
    const folder = dirname(path);
    const firstMade = await mkdir(folder, { recursive: true });
    await rename(unfinished, path);
    await syncFolder(folder);
    // A new folder's own entry must last as well: from the file upwards, to the folder that was there before.
    for (let made = folder; firstMade && made.length >= firstMade.length; made = dirname(made)) {
      await syncFolder(dirname(made));
    }
  }

  async function unfinishedPath(): Promise<string> {
    await mkdir(incoming, { recursive: true });
    return join(incoming, randomHex(16));
  }

  async function finishing(unfinished: string, path: string, fill: () => Promise<void>): Promise<void> {
    try {
      await fill();
      await place(unfinished, path);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  }

  return {
    async put(path, bytes) {
      const unfinished = await unfinishedPath();
      await finishing(unfinished, path, () => writeSynced(unfinished, bytes));
    },
    async take(path, from) {
      const unfinished = await unfinishedPath();
      await finishing(unfinished, path, () => moveSynced(from, unfinished));
    },
    async sizeOf(path) {
      const found = await stat(path).catch(nullIfAbsent);
      return found?.isFile() ? found.size : null;
    },
    async readUpTo(path, bytesMax) {
      const file = await open(path, 'r').catch(nullIfAbsent);
      if (!file) return null;
      try {
        const { size } = await file.stat();
        const bytes = Buffer.alloc(Math.min(size, bytesMax));
        const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
        return bytes.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },
    async remove(path) {
      await rm(path, { force: true });
    },
    async sweep(beforeMs) {
      const names = (await readdir(incoming).catch(nullIfAbsent)) ?? [];
      let removed = 0;
      for (const name of names) {
        const path = join(incoming, name);
        const found = await stat(path).catch(nullIfAbsent);
        if (!found || found.mtimeMs >= beforeMs) continue;
        await rm(path, { force: true });
        removed += 1;
      }
      return removed;
    },
  };
}

async function writeSynced(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'wx', 0o640);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function moveSynced(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!isErrno(error, 'EXDEV')) throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
    await rm(from);
  }

  const file = await open(to, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function nullIfAbsent(error: unknown): null {
  if (isErrno(error, 'ENOENT')) return null;
  throw error;
}

function isErrno(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
