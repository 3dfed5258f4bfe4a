import { slot } from '../../lib/slot';

/** A form POST that `wx.uploadFile` can send: the fields in this order, the file last. */
export type UploadForm = { url: string; fields: Record<string, string>; fileField: string; expiresAt: number };

export type StoragePort = {
  /** A form that lets its holder put one object under exactly this key, up to `bytesMax` bytes, until `expiresAt` (epoch milliseconds). */
  uploadForm(input: { key: string; bytesMax: number; expiresAt: number }): UploadForm;

  /** The object's length in bytes, or null when there is none. */
  sizeOf(key: string): Promise<number | null>;

  /** The whole object. Null when there is none; longer than `bytesMax` is an assertion failure. */
  read(key: string, bytesMax: number): Promise<Buffer | null>;

  /** Stores durably, over whatever lay there: writing the same key twice is harmless. */
  write(key: string, bytes: Buffer, contentType: string): Promise<void>;

  /** Removes; removing what is not there is harmless. */
  remove(key: string): Promise<void>;

  /** An address that shows the object to whoever holds it, for `seconds`. Absolute, or beginning with `/` on our own host. */
  signedUrl(key: string, seconds: number): string;

  /** Throws when the store cannot be reached or written. For `/health/ready`. */
  check(): Promise<void>;
};

export const storage = slot<StoragePort>('storage');

/** What a store in a local folder asks of our own routes at `/api/media/files`: they are its door, as COS's servers are the bucket's. */
export type LocalStore = {
  /** Files on their way in are put here, so that storing them is a rename. */
  readonly incomingDir: string;
  /** What the fields of an upload form allow, when they are ours and in time. */
  readUploadFields(fields: unknown): { key: string; bytesMax: number } | 'expired' | 'refused';
  /** Makes a received file the object, durably and at once, over whatever lay there. */
  store(key: string, tempPath: string): Promise<void>;
  /** Whether this query (`e`, `s`) shows this key now. */
  verifyLink(key: string, query: unknown): 'ok' | 'expired' | 'refused';
  /** The object's absolute path, whether there is one or not. The key must be one of ours. */
  pathOf(key: string): string;
  /** JPEG, PNG or WebP by the bytes themselves, never by what somebody said; else a heap of bytes. */
  contentTypeOf(key: string): Promise<string>;
  /** Removes what uploads and writes that never ended left behind a day ago. Answers how many files. */
  sweep(): Promise<number>;
};

/** Null when a cloud keeps the files. Filled by `main.ts` and tests. */
export const localStore = slot<LocalStore | null>('local-store');
