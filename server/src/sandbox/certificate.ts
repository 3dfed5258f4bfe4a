import { X509Certificate, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { clock, days } from '../lib/clock';

// Node reads X.509 certificates but makes none, and a fresh clone has no openssl: so the few DER pieces of one, by hand.
// RFC 5280 section 4.1 gives the shape, X.690 the bytes.

const oid = {
  sha256WithRsa: '2a864886f70d01010b',
  commonName: '550403',
};

/** A self-signed RSA certificate (PEM) for this private key (PEM), good for five years, with this serial number (40 hex digits). */
export function makeCertificate(input: { privateKeyPem: string; commonName: string; serialNo: string }): string {
  const privateKey = createPrivateKey(input.privateKeyPem);
  const algorithm = sequence(objectId(oid.sha256WithRsa), der(0x05));
  const name = sequence(set(sequence(objectId(oid.commonName), der(0x0c, Buffer.from(input.commonName, 'utf8')))));
  const startsAt = clock.real() - days(1);

  const content = sequence(
    der(0xa0, integer(Buffer.from([2]))), // Version 3.
    integer(Buffer.from(input.serialNo, 'hex')),
    algorithm,
    name,
    sequence(time(startsAt), time(startsAt + days(5 * 365))),
    name,
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
  );
  const signature = bitString(sign('sha256', content, privateKey));

  return new X509Certificate(sequence(content, algorithm, signature)).toString();
}

/** Tag, length, content. Lengths from 128 on take the long form: how many bytes, then the bytes. */
function der(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);

  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const significant = length.subarray(length.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.from([tag, 0x80 | significant.length]), significant, content]);
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, ...parts);
const set = (...parts: Buffer[]): Buffer => der(0x31, ...parts);
const objectId = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const bitString = (bytes: Buffer): Buffer => der(0x03, Buffer.from([0]), bytes);

/** A positive integer in as few bytes as it takes: a leading 0 only where the first bit would read as a minus. */
function integer(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const significant = first === -1 ? Buffer.from([0]) : bytes.subarray(first);
  const isNegative = ((significant[0] ?? 0) & 0x80) !== 0;
  return der(0x02, isNegative ? Buffer.from([0]) : Buffer.alloc(0), significant);
}

/** UTCTime up to 2049, GeneralizedTime after, as RFC 5280 wants it. */
function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  return text < '2050' ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text));
}
