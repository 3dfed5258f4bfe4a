import { createHmac } from 'node:crypto';

/** The merchant's signature: over what is asked for, a call's path or `requestVirtualPayment`, and the exact text it is asked with. */
export const paySignature = (appKey: string, subject: string, text: string): string =>
  hmac(appKey, `${subject}&${text}`);

/** The buyer's: their login key signs as the text it is, not as the bytes that it stands for. */
export const userSignature = (sessionKey: string, text: string): string => hmac(sessionKey, text);

const hmac = (key: string, text: string): string => createHmac('sha256', key).update(text).digest('hex');
