import { randomBytes } from 'node:crypto';
import { clock, days, minutes, seconds } from '../../lib/clock';

export type StableTokens = {
  /** WeChat's answer, be it a token or a refusal to force one. */
  give(isForced: boolean): Record<string, unknown>;
  holds(text: string): boolean;
  /** Every token given so far stops holding. */
  drop(): void;
};

const tokenSeconds = 7_200;
const forcedPerDay = 20;

/** `stable_token`: one token at a time, renewed five minutes early with both holding in between; forcing ends the old one at once. */
export function createStableTokens(): StableTokens {
  let living: { text: string; expiresAt: number }[] = [];
  let forcedAt: number[] = [];

  function prune(): void {
    living = living.filter((token) => clock.now() < token.expiresAt);
    forcedAt = forcedAt.filter((at) => clock.now() - at < days(1));
  }

  function findForcingFault(): number | null {
    const last = forcedAt.at(-1);
    if (last !== undefined && clock.now() - last < seconds(30)) return 45011;
    return forcedAt.length >= forcedPerDay ? 45009 : null;
  }

  return {
    give(isForced) {
      prune();
      if (isForced) {
        const errcode = findForcingFault();
        if (errcode) return { errcode, errmsg: 'refused by the sandbox' };
        forcedAt.push(clock.now());
        living = [];
      }
      let newest = living.at(-1);
      if (!newest || newest.expiresAt - clock.now() <= minutes(5)) {
        newest = { text: randomBytes(96).toString('base64url'), expiresAt: clock.now() + seconds(tokenSeconds) };
        living = [...living, newest];
      }
      return { access_token: newest.text, expires_in: Math.floor((newest.expiresAt - clock.now()) / 1_000) };
    },
    holds(text) {
      prune();
      return living.some((token) => token.text === text);
    },
    drop() {
      living = [];
    },
  };
}
