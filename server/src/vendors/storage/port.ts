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
