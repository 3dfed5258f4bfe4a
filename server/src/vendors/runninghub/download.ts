import { isIP, type LookupFunction } from 'node:net';
import { Agent, request, type Dispatcher } from 'undici';
import { seconds } from '../../lib/clock';
import { VendorUnavailable } from '../../lib/errors';
import { measureCall } from '../http';
import { isLoopback, isPublicAddress, PrivateAddress, publicLookup } from './addresses';
import type { NoPicture, PosePort } from './port';

export type DownloadSettings = {
  /** Host names without a port, each exactly. */
  hosts: readonly string[];
  timeoutMs?: number | undefined;
  lookup?: LookupFunction;
};

const bytesMax = 30 * 1024 * 1024;

/** Statuses below 500 that speak of this moment and not of the picture: it may still be there for the next try. */
const passing = new Set([408, 425, 429]);

/**
 * Fetches pictures by addresses that somebody else made up, so they are trusted with nothing: listed hosts, no redirects, no
 * way into private space, no key sent along, bounded, and a picture by its first bytes.
 */
export function pictureDownloads({
  hosts,
  timeoutMs,
  lookup = publicLookup(),
}: DownloadSettings): PosePort['download'] {
  const listed = new Set(hosts.map((host) => bare(host.toLowerCase())));
  const agent = new Agent({ connect: { timeout: seconds(5), lookup }, connections: 16, keepAliveTimeout: 4_000 });

  const download: PosePort['download'] = async (text) => {
    if (!URL.canParse(text)) return noPicture('host', 'no_address');
    const url = new URL(text);
    const fault = faultOf(url, listed);
    if (fault) return noPicture('host', fault);

    try {
      const { statusCode, headers, body } = await request(url, {
        dispatcher: agent,
        headers: { accept: 'image/*' },
        signal: AbortSignal.timeout(timeoutMs ?? seconds(30)),
      });
      if (statusCode >= 500 || passing.has(statusCode)) {
        await body.dump();
        throw new VendorUnavailable('runninghub', `answered a download with ${statusCode}`);
      }
      if (statusCode >= 300) {
        await body.dump();
        return noPicture(statusCode <= 399 ? 'host' : 'gone', `http_${statusCode}`);
      }

      return await pictureIn(body, Number(headers['content-length'] ?? 0));
    } catch (error) {
      if (error instanceof VendorUnavailable) throw error;
      if (error instanceof PrivateAddress) return noPicture('host', 'private_address');
      throw new VendorUnavailable('runninghub', 'a download got no usable answer', { cause: error });
    }
  };

  return (text) =>
    measureCall(
      'runninghub-pictures',
      () => download(text),
      ({ refused }) => (refused ? 'refused' : 'answered'),
    );
}

const noPicture = (kind: NoPicture['kind'], code: string): NoPicture => ({ refused: true, kind, code });

/** Without the brackets that addresses put around IPv6. */
const bare = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');

/** Why an address is not asked at all, or null. A listed loopback address is the sandbox; only there is plain HTTP fine. */
function faultOf(url: URL, listed: ReadonlySet<string>): string | null {
  const host = bare(url.hostname);
  const isOurs = isLoopback(host);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isOurs)) return 'not_https';
  if (url.username || url.password) return 'user_in_address';
  if (!listed.has(host)) return 'not_listed';
  if (isIP(host) !== 0 && !isOurs && !isPublicAddress(host)) return 'private_address';
  return null;
}

async function pictureIn(
  body: Dispatcher.ResponseData['body'],
  announced: number,
): Promise<{ refused: false; bytes: Buffer } | NoPicture> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of body) {
    const bytes = Buffer.from(part as Uint8Array);
    length += bytes.length;
    if (Math.max(length, announced) > bytesMax) return noPicture('content', 'too_long');
    parts.push(bytes);
  }
  const bytes = Buffer.concat(parts);
  return isPicture(bytes) ? { refused: false, bytes } : noPicture('content', 'no_picture');
}

/** JPEG, PNG or WebP by the first bytes, whatever the answer calls itself. */
function isPicture(bytes: Buffer): boolean {
  const head = bytes.toString('latin1', 0, 12);
  return (
    head.startsWith('\xff\xd8\xff') ||
    head.startsWith('\x89PNG\r\n\x1a\n') ||
    (head.startsWith('RIFF') && head.startsWith('WEBP', 8))
  );
}
