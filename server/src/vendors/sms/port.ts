import type { Refusal } from '../../lib/errors';
import { slot } from '../../lib/slot';

export type SmsPort = {
  /** Sends the code to a mainland number (eleven digits). A refusal means that no message left. */
  sendCode(input: { phone: string; code: string; validMinutes: number }): Promise<{ refused: false } | Refusal>;
};

export const sms = slot<SmsPort>('sms');
