import { assert } from '../../lib/assert';

/** Our keys mean the same in every store, in an address and on a disk. They are made by us: another one is our own mistake. */
export function assertKey(key: string): void {
  assert(isKey(key), 'a storage key is 1 to 200 of [0-9a-z_./-], in segments that are neither empty nor dots');
}

export function isKey(key: string): boolean {
  return /^[0-9a-z_./-]{1,200}$/.test(key) && key.split('/').every((segment) => /[^.]/.test(segment));
}

/** The content type that a key's ending promises. Never a page or a script: what a stranger uploads lies under our own name. */
export function contentTypeOfKey(key: string): string {
  const types: Record<string, string> = { jpg: 'image/jpeg', jpeg: 'image/jpeg', png: 'image/png', webp: 'image/webp' };
  return types[/\.([a-z]+)$/.exec(key)?.[1] ?? ''] ?? 'application/octet-stream';
}
