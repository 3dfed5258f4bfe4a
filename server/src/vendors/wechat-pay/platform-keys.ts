import { createPublicKey, type KeyObject } from 'node:crypto';
import { assert } from '../../lib/assert';
import { clock, hours, minutes } from '../../lib/clock';
import { VendorUnavailable } from '../../lib/errors';
import { logger } from '../../lib/logger';
import type { PlatformCertificate } from './certificates';
import type { FindKey } from './verify';

const ageMaxMs = hours(12);
const attemptEveryMs = minutes(1);

/** The one public key of a merchant in public-key mode. Asks nobody, whatever serial a stranger invents. */
export function publicKeyOnly(publicKeyId: string, publicKeyPem: string): FindKey {
  const key = createPublicKey(publicKeyPem);
  assert(key.asymmetricKeyType === 'rsa', 'the WeChat Pay public key is an RSA key');
  return (serial) => Promise.resolve(serial === publicKeyId ? key : null);
}

/**
 * Platform certificates, fetched when first needed, again when they are 12 hours old or a serial is unknown, but never more than
 * once a minute: a storm of invented serials costs one call. Throws `VendorUnavailable` when the only hope was a fetch that failed.
 */
export function certificateKeys(fetch: () => Promise<PlatformCertificate[]>): FindKey {
  let known = new Map<string, PlatformCertificate>();
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let underWay: Promise<void> | null = null;

  async function refresh(): Promise<void> {
    attemptedAt = clock.now();
    const certificates = await fetch();
    known = new Map(certificates.map((certificate) => [certificate.serial, certificate]));
    fetchedAt = clock.now();
  }

  /** One fetch serves everyone who waits for it. */
  async function refreshOnce(): Promise<void> {
    if (!underWay && clock.now() - attemptedAt < attemptEveryMs) return;
    underWay ??= refresh().finally(() => {
      underWay = null;
    });
    await underWay;
  }

  function keyOf(serial: string): KeyObject | null {
    const certificate = known.get(serial);
    return certificate && clock.now() < certificate.expiresAt ? certificate.key : null;
  }

  return async (serial) => {
    const isOld = clock.now() - fetchedAt >= ageMaxMs;
    const held = keyOf(serial);
    if (held && !isOld) return held;

    try {
      await refreshOnce();
    } catch (error) {
      // A certificate lives five years: one that we hold is as good after a failed refresh as before it.
      if (!held || !(error instanceof VendorUnavailable)) throw error;
      logger.warn({ err: error }, 'wechat-pay: the platform certificates could not be refreshed');
    }
    return keyOf(serial);
  };
}

/** For the days of moving from certificates to the public key, when WeChat Pay signs with either. */
export function eitherOf(first: FindKey, second: FindKey): FindKey {
  return async (serial) => (await first(serial)) ?? second(serial);
}
