import COS from 'cos-nodejs-sdk-v5';
import { assert } from '../../lib/assert';
import { clock } from '../../lib/clock';
import { VendorUnavailable } from '../../lib/errors';
import { postFields } from './cos-signing';
import { assertKey, contentTypeOfKey } from './key';
import type { StoragePort } from './port';

export type CosSettings = {
  /** Empty for COS itself; `http://127.0.0.1:PORT` for a stand-in. */
  endpoint?: string;
  /** With its appid: `suyi-1250000000`. */
  bucket: string;
  region: string;
  secretId: string;
  secretKey: string;
  /** One try; the SDK makes up to four of anything that fails, at once and without a pause. */
  timeoutMs: number;
};

/** Clocks differ: a signature holds from a minute before it is made. */
const backdateSeconds = 60;
const requestSeconds = 900;
const triesMax = 4;

/** A private bucket of Tencent COS. */
export function cosStorage(settings: CosSettings): StoragePort {
  const endpoint = settings.endpoint ? new URL(settings.endpoint) : null;
  const host = endpoint?.host ?? `${settings.bucket}.cos.${settings.region}.myqcloud.com`;
  const origin = `${endpoint?.protocol ?? 'https:'}//${host}`;
  const place = { Bucket: settings.bucket, Region: settings.region };
  const keys = { SecretId: settings.secretId, SecretKey: settings.secretKey };

  const cos = new COS({
    ...(endpoint ? { Domain: host, Protocol: endpoint.protocol === 'http:' ? 'http:' : 'https:' } : {}),
    Timeout: settings.timeoutMs,
    UploadCheckContentMd5: true,
    CorrectClockSkew: false, // It would learn an offset for a signature that it does not make.
    // Signed here and not by the SDK, so that the time is our clock's.
    getAuthorization: ({ Method, Pathname, Query, Headers }, done) => {
      done(COS.getAuthorization({ ...keys, Method, Pathname, Query, Headers, KeyTime: keyTime() }));
    },
  });

  const ask = <T>(work: Promise<T>): Promise<T> => orUnavailable(work, settings.timeoutMs * (triesMax + 1));

  return {
    uploadForm({ key, bytesMax, expiresAt }) {
      assertKey(key);
      const expires = Math.floor(expiresAt / 1_000);
      const policy = { bucket: settings.bucket, key, contentType: contentTypeOfKey(key), bytesMax, expires };
      const fields = postFields({ ...policy, startsAt: startsAt() }, settings.secretId, settings.secretKey);
      return { url: `${origin}/`, fields, fileField: 'file', expiresAt };
    },

    async sizeOf(key) {
      assertKey(key);
      const found = await nullIfAbsent(ask(cos.headObject({ ...place, Key: key })));
      if (!found) return null;

      const length = Number(found.headers?.['content-length']);
      if (!Number.isSafeInteger(length) || length < 0) throw new VendorUnavailable('cos', 'gave no length');
      return length;
    },

    async read(key, bytesMax) {
      assertKey(key);
      // One byte more than allowed is enough to know that there is more, however long the object is.
      const range = { ...place, Key: key, Headers: { Range: `bytes=0-${bytesMax}` } };
      const found = await nullIfAbsent(emptyIfNoRange(ask(cos.getObject(range))));
      if (!found) return null;

      assert(found.Body.length <= bytesMax, 'an object that is read whole is not longer than its reader expects');
      return found.Body;
    },

    async write(key, bytes, contentType) {
      assertKey(key);
      await ask(cos.putObject({ ...place, Key: key, Body: bytes, ContentType: contentType }));
    },

    async remove(key) {
      assertKey(key);
      await ask(cos.deleteObject({ ...place, Key: key }));
    },

    signedUrl(key, seconds) {
      assertKey(key);
      const signature = COS.getAuthorization({
        ...keys,
        Method: 'GET',
        Pathname: `/${key}`,
        Headers: { Host: host },
        KeyTime: keyTime(seconds),
      });
      return `${origin}/${key}?${new URLSearchParams(signature).toString()}`;
    },

    async check() {
      await ask(cos.headBucket(place));
    },
  };
}

const startsAt = (): number => Math.floor(clock.now() / 1_000) - backdateSeconds;
const keyTime = (seconds = requestSeconds): string => `${startsAt()};${Math.ceil(clock.now() / 1_000) + seconds}`;

/** What went wrong with a call, when the SDK says anything of use: the status and COS's own word, without the address or the signature. */
class CosFault extends VendorUnavailable {
  constructor(
    readonly status: number | null,
    readonly code: string,
  ) {
    super('cos', status === null ? `gave no answer (${code})` : `answered ${status} ${code}`);
  }
}

/**
 * The SDK's own time-out is for silence between two bytes, so a drip never ends it; this deadline does. Its errors carry the signed
 * request, which must reach no log: only the status and the code are kept.
 */
async function orUnavailable<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CosFault(null, 'deadline')), deadlineMs);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    throw error instanceof CosFault ? error : readFault(error);
  } finally {
    clearTimeout(timer);
  }
}

function readFault(error: unknown): CosFault {
  const said: { statusCode?: unknown; code?: unknown } = typeof error === 'object' && error !== null ? error : {};
  const code = typeof said.code === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(said.code) ? said.code : 'unknown';
  return new CosFault(typeof said.statusCode === 'number' ? said.statusCode : null, code);
}

/** A HEAD has no body, so its 404 has no word; only a missing bucket, when named, is something else than a missing object. */
async function nullIfAbsent<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof CosFault && error.status === 404 && error.code !== 'NoSuchBucket') return null;
    throw error;
  }
}

/** An empty object has no first byte, and asking for it is refused. */
async function emptyIfNoRange(work: Promise<{ Body: Buffer }>): Promise<{ Body: Buffer }> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof CosFault && error.status === 416) return { Body: Buffer.alloc(0) };
    throw error;
  }
}
