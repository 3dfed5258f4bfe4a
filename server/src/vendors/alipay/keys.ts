import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { assert } from '../../lib/assert';

/** As the npm package takes them: PKCS #8 and SPKI in PEM. */
export type AlipayKeys = { privateKeyPem: string; alipayPublicKeyPem: string };

/**
 * Reads both keys as PEM or as the bare base64 that Alipay's own tool and console give. Throws for what is no RSA key, and for
 * the commonest mistake of all: the app's own public key in place of Alipay's, with which no answer would ever verify.
 */
export function readKeys(input: AlipayKeys): AlipayKeys {
  const app = tryEach(privateForms(input.privateKeyPem));
  const alipay = tryEach(publicForms(input.alipayPublicKeyPem));
  assert(app?.asymmetricKeyType === 'rsa', 'the private key of the app at Alipay is an RSA key');
  assert(alipay?.asymmetricKeyType === 'rsa', 'the public key of Alipay is an RSA key');
  assert(spki(createPublicKey(app)) !== spki(alipay), 'the public key is Alipay’s own, not the one of our app');

  return { privateKeyPem: app.export({ type: 'pkcs8', format: 'pem' }).toString(), alipayPublicKeyPem: spki(alipay) };
}

const isPem = (text: string): boolean => text.includes('-----BEGIN');
const der = (text: string): Buffer => Buffer.from(text, 'base64');

function privateForms(text: string): (() => KeyObject)[] {
  if (isPem(text)) return [() => createPrivateKey(text)];
  return (['pkcs8', 'pkcs1'] as const).map((type) => () => createPrivateKey({ key: der(text), format: 'der', type }));
}

function publicForms(text: string): (() => KeyObject)[] {
  // A private key would be read as well: its public half is never what Alipay gave.
  if (isPem(text)) return text.includes('PRIVATE KEY') ? [] : [() => createPublicKey(text)];
  return [() => createPublicKey({ key: der(text), format: 'der', type: 'spki' })];
}

function tryEach(forms: (() => KeyObject)[]): KeyObject | null {
  for (const read of forms) {
    try {
      return read();
    } catch {
      continue; // Not in this form.
    }
  }
  return null;
}

const spki = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
