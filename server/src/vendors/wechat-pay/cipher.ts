import { createDecipheriv } from 'node:crypto';

/** WeChat Pay's sealed parcel: base64 of the text and its 16-byte tag, a 12-byte nonce, and what the tag covers besides. */
export type Sealed = { ciphertext: string; nonce: string; associatedData: string };

const tagBytes = 16;
const nonceBytes = 12;

/**
 * Opens AEAD_AES_256_GCM under the 32-byte APIv3 key; null when a single bit differs from what was sealed. The npm package's
 * `decipher_gcm` never finishes the cipher, so that it returns text for a broken tag: this is why it is not used.
 */
export function openSealed(sealed: Sealed, apiV3Key: string): Buffer | null {
  const bytes = Buffer.from(sealed.ciphertext, 'base64');
  const nonce = Buffer.from(sealed.nonce, 'utf8');
  if (bytes.length < tagBytes || nonce.length !== nonceBytes) return null;

  const decipher = createDecipheriv('aes-256-gcm', Buffer.from(apiV3Key, 'utf8'), nonce, { authTagLength: tagBytes });
  decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
  decipher.setAAD(Buffer.from(sealed.associatedData, 'utf8'));
  const text = decipher.update(bytes.subarray(0, bytes.length - tagBytes));
  try {
    return Buffer.concat([text, decipher.final()]);
  } catch {
    return null;
  }
}
