import { X509Certificate, generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { clock } from '../lib/clock';
import { randomHex } from '../lib/ids';
import { parseJson } from '../vendors/http';
import { makeCertificate } from './certificate';

/** What a seller of services would get from the vendors' consoles. Made up here, once a data folder, never fixed in the code. */
const SandboxKeys = z.strictObject({
  tencentSecretId: z.string(),
  tencentSecretKey: z.string(),
  wechatSecret: z.string(),
  pushToken: z.string(),
  pushAesKey: z.string(),
  apiV3Key: z.string().length(32),
  merchantSerialNo: z.string(),
  merchantPrivateKeyPem: z.string(),
  merchantCertPem: z.string(),
  publicKeyId: z.string(),
  platformPrivateKeyPem: z.string(),
  platformPublicKeyPem: z.string(),
  virtualAppKey: z.string(),
  alipayAppPrivateKeyPem: z.string(),
  alipayPrivateKeyPem: z.string(),
  alipayPublicKeyPem: z.string(),
  runninghubKey: z.string().length(32),
});
export type SandboxKeys = z.infer<typeof SandboxKeys>;

export type KeyFiles = {
  merchantPrivateKey: string;
  merchantCert: string;
  platformPublicKey: string;
  alipayAppPrivateKey: string;
  alipayPublicKey: string;
};

/**
 * The keys of this folder, made on the first start. They lie in one file, renamed into place, so that a crash leaves all of
 * them or none, and a token or a signed address from before a restart still holds after it.
 */
export async function loadKeys(folder: string): Promise<{ keys: SandboxKeys; files: KeyFiles }> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'sandbox-keys.json');

  const keys = (await findKeys(path)) ?? makeKeys();
  await writePrivately(path, JSON.stringify(keys, null, 2));

  const files = {
    merchantPrivateKey: join(folder, 'merchant-key.pem'),
    merchantCert: join(folder, 'merchant-cert.pem'),
    platformPublicKey: join(folder, 'platform-public-key.pem'),
    alipayAppPrivateKey: join(folder, 'alipay-app-key.pem'),
    alipayPublicKey: join(folder, 'alipay-public-key.pem'),
  };
  await writePrivately(files.merchantPrivateKey, keys.merchantPrivateKeyPem);
  await writePrivately(files.merchantCert, keys.merchantCertPem);
  await writePrivately(files.platformPublicKey, keys.platformPublicKeyPem);
  await writePrivately(files.alipayAppPrivateKey, keys.alipayAppPrivateKeyPem);
  await writePrivately(files.alipayPublicKey, keys.alipayPublicKeyPem);
  return { keys, files };
}

/** Null when there are none, when they are of another version of the sandbox, or when the certificate has run out. */
async function findKeys(path: string): Promise<SandboxKeys | null> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  const keys = bytes ? SandboxKeys.safeParse(parseJson(bytes)) : null;
  if (!keys?.success) return null;

  const isCurrent = Date.parse(new X509Certificate(keys.data.merchantCertPem).validTo) > clock.real();
  return isCurrent ? keys.data : null;
}

function makeKeys(): SandboxKeys {
  const merchant = rsaPair();
  const platform = rsaPair();
  const alipay = rsaPair();
  const merchantSerialNo = `5A${randomHex(19).toUpperCase()}`; // The first digit keeps it positive and forty digits long.

  return {
    tencentSecretId: `AKID${randomHex(16)}`,
    tencentSecretKey: randomHex(16),
    wechatSecret: randomHex(16),
    pushToken: randomHex(16),
    pushAesKey: randomBytes(32).toString('base64').slice(0, 43), // WeChat leaves the padding out.
    apiV3Key: randomHex(16),
    merchantSerialNo,
    merchantPrivateKeyPem: merchant.privateKey,
    merchantCertPem: makeCertificate({
      privateKeyPem: merchant.privateKey,
      commonName: 'Suyi sandbox merchant',
      serialNo: merchantSerialNo,
    }),
    publicKeyId: `PUB_KEY_ID_${Array.from({ length: 32 }, () => randomInt(10)).join('')}`,
    platformPrivateKeyPem: platform.privateKey,
    platformPublicKeyPem: platform.publicKey,
    virtualAppKey: randomHex(16),
    alipayAppPrivateKeyPem: rsaPair().privateKey,
    alipayPrivateKeyPem: alipay.privateKey,
    alipayPublicKeyPem: alipay.publicKey,
    runninghubKey: randomHex(16),
  };
}

function rsaPair(): { privateKey: string; publicKey: string } {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}

async function writePrivately(path: string, text: string): Promise<void> {
  const unfinished = `${path}.${randomHex(4)}`;
  await writeFile(unfinished, text, { mode: 0o600 });
  await rename(unfinished, path);
}
