import type { IncomingMessage } from 'node:http';

/**
 * The body's bytes as they came, because signatures are over bytes. Null when there are more than `bytesMax`, or when the
 * caller hung up and nobody will hear the answer.
 */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of request) {
      const bytes = Buffer.from(part as Uint8Array);
      length += bytes.length;
      if (length > bytesMax) return null;
      parts.push(bytes);
    }
  } catch (error) {
    if (request.errored === error) return null;
    throw error;
  }
  return Buffer.concat(parts);
}
