import type { JobCost, VendorAccount } from './port';
import type { AccountReply, UsageReply } from './replies';

type Said = string | null | undefined;

/** What does not fit the database's integers is garbage like a word or a negative number: unknown, not zero. */
const amountMax = 2_147_483_647;

/** A number of the vendor's in units of a `1 / scale`, rounded; null when it is none. */
function amount(said: Said, scale: number): number | null {
  if (!said || !/^\s*\d{1,15}(\.\d{1,30})?\s*$/.test(said)) return null;

  const scaled = Math.round(Number(said) * scale);
  return scaled <= amountMax ? scaled : null;
}

function sum(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one + other, amountMax);
}

export function costOf(usage: UsageReply | null): JobCost {
  return {
    millicoins: amount(usage?.consumeCoins, 1_000),
    // What the vendor paid to others for us is on our bill beside its own.
    milliyuan: sum(amount(usage?.consumeMoney, 1_000), amount(usage?.thirdPartyConsumeMoney, 1_000)),
    seconds: amount(usage?.taskCostTime, 1),
  };
}

export function accountOf(reply: AccountReply): VendorAccount {
  const isYuan = !reply.currency || /^(CNY|RMB)$/i.test(reply.currency);
  return {
    refused: false,
    openJobs: amount(reply.currentTaskCounts, 1),
    millicoins: amount(reply.remainCoins, 1_000),
    milliyuan: isYuan ? amount(reply.remainMoney, 1_000) : null,
  };
}
