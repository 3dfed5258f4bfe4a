import { z } from 'zod';
import { ConfigFaulty, keyFile, parseJson, take, text, url, whole, type Environment } from './environment';
import { seconds } from './lib/clock';

const Required = z.object({
  WECHAT_API_BASE: url,
  WECHAT_APPID: text,
  WECHAT_SECRET: text,
  SMS_ENDPOINT: text,
  SMS_REGION: text.default('ap-guangzhou'),
  SMS_SDK_APP_ID: text,
  SMS_SIGN_NAME: text,
  SMS_TEMPLATE_ID: text,
  TENCENT_SECRET_ID: text,
  TENCENT_SECRET_KEY: text,
});

const Node = z.object({ nodeId: text, fieldName: text });

const RunningHub = z.object({
  RUNNINGHUB_API_BASE: url,
  RUNNINGHUB_API_KEY: text,
  RUNNINGHUB_API_VERSION: z.enum(['v2', 'v1'], 'must be v2 or v1').default('v2'),
  RUNNINGHUB_INSTANCE_TYPE: z.enum(['default', 'plus', 'ultra'], 'must be default, plus or ultra').default('default'),
  RUNNINGHUB_POSE12_WEBAPP_ID: z.string().regex(/^[\w-]{1,64}$/, 'must be the number of the app'),
  RUNNINGHUB_POSE12_NODES: z
    .string()
    .transform(parseJson)
    .pipe(
      z.object(
        { image: Node, prompt: Node, result: z.object({ nodeId: text }) },
        'must be JSON such as {"image":{"nodeId":"2","fieldName":"image"},"prompt":{"nodeId":"5","fieldName":"text"},"result":{"nodeId":"9"}}',
      ),
    ),
  RUNNINGHUB_RESULT_HOSTS: z
    .string()
    .transform((list) => list.split(',').map((host) => host.trim().toLowerCase()))
    .pipe(z.array(z.string().regex(/^[0-9a-z.\-[\]:]+$/, 'must be host names with commas, without ports')).min(1)),
  RUNNINGHUB_CONCURRENCY: whole(1, 1_000),
  RUNNINGHUB_TIMEOUT_SECONDS: whole(1, 300).default(30),
});

const WechatPay = z.object({
  WECHATPAY_API_BASE: url,
  WECHATPAY_MCHID: text,
  WECHATPAY_SERIAL_NO: text,
  WECHATPAY_PRIVATE_KEY_FILE: text,
  WECHATPAY_CERT_FILE: text,
  WECHATPAY_API_V3_KEY: z.string().refine((key) => Buffer.byteLength(key) === 32, 'must be exactly 32 bytes'),
  WECHATPAY_PUBLIC_KEY_ID: text.optional(),
  WECHATPAY_PUBLIC_KEY_FILE: text.optional(),
  WECHATPAY_ACCEPT_CERTIFICATES: z.enum(['true', 'false'], 'must be true or false').default('false'),
});

const Push = z.object({
  WECHAT_PUSH_TOKEN: z.string().min(3, 'must be 3 to 32 characters').max(32, 'must be 3 to 32 characters'),
  WECHAT_PUSH_AES_KEY: z.string().regex(/^[0-9A-Za-z+/]{43}$/, 'must be the 43 characters that WeChat gave'),
});

const Virtual = z.object({
  WECHAT_VIRTUAL_OFFER_ID: text,
  WECHAT_VIRTUAL_APP_KEY: text,
  WECHAT_VIRTUAL_ENV: whole(0, 1).default(0),
  WECHAT_VIRTUAL_PRODUCTS: z
    .string()
    .transform(parseJson)
    .pipe(z.record(z.string(), z.string().min(1).max(20), 'must be JSON such as {"monthly":"suyi_monthly"}')),
});

const Alipay = z.object({
  ALIPAY_GATEWAY: url.default('https://openapi.alipay.com/gateway.do'),
  ALIPAY_APP_ID: text,
  ALIPAY_SELLER_ID: text,
  ALIPAY_PRIVATE_KEY_FILE: text,
  ALIPAY_PUBLIC_KEY_FILE: text,
});

type ReadWechatPay = z.infer<typeof WechatPay>;

type RunningHubSettings = {
  apiBase: string;
  apiKey: string;
  apiVersion: 'v2' | 'v1';
  instanceType: 'default' | 'plus' | 'ultra';
  webappId: string;
  /** Which nodes of the app take the photo and the words, and which one gives the pictures. */
  nodes: {
    image: { nodeId: string; fieldName: string };
    prompt: { nodeId: string; fieldName: string };
    result: { nodeId: string };
  };
  /** Whence pictures may be fetched. */
  resultHosts: readonly string[];
  timeoutMs: number;
};

export type VendorConfig = {
  wechat: { apiBase: string; appid: string; secret: string };
  /** Null: uses are not sold by ordinary WeChat Pay. */
  wechatPay: {
    apiBase: string;
    appid: string;
    mchid: string;
    serialNo: string;
    privateKeyPem: string;
    certPem: string;
    apiV3Key: string;
    publicKeyId: string | undefined;
    publicKeyPem: string | undefined;
    /** Believes platform certificates beside the public key, while WeChat Pay moves the merchant from one to the other. */
    acceptCertificates: boolean;
  } | null;
  /** Null: this mini program takes no message push. */
  push: { token: string; aesKey: string } | null;
  /** Null: not signed up for. Orders of a channel that `PAYMENT_CHANNELS` no longer offers still need its keys. */
  virtual: { offerId: string; appKey: string; env: 0 | 1; products: Record<string, string> } | null;
  alipay: {
    gateway: string;
    appId: string;
    sellerId: string;
    privateKeyPem: string;
    alipayPublicKeyPem: string;
  } | null;
  runningHub: RunningHubSettings;
  sms: { endpoint: string; region: string; sdkAppId: string; signName: string; templateId: string };
  tencent: { secretId: string; secretKey: string };
};

/** Reads the vendors' addresses and keys. Throws `ConfigFaulty` with every fault at once. */
export function readVendorConfig(environment: Environment): VendorConfig {
  const faults: string[] = [];
  const read = take(Required, environment, faults);
  const wechatPay = takeGroup(WechatPay, environment, faults);
  const poses = take(RunningHub, environment, faults);
  const push = takeGroup(Push, environment, faults);
  const virtual = takeGroup(Virtual, environment, faults);
  const alipay = takeGroup(Alipay, environment, faults);
  faults.push(...channelFaults(environment));
  const keys = wechatPay && wechatPayKeys(wechatPay, faults);
  const alipayKeys = alipay && {
    privateKeyPem: keyFile('ALIPAY_PRIVATE_KEY_FILE', alipay.ALIPAY_PRIVATE_KEY_FILE, faults),
    alipayPublicKeyPem: keyFile('ALIPAY_PUBLIC_KEY_FILE', alipay.ALIPAY_PUBLIC_KEY_FILE, faults),
  };
  if (faults.length > 0 || !read || !poses) throw new ConfigFaulty([...new Set(faults)]);

  return {
    wechat: { apiBase: read.WECHAT_API_BASE, appid: read.WECHAT_APPID, secret: read.WECHAT_SECRET },
    wechatPay: wechatPay &&
      keys && {
        apiBase: wechatPay.WECHATPAY_API_BASE,
        appid: read.WECHAT_APPID,
        mchid: wechatPay.WECHATPAY_MCHID,
        serialNo: wechatPay.WECHATPAY_SERIAL_NO,
        apiV3Key: wechatPay.WECHATPAY_API_V3_KEY,
        publicKeyId: wechatPay.WECHATPAY_PUBLIC_KEY_ID,
        acceptCertificates: wechatPay.WECHATPAY_ACCEPT_CERTIFICATES === 'true',
        ...keys,
      },
    push: push && { token: push.WECHAT_PUSH_TOKEN, aesKey: push.WECHAT_PUSH_AES_KEY },
    virtual: virtual && {
      offerId: virtual.WECHAT_VIRTUAL_OFFER_ID,
      appKey: virtual.WECHAT_VIRTUAL_APP_KEY,
      env: virtual.WECHAT_VIRTUAL_ENV === 1 ? 1 : 0,
      products: virtual.WECHAT_VIRTUAL_PRODUCTS,
    },
    alipay: alipay &&
      alipayKeys && {
        gateway: alipay.ALIPAY_GATEWAY,
        appId: alipay.ALIPAY_APP_ID,
        sellerId: alipay.ALIPAY_SELLER_ID,
        ...alipayKeys,
      },
    runningHub: {
      apiBase: poses.RUNNINGHUB_API_BASE,
      apiKey: poses.RUNNINGHUB_API_KEY,
      apiVersion: poses.RUNNINGHUB_API_VERSION,
      instanceType: poses.RUNNINGHUB_INSTANCE_TYPE,
      webappId: poses.RUNNINGHUB_POSE12_WEBAPP_ID,
      nodes: poses.RUNNINGHUB_POSE12_NODES,
      resultHosts: poses.RUNNINGHUB_RESULT_HOSTS,
      timeoutMs: seconds(poses.RUNNINGHUB_TIMEOUT_SECONDS),
    },
    sms: {
      endpoint: read.SMS_ENDPOINT,
      region: read.SMS_REGION,
      sdkAppId: read.SMS_SDK_APP_ID,
      signName: read.SMS_SIGN_NAME,
      templateId: read.SMS_TEMPLATE_ID,
    },
    tencent: { secretId: read.TENCENT_SECRET_ID, secretKey: read.TENCENT_SECRET_KEY },
  };
}

/** A group of which nothing is set is not wished for; once one of its variables is set, all of it has to be right. */
function takeGroup<T extends z.ZodObject>(shape: T, environment: Environment, faults: string[]): z.infer<T> | null {
  const isWished = Object.keys(shape.shape).some((name) => environment[name]);
  return isWished ? take(shape, environment, faults) : null;
}

/** A channel that is offered needs its keys, and virtual payment the message push that tells of deliveries. */
function channelFaults(environment: Environment): string[] {
  const channels = (environment.PAYMENT_CHANNELS || 'wechat_jsapi').split(',').map((channel) => channel.trim());
  const faults: string[] = [];
  if (channels.includes('wechat_jsapi')) take(WechatPay, environment, faults);
  if (channels.includes('wechat_virtual')) {
    take(Virtual, environment, faults);
    take(Push, environment, faults);
  }
  if (channels.includes('alipay_wap')) take(Alipay, environment, faults);
  return faults;
}

type WechatPayKeys = Pick<NonNullable<VendorConfig['wechatPay']>, 'privateKeyPem' | 'certPem' | 'publicKeyPem'>;

function wechatPayKeys(read: ReadWechatPay, faults: string[]): WechatPayKeys {
  if ((read.WECHATPAY_PUBLIC_KEY_ID === undefined) !== (read.WECHATPAY_PUBLIC_KEY_FILE === undefined)) {
    faults.push('WECHATPAY_PUBLIC_KEY_ID and WECHATPAY_PUBLIC_KEY_FILE: set both or neither');
  }
  const publicKeyFile = read.WECHATPAY_PUBLIC_KEY_FILE;
  return {
    privateKeyPem: keyFile('WECHATPAY_PRIVATE_KEY_FILE', read.WECHATPAY_PRIVATE_KEY_FILE, faults),
    certPem: keyFile('WECHATPAY_CERT_FILE', read.WECHATPAY_CERT_FILE, faults),
    publicKeyPem: publicKeyFile && keyFile('WECHATPAY_PUBLIC_KEY_FILE', publicKeyFile, faults),
  };
}

/** What production cannot start without: every vendor's variables, and the message push. Key files are looked at later. */
export function missingVendorFaults(environment: Environment): string[] {
  const faults: string[] = [];
  take(Required, environment, faults);
  take(RunningHub, environment, faults);
  take(Push, environment, faults);
  return [...faults, ...channelFaults(environment)];
}
