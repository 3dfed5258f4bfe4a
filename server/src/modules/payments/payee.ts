import { slot } from '../../lib/slot';

/** Who is paid: our merchant number and the mini program's appid. A payment to anybody else is not ours. Filled by `main.ts`. */
export const payee = slot<{ appid: string; mchid: string }>('payee');
