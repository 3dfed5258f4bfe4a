import { z } from 'zod';
import { randomLetters } from './random';
import { keep, readKept } from './storage';
import type { WechatDoor } from './types';

const deviceKey = 'sandbox-device';

/** The sandbox takes the part before the point for the person, so that one browser is one seller. */
async function getCode(): Promise<string> {
  const device = readKept(deviceKey, z.string().min(1)) ?? randomLetters().slice(0, 12);
  keep(deviceKey, device);
  return `h5${device}.${randomLetters()}`;
}

export const wechatDoor: WechatDoor = {
  isOpen: (probe) => probe(),
  getCode,
  // One browser serves many test sellers: tying each phone number to it would make the second one a conflict.
  findCodeForPhoneLogin: async () => null,
  hasPhoneButton: false,
};
