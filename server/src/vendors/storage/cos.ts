import { createHash } from 'node:crypto';
import COS from 'cos-nodejs-sdk-v5';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert } from '../../lib/assert';
import { clock } from '../../lib/clock';
import { VendorUnavailable } from '../../lib/errors';
import { vendorHttp, type VendorReply } from '../http';
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
  /** For one try of one call, its body included. Everything is tried twice. */
  timeoutMs: number;
};

type Call = {
  method: 'GET' | 'PUT' | 'HEAD' | 'DELETE';
  path: string;
  /** All of them are signed, with the host. */
  headers?: Record<string, string>;
  body?: Buffer;
  /** The longest answer that is of use; errors are a few hundred bytes of XML. */
  bytesMax?: number;
};

/** Clocks differ: a signature holds from a minute before it is made. */
const backdateSeconds = 60;
const requestSeconds = 900;
const pauseMs = 100;
const errorBytesMax = 64 * 1024;

type CosCalls = {
  /** `https://host`, without a slash at the end. */
  origin: string;
  /** A `q-sign` for one call, good for so many seconds. */
  sign(method: Call['method'], path: string, headers: Record<string, string>, seconds: number): string;
  /** Tried twice, because all that we ask of COS can be: the second answer is the first one's equal. Any status below 500 is an answer. */
  ask(call: Call): Promise<VendorReply>;
};

/**
 * The SDK signs; the calls go out through our own client, because the SDK's dies of an uncaught exception, and the process with it,
 * when a proxy's error page is cut off or an answer holds a word where none is due, because it makes four tries without a pause, and
 * because its time-out never ends a slow drip.
 */
function cosCalls(settings: CosSettings): CosCalls {
  const endpoint = settings.endpoint ? new URL(settings.endpoint) : null;
  const host = endpoint?.host ?? `${settings.bucket}.cos.${settings.region}.myqcloud.com`;
  const origin = endpoint?.origin ?? `https://${host}`;
  const http = vendorHttp('cos', origin, { timeoutMs: settings.timeoutMs });

  function sign(method: Call['method'], path: string, headers: Record<string, string>, seconds: number): string {
    // `method` and not `Method`: the SDK reads both, but its types know no HEAD.
    const call = {
      SecretId: settings.secretId,
      SecretKey: settings.secretKey,
      method,
      Pathname: path,
      Headers: { ...headers, Host: host },
      KeyTime: `${startsAt()};${Math.ceil(clock.now() / 1_000) + seconds}`,
    };
    return COS.getAuthorization(call);
  }

  async function send({ method, path, headers = {}, body, bytesMax = 0 }: Call): Promise<VendorReply> {
    const reply = await http.send({
      method,
      path,
      headers: { ...headers, authorization: sign(method, path, headers, requestSeconds) },
      bytesMax: Math.max(bytesMax, errorBytesMax),
      ...(body ? { body } : {}),
    });
    if (reply.status >= 500) throw unusable(reply);
    return reply;
  }

  return {
    origin,
    sign,
    async ask(call) {
      try {
        return await send(call);
      } catch (error) {
        if (!(error instanceof VendorUnavailable)) throw error;
        await sleep(pauseMs);
        return send(call);
      }
    },
  };
}

/** A private bucket of Tencent COS. */
export function cosStorage(settings: CosSettings): StoragePort {
  const { origin, sign, ask } = cosCalls(settings);

  function pathOf(key: string): string {
    assertKey(key);
    return `/${key}`;
  }

  return {
    uploadForm({ key, bytesMax, expiresAt }) {
      assertKey(key);
      const expires = Math.floor(expiresAt / 1_000);
      const policy = { bucket: settings.bucket, key, contentType: contentTypeOfKey(key), bytesMax, expires };
      const fields = postFields({ ...policy, startsAt: startsAt() }, settings.secretId, settings.secretKey);
      return { url: `${origin}/`, fields, fileField: 'file', expiresAt };
    },

    async sizeOf(key) {
      const reply = await ask({ method: 'HEAD', path: pathOf(key) });
      if (isAbsent(reply)) return null;

      const length = reply.headers['content-length'] ?? '';
      if (reply.status !== 200 || !/^\d{1,15}$/.test(length)) throw unusable(reply);
      return Number(length);
    },

    async read(key, bytesMax) {
      // One byte more than allowed is enough to know that there is more, however long the object is.
      const headers = { range: `bytes=0-${bytesMax}` };
      const reply = await ask({ method: 'GET', path: pathOf(key), headers, bytesMax: bytesMax + 1 });
      if (isAbsent(reply)) return null;
      if (reply.status === 416) return Buffer.alloc(0); // An empty object has no first byte.
      if (reply.status !== 200 && reply.status !== 206) throw unusable(reply);

      assert(reply.body.length <= bytesMax, 'an object that is read whole is not longer than its reader expects');
      return reply.body;
    },

    async write(key, bytes, contentType) {
      const md5 = createHash('md5').update(bytes).digest('base64'); // COS refuses what was changed on the way.
      const headers = { 'content-type': contentType, 'content-md5': md5 };
      const reply = await ask({ method: 'PUT', path: pathOf(key), headers, body: bytes });
      if (reply.status !== 200) throw unusable(reply);
    },

    async remove(key) {
      const reply = await ask({ method: 'DELETE', path: pathOf(key) });
      if (reply.status !== 204 && reply.status !== 200 && !isAbsent(reply)) throw unusable(reply);
    },

    signedUrl(key, seconds) {
      const path = pathOf(key);
      return `${origin}${path}?${new URLSearchParams(sign('GET', path, {}, seconds)).toString()}`;
    },

    async check() {
      const reply = await ask({ method: 'HEAD', path: '/' });
      if (reply.status !== 200) throw unusable(reply);
    },
  };
}

const startsAt = (): number => Math.floor(clock.now() / 1_000) - backdateSeconds;

/** A HEAD's 404 has no body and so no word; a missing bucket, where it is named, is something else than a missing object. */
function isAbsent(reply: VendorReply): boolean {
  return reply.status === 404 && codeOf(reply) !== 'NoSuchBucket';
}

function codeOf(reply: VendorReply): string {
  return /<Code>([A-Za-z0-9.]{1,64})<\/Code>/.exec(reply.body.toString('utf8'))?.[1] ?? '';
}

function unusable(reply: VendorReply): VendorUnavailable {
  return new VendorUnavailable('cos', `answered ${reply.status} ${codeOf(reply)}`.trim());
}
