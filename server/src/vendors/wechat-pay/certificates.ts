import { X509Certificate, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { parseJson, type VendorHttp } from '../http';
import { unusable } from './answers';
import { openSealed } from './cipher';
import { findSignatureFault } from './verify';

export type PlatformCertificate = { serial: string; key: KeyObject; expiresAt: number };

export const certificatesPath = '/v3/certificates';

/** WeChat Pay refuses a request that has none. */
export const userAgent = 'suyi-server';

const Certificates = z.object({
  data: z
    .array(
      z.object({
        serial_no: z.string(),
        encrypt_certificate: z.object({
          algorithm: z.literal('AEAD_AES_256_GCM'),
          ciphertext: z.string(),
          nonce: z.string(),
          associated_data: z.string(),
        }),
      }),
    )
    .min(1)
    .max(20),
});

/**
 * WeChat Pay's platform certificates. Each is sealed under the APIv3 key, which only they and we know, and the whole answer must be
 * signed by one of them; one bad entry spoils the answer.
 */
export async function fetchCertificates(input: {
  http: VendorHttp;
  authorization: string;
  apiV3Key: string;
}): Promise<PlatformCertificate[]> {
  const reply = await input.http.send({
    method: 'GET',
    path: certificatesPath,
    headers: { accept: 'application/json', authorization: input.authorization, 'user-agent': userAgent },
    timeoutMs: 3_000, // A notification may be waiting for this, and WeChat Pay gives us 5 seconds for it.
  });
  if (reply.status !== 200) throw unusable(`answered ${reply.status} for certificates`);

  const parsed = Certificates.safeParse(parseJson(reply.body));
  if (!parsed.success) throw unusable('answered certificates in another shape', parsed.error);

  const certificates = parsed.data.data.map((entry) => {
    const sealed = { ...entry.encrypt_certificate, associatedData: entry.encrypt_certificate.associated_data };
    const pem = openSealed(sealed, input.apiV3Key);
    if (!pem) throw unusable('sent a certificate that does not open under our APIv3 key');
    return readCertificate(pem, entry.serial_no);
  });

  const keys = new Map(certificates.map((certificate) => [certificate.serial, certificate.key]));
  const findKey = (serial: string): Promise<KeyObject | null> => Promise.resolve(keys.get(serial) ?? null);
  const fault = await findSignatureFault(reply, findKey);
  if (fault) throw unusable(`sent certificates with a bad signature (${fault})`);
  return certificates;
}

function readCertificate(pem: Buffer, serial: string): PlatformCertificate {
  try {
    const certificate = new X509Certificate(pem);
    if (certificate.serialNumber !== serial) throw new Error('the certificate bears another serial number');
    return { serial, key: certificate.publicKey, expiresAt: Date.parse(certificate.validTo) };
  } catch (error) {
    throw unusable('sent something that is not the certificate it names', error);
  }
}
