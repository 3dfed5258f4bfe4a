import type { Cashier } from './types';

/** A browser cannot pay by WeChat: only the sandbox's cashier stands here, and the page comes back from it anew. */
export const cashier: Cashier = {
  isOpen: (probe) => probe(),
  async pay(payment, returnPath) {
    const prepayId = payment.package.replace(/^prepay_id=/, '');
    const query = `prepay_id=${encodeURIComponent(prepayId)}&return=${encodeURIComponent(`/#${returnPath}`)}`;
    window.location.assign(`/sandbox/cashier?${query}`);
    return 'left';
  },
};
