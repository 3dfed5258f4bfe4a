import { z } from 'zod';
import { hours } from '../../lib/clock';

/*
 * Alipay writes money as yuan with two decimals and moments as the wall clock of Shanghai, whatever zone a server lives in.
 * Neither passes through a float or through the process's own zone here.
 */

/** `9900` as `99.00`. */
export function yuanOf(fen: number): string {
  const digits = String(fen).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** `99.00` as `9900`; anything but digits, a point and two digits is no amount. */
export const YuanAsFen = z
  .string()
  .regex(/^\d{1,11}\.\d{2}$/)
  .transform((text) => Number(text.replace('.', '')));

/** Epoch milliseconds as `2026-11-22 08:00:00` in Shanghai. */
export function shanghaiText(ms: number): string {
  return new Date(ms + hours(8)).toISOString().slice(0, 19).replace('T', ' ');
}

/** The same back; refunds come with milliseconds. */
export const ShanghaiMoment = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{1,3})?$/)
  .transform((text) => Date.parse(`${text.slice(0, 19).replace(' ', 'T')}+08:00`))
  .refine((ms) => !Number.isNaN(ms));
