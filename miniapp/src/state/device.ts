import { z } from 'zod';
import { randomLetters } from '../platform/random';
import { keep, readKept } from '../platform/storage';

const deviceKey = 'device';
let made: string | null = null;

/** A name that this phone made up for itself, so that nobody has it send messages without end. It says nothing about the phone. */
export function deviceId(): string {
  made ??= readKept(deviceKey, z.string().regex(/^\w{8,64}$/)) ?? randomLetters();
  keep(deviceKey, made);
  return made;
}
