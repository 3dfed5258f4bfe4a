import { randomBytes } from 'node:crypto';
import { clock } from './clock';

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz';
let lastMs = 0;
let sequence = 0;

/** `prefix_` + 9 characters of time + 3 of sequence + 12 of chance, at most 32 characters; ids of one process sort by making. */
export function newId(
  prefix:
    | 'usr'
    | 'ord'
    | 'tsk'
    | 'med'
    | 'qen'
    | 'cod'
    | 'evt'
    | 'ses'
    | 'wsh'
    | 'rfd'
    | 'dsc'
    | 'vrd'
    | 'bil'
    | 'adm'
    | 'aud'
    | 'fig',
): string {
  const now = clock.now();
  sequence = now === lastMs ? sequence + 1 : 0;
  lastMs = now;

  return `${prefix}_${base36(now, 9)}${base36(sequence % 46_656, 3)}${chance(12)}`;
}

/** What sorts before every id of this kind that was made at `atMs` (epoch milliseconds) or later, and after those made before. */
export const idFloor = (prefix: string, atMs: number): string => `${prefix}_${base36(atMs, 9)}`;

function base36(value: number, width: number): string {
  return value.toString(36).padStart(width, '0');
}

function chance(length: number): string {
  let text = '';
  for (const byte of randomBytes(length)) text += alphabet[byte % 36];
  return text;
}

/** `bytes` random bytes as lower-case hex. */
export const randomHex = (bytes: number): string => randomBytes(bytes).toString('hex');
