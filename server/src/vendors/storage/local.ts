import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { assert } from '../../lib/assert';
import { clock, hours } from '../../lib/clock';
import { randomHex } from '../../lib/ids';
import { assertKey, contentTypeOfKey } from './key';
import { localFiles } from './local-files';
import { readLink, readPolicy, signLink, signPolicy } from './local-signing';
import type { LocalStore, StoragePort } from './port';

export type LocalStorageSettings = {
  rootDir: string;
  /** Where phones reach this server, such as `https://suyi.example`; empty for addresses that begin with `/`. */
  publicUrl: string;
  urlSecret: string;
};

export type LocalStorage = StoragePort & LocalStore;

/** Objects as files under one folder, for one machine: the embedded mode. */
export function localStorage(settings: LocalStorageSettings): LocalStorage {
  assert(settings.urlSecret.length >= 16, 'the secret that signs addresses is long');
  const objectsDir = join(resolve(settings.rootDir), 'objects');
  const incomingDir = join(resolve(settings.rootDir), 'incoming');
  const files = localFiles(incomingDir);
  // Uploads are written here by the body parser, which makes no folders.
  mkdirSync(incomingDir, { recursive: true });
  const base = `${settings.publicUrl.replace(/\/+$/, '')}/api/media/files`;

  function pathOf(key: string): string {
    assertKey(key);
    return join(objectsDir, key);
  }

  return {
    incomingDir,
    pathOf,

    uploadForm({ key, bytesMax, expiresAt }) {
      assertKey(key);
      const policy = { key, bytesMax, expires: Math.floor(expiresAt / 1_000) };
      const fields = signPolicy(policy, settings.urlSecret);
      // In the address as well, so that our route can refuse a stranger before it reads the body.
      return { url: `${base}?${new URLSearchParams(fields).toString()}`, fields, fileField: 'file', expiresAt };
    },

    readUploadFields(fields) {
      const policy = readPolicy(fields, settings.urlSecret);
      return typeof policy === 'string' ? policy : { key: policy.key, bytesMax: policy.bytesMax };
    },

    signedUrl(key, seconds) {
      assertKey(key);
      const expires = Math.ceil(clock.now() / 1_000) + seconds;
      return `${base}/${key}?${signLink(key, expires, settings.urlSecret)}`;
    },

    verifyLink: (key, query) => readLink(key, query, settings.urlSecret),

    sizeOf: (key) => files.sizeOf(pathOf(key)),

    async read(key, bytesMax) {
      const bytes = await files.readUpTo(pathOf(key), bytesMax + 1);
      assert(!bytes || bytes.length <= bytesMax, 'an object that is read whole is not longer than its reader expects');
      return bytes;
    },

    async contentTypeOf(key) {
      return typeOfBytes((await files.readUpTo(pathOf(key), 12)) ?? Buffer.alloc(0));
    },

    write: (key, bytes) => files.put(pathOf(key), bytes),

    store: (key, tempPath) => files.take(pathOf(key), tempPath),

    remove: (key) => files.remove(pathOf(key)),

    sweep: () => files.sweep(clock.now() - hours(24)),

    async check() {
      const probe = join(incomingDir, `check-${randomHex(8)}`);
      await files.put(probe, Buffer.from('ok'));
      await files.remove(probe);
    },
  };
}

function typeOfBytes(start: Buffer): string {
  const hex = start.toString('hex');
  if (hex.startsWith('ffd8ff')) return contentTypeOfKey('.jpg');
  if (hex.startsWith('89504e470d0a1a0a')) return contentTypeOfKey('.png');
  if (hex.startsWith('52494646') && hex.slice(16) === '57454250') return contentTypeOfKey('.webp');
  return contentTypeOfKey('');
}
