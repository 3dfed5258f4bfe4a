import { createPublicKey } from 'node:crypto';
import { createWechatPaySimulator, type WechatPaySimulator } from '../src/sandbox/wechat-pay';
import type { SandboxKeys } from '../src/sandbox/keys';
import type { WechatPaySettings } from '../src/vendors/wechat-pay/wechat-pay';

export const appid = 'wx0123456789abcdef';
export const mchid = '1900000001';

type Extra = Pick<Parameters<typeof createWechatPaySimulator>[0], 'platformCertificate' | 'ladderScale'>;

/** WeChat Pay as this merchant's keys know it. */
export function merchantsProvider(keys: SandboxKeys, extra: Extra = {}): WechatPaySimulator {
  const publicKey = createPublicKey(keys.merchantPrivateKeyPem).export({ type: 'spki', format: 'pem' });
  return createWechatPaySimulator({
    appid,
    mchid,
    merchantSerialNo: keys.merchantSerialNo,
    merchantPublicKeyPem: publicKey.toString(),
    apiV3Key: keys.apiV3Key,
    platformPrivateKeyPem: keys.platformPrivateKeyPem,
    publicKeyId: keys.publicKeyId,
    ...extra,
  });
}

/** What the adapter is given to speak for this merchant, in certificate mode; `publicKeyOf` adds the other mode. */
export function merchantSettings(keys: SandboxKeys, apiBase: string): WechatPaySettings {
  return {
    apiBase,
    appid,
    mchid,
    serialNo: keys.merchantSerialNo,
    privateKeyPem: keys.merchantPrivateKeyPem,
    certPem: keys.merchantCertPem,
    apiV3Key: keys.apiV3Key,
  };
}

export const publicKeyOf = (keys: SandboxKeys): Pick<WechatPaySettings, 'publicKeyId' | 'publicKeyPem'> => ({
  publicKeyId: keys.publicKeyId,
  publicKeyPem: keys.platformPublicKeyPem,
});
