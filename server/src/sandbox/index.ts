import { createPublicKey } from 'node:crypto';
import type { Router } from '@koa/router';
import { createAlipaySimulator, type AlipaySimulator } from './alipay/alipay';
import { createCosSimulator, type CosSimulator } from './cos/cos';
import { loadKeys, type KeyFiles, type SandboxKeys } from './keys';
import { listenOnLoopback } from './listen';
import { createRunningHubSimulator, type RunningHubSimulator } from './runninghub/runninghub';
import { createSmsSimulator, type SmsSimulator } from './sms/sms';
import { switchboardRoutes } from './switchboard/switchboard';
import { createWechatSimulator, type WechatSimulator } from './wechat/wechat';
import { createWechatPaySimulator, type WechatPaySimulator } from './wechat-pay/wechat-pay';

export type SandboxOptions = {
  /** Where browsers find the main app: the cashiers stand there and return nowhere else, and WeChat's message push goes there. */
  publicUrl: string;
  /** Keys lie here from one start to the next, readable by their owner alone. */
  keysDir: string;
  /** The pace of RunningHub's jobs in milliseconds and the width of its pictures: small for tests, which nobody watches. */
  runninghub?: { paceMs?: number; frameWidth?: number };
};

export type Sandbox = {
  /** Every vendor's address and key, under the names that config reads. */
  environment: Record<string, string>;
  /** The switchboard, under `/sandbox`. */
  routes: Router;
  sms: SmsSimulator;
  wechat: WechatSimulator;
  pay: WechatPaySimulator;
  alipay: AlipaySimulator;
  cos: CosSimulator;
  runninghub: RunningHubSimulator;
  stop(): Promise<void>;
};

type Origins = { sms: string; wechat: string; pay: string; alipay: string; cos: string; runninghub: string };

// Names that any account could have. What must stay secret is made afresh for every data folder (keys.ts).
const account = {
  sms: { region: 'ap-guangzhou', sdkAppId: '1400000001', signName: '素衣', templateId: '2000001' },
  wechat: { appid: 'wx5a2d0c7be4f19386' },
  virtual: { offerId: '1450000001', env: 0 },
  pay: { mchid: '1600000001' },
  alipay: { appId: '2021000100000001', sellerId: '2088000100000001' },
  cos: { bucket: 'suyi-sandbox-1250000001', region: 'ap-guangzhou' },
  runninghub: {
    webappId: '1994000000000000012',
    slots: 3,
    nodes: {
      image: { nodeId: '2', fieldName: 'image' },
      prompt: { nodeId: '5', fieldName: 'text' },
      result: { nodeId: '9' },
    },
  },
} as const;

/** The item that stands for the plan at WeChat, and what WeChat was told that it costs. */
const product = { planId: 'monthly', id: 'suyi_monthly', priceFen: 9_900 };

/** The template that tells how a task ended, with what our server puts into its fields. */
const taskTemplate = {
  id: 'sandbox-5tQm2nXv8Lr1Kc7Yb4Wd9Ze3Hg6Jf0PsAuTi',
  values: { thing1: 'tool', phrase2: 'outcome', time3: 'endedAt', thing4: 'remark' },
};

/** Starts every vendor on loopback, each at a port of its own, and says how to reach them. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { keys, files } = await loadKeys(options.keysDir);
  const tencent = { secretId: keys.tencentSecretId, secretKey: keys.tencentSecretKey };

  const { sdkAppId, signName, templateId } = account.sms;
  const sms = createSmsSimulator({ ...tencent, sdkAppId, signName, templateId });
  const cos = createCosSimulator({ ...tencent, ...account.cos });
  const wechat = wechatOf(keys, options.publicUrl);
  const pay = createWechatPaySimulator({
    ...account.wechat,
    ...account.pay,
    merchantSerialNo: keys.merchantSerialNo,
    merchantPublicKeyPem: publicPemOf(keys.merchantPrivateKeyPem),
    apiV3Key: keys.apiV3Key,
    platformPrivateKeyPem: keys.platformPrivateKeyPem,
    publicKeyId: keys.publicKeyId,
  });
  const alipay = createAlipaySimulator({
    ...account.alipay,
    appPublicKeyPem: publicPemOf(keys.alipayAppPrivateKeyPem),
    alipayPrivateKeyPem: keys.alipayPrivateKeyPem,
    publicUrl: options.publicUrl,
  });

  const runninghub = createRunningHubSimulator({
    ...account.runninghub,
    ...options.runninghub,
    apiKey: keys.runninghubKey,
  });

  const [atSms, atWechat, atPay, atAlipay, atCos, atRunninghub] = await Promise.all([
    listenOnLoopback(sms.app.callback()),
    listenOnLoopback(wechat.app.callback()),
    listenOnLoopback(pay.app.callback()),
    listenOnLoopback(alipay.app.callback()),
    listenOnLoopback(cos.app.callback()),
    listenOnLoopback(runninghub.app.callback()),
  ]);
  const origins = {
    sms: atSms.origin,
    wechat: atWechat.origin,
    pay: atPay.origin,
    alipay: atAlipay.origin,
    cos: atCos.origin,
    runninghub: atRunninghub.origin,
  };

  return {
    environment: environmentOf(keys, files, origins),
    routes: switchboardRoutes({ sms, wechat, pay, alipay, cos, runninghub }, options),
    sms,
    wechat,
    pay,
    alipay,
    cos,
    runninghub,
    async stop() {
      pay.notifications.stop();
      alipay.notifications.stop();
      wechat.push.stop();
      runninghub.stop();
      await Promise.all([atSms, atWechat, atPay, atAlipay, atCos, atRunninghub].map((listening) => listening.stop()));
    },
  };
}

function wechatOf(keys: SandboxKeys, publicUrl: string): WechatSimulator {
  return createWechatSimulator({
    ...account.wechat,
    secret: keys.wechatSecret,
    virtual: { ...account.virtual, appKey: keys.virtualAppKey, products: { [product.id]: product.priceFen } },
    push: {
      url: `${publicUrl.replace(/\/+$/, '')}/api/wechat/push`,
      token: keys.pushToken,
      aesKey: keys.pushAesKey,
    },
    templates: { [taskTemplate.id]: Object.keys(taskTemplate.values) },
  });
}

function environmentOf(keys: SandboxKeys, files: KeyFiles, origins: Origins): Record<string, string> {
  return {
    SMS_ENDPOINT: origins.sms,
    SMS_REGION: account.sms.region,
    SMS_SDK_APP_ID: account.sms.sdkAppId,
    SMS_SIGN_NAME: account.sms.signName,
    SMS_TEMPLATE_ID: account.sms.templateId,
    TENCENT_SECRET_ID: keys.tencentSecretId,
    TENCENT_SECRET_KEY: keys.tencentSecretKey,

    WECHAT_API_BASE: origins.wechat,
    WECHAT_APPID: account.wechat.appid,
    WECHAT_SECRET: keys.wechatSecret,
    WECHAT_PUSH_TOKEN: keys.pushToken,
    WECHAT_PUSH_AES_KEY: keys.pushAesKey,
    WECHAT_TASK_TEMPLATE: JSON.stringify(taskTemplate),

    WECHAT_VIRTUAL_OFFER_ID: account.virtual.offerId,
    WECHAT_VIRTUAL_APP_KEY: keys.virtualAppKey,
    WECHAT_VIRTUAL_ENV: String(account.virtual.env),
    WECHAT_VIRTUAL_PRODUCTS: JSON.stringify({ [product.planId]: product.id }),

    WECHATPAY_API_BASE: origins.pay,
    WECHATPAY_MCHID: account.pay.mchid,
    WECHATPAY_SERIAL_NO: keys.merchantSerialNo,
    WECHATPAY_PRIVATE_KEY_FILE: files.merchantPrivateKey,
    WECHATPAY_CERT_FILE: files.merchantCert,
    WECHATPAY_API_V3_KEY: keys.apiV3Key,
    WECHATPAY_PUBLIC_KEY_ID: keys.publicKeyId,
    WECHATPAY_PUBLIC_KEY_FILE: files.platformPublicKey,

    ALIPAY_GATEWAY: `${origins.alipay}/gateway.do`,
    ALIPAY_APP_ID: account.alipay.appId,
    ALIPAY_SELLER_ID: account.alipay.sellerId,
    ALIPAY_PRIVATE_KEY_FILE: files.alipayAppPrivateKey,
    ALIPAY_PUBLIC_KEY_FILE: files.alipayPublicKey,

    COS_ENDPOINT: origins.cos,
    COS_BUCKET: account.cos.bucket,
    COS_REGION: account.cos.region,

    RUNNINGHUB_API_BASE: origins.runninghub,
    RUNNINGHUB_API_KEY: keys.runninghubKey,
    RUNNINGHUB_POSE12_WEBAPP_ID: account.runninghub.webappId,
    RUNNINGHUB_POSE12_NODES: JSON.stringify(account.runninghub.nodes),
    RUNNINGHUB_RESULT_HOSTS: '127.0.0.1',
    RUNNINGHUB_CONCURRENCY: String(account.runninghub.slots),
  };
}

const publicPemOf = (privateKeyPem: string): string =>
  createPublicKey(privateKeyPem).export({ type: 'spki', format: 'pem' }).toString();
