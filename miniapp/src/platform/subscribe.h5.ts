import type { AskToNotify } from './types';

/** A browser has no messages of WeChat's. */
export const askToNotify: AskToNotify = async () => false;
