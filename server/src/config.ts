import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { randomHex } from './lib/ids';
import { slot } from './lib/slot';
import { z } from 'zod';

const secret = z.string().refine((text) => Buffer.byteLength(text) >= 32, 'must be at least 32 bytes');
const url = z
  .url({ protocol: /^https?$/, error: 'must be an address that begins with http:// or https://' })
  .transform((text) => text.replace(/\/+$/, ''));
const text = z.string().min(1, 'is empty');
const whole = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error });
};

const Role = z.enum(['web', 'worker'], { error: 'must be web, worker, or both with a comma' });

const General = z.object({
  NODE_ENV: z.string().default('development'),
  PORT: whole(0, 65_535).default(3_000),
  HOST: text.default('127.0.0.1'),
  PUBLIC_URL: url.optional(),
  ROLES: z
    .string()
    .default('web,worker')
    .transform((list) => list.split(',').map((role) => role.trim()))
    .pipe(z.array(Role).min(1)),
  DATA_DIR: text.default('.data'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  VENDORS: z.enum(['sandbox', 'live']).optional(),
  DATABASE_URL: z
    .string()
    .regex(/^(mysql:\/\/|sqlite:).+/, 'must be mysql://… or sqlite:path')
    .optional(),
  JWT_SECRET: secret.optional(),
  CODE_SECRET: secret.optional(),
  URL_SECRET: secret.optional(),
  TRUST_PROXY: whole(0, 10).default(0),
  SMS_PER_IP_HOUR: whole(1, 1_000_000).default(20),
  SMS_PER_DAY: whole(1, 10_000_000).default(10_000),
  IMAGING_PROCESSES: whole(1, 64).default(2),
  STORAGE: z.enum(['local', 'cos']).default('local'),
});

const Vendors = z.object({
  WECHAT_API_BASE: url,
  WECHAT_APPID: text,
  WECHAT_SECRET: text,
  WECHATPAY_API_BASE: url,
  WECHATPAY_MCHID: text,
  WECHATPAY_SERIAL_NO: text,
  WECHATPAY_PRIVATE_KEY_FILE: text,
  WECHATPAY_CERT_FILE: text,
  WECHATPAY_API_V3_KEY: z.string().refine((key) => Buffer.byteLength(key) === 32, 'must be exactly 32 bytes'),
  WECHATPAY_PUBLIC_KEY_ID: text.optional(),
  WECHATPAY_PUBLIC_KEY_FILE: text.optional(),
  SMS_ENDPOINT: text,
  SMS_REGION: text.default('ap-guangzhou'),
  SMS_SDK_APP_ID: text,
  SMS_SIGN_NAME: text,
  SMS_TEMPLATE_ID: text,
  TENCENT_SECRET_ID: text,
  TENCENT_SECRET_KEY: text,
});

const Cos = z.object({ COS_ENDPOINT: text.optional(), COS_BUCKET: text, COS_REGION: text });

export type Config = {
  isProduction: boolean;
  port: number;
  host: string;
  /** Without a slash at its end. */
  publicUrl: string;
  roles: readonly z.infer<typeof Role>[];
  dataDir: string;
  logLevel: z.infer<typeof General>['LOG_LEVEL'];
  vendors: 'sandbox' | 'live';
  databaseUrl: string;
  jwtSecret: string;
  codeSecret: string;
  urlSecret: string;
  trustProxy: number;
  smsPerIpHour: number;
  smsPerDay: number;
  imagingProcesses: number;
  storage: { kind: 'local' } | { kind: 'cos'; endpoint: string | undefined; bucket: string; region: string };
};

export type VendorConfig = {
  wechat: { apiBase: string; appid: string; secret: string };
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
  };
  sms: { endpoint: string; region: string; sdkAppId: string; signName: string; templateId: string };
  tencent: { secretId: string; secretKey: string };
};

export type Environment = Record<string, string | undefined>;

/** The settings of this process. Filled by `main.ts` and tests. */
export const config = slot<Config>('config');

/** Every fault of the environment at once, each as one line that names the variable. */
export class ConfigFaulty extends Error {
  override name = 'ConfigFaulty';

  constructor(readonly faults: string[]) {
    super(faults.join('\n'));
  }
}

/** The environment of this process, for `main.ts` to hand on: nobody else reads it. */
export const processEnvironment = (): Environment => process.env;

/** Reads and checks the general settings; secrets that are not set outside production are made once and kept under DATA_DIR. */
export function readConfig(environment: Environment): Config {
  const faults: string[] = [];
  const general = take(General, environment, faults);
  const isProduction = environment.NODE_ENV === 'production';
  if (isProduction) faults.push(...productionFaults(environment));
  const cos = environment.STORAGE === 'cos' ? take(Cos, environment, faults) : null;
  if (faults.length > 0 || !general) throw new ConfigFaulty([...new Set(faults)]);

  const dataDir = resolve(general.DATA_DIR);
  const kept = isProduction ? null : keptSecrets(dataDir);
  return {
    isProduction,
    port: general.PORT,
    host: general.HOST,
    publicUrl: general.PUBLIC_URL ?? `http://127.0.0.1:${general.PORT}`,
    roles: general.ROLES,
    dataDir,
    logLevel: general.LOG_LEVEL,
    vendors: general.VENDORS ?? (isProduction ? 'live' : 'sandbox'),
    databaseUrl: general.DATABASE_URL ?? `sqlite:${join(dataDir, 'suyi.sqlite')}`,
    jwtSecret: general.JWT_SECRET ?? kept?.jwt ?? '',
    codeSecret: general.CODE_SECRET ?? kept?.code ?? '',
    urlSecret: general.URL_SECRET ?? kept?.url ?? '',
    trustProxy: general.TRUST_PROXY,
    smsPerIpHour: general.SMS_PER_IP_HOUR,
    smsPerDay: general.SMS_PER_DAY,
    imagingProcesses: general.IMAGING_PROCESSES,
    storage: cos
      ? { kind: 'cos', endpoint: cos.COS_ENDPOINT, bucket: cos.COS_BUCKET, region: cos.COS_REGION }
      : { kind: 'local' },
  };
}

/** Reads the vendors' addresses and keys; key files are read here, so that a missing one is a named fault. */
export function readVendorConfig(environment: Environment): VendorConfig {
  const faults: string[] = [];
  const read = take(Vendors, environment, faults);
  if (!read) throw new ConfigFaulty(faults);

  if ((read.WECHATPAY_PUBLIC_KEY_ID === undefined) !== (read.WECHATPAY_PUBLIC_KEY_FILE === undefined)) {
    faults.push('WECHATPAY_PUBLIC_KEY_ID and WECHATPAY_PUBLIC_KEY_FILE: set both or neither');
  }
  const privateKeyPem = keyFile('WECHATPAY_PRIVATE_KEY_FILE', read.WECHATPAY_PRIVATE_KEY_FILE, faults);
  const certPem = keyFile('WECHATPAY_CERT_FILE', read.WECHATPAY_CERT_FILE, faults);
  const publicKeyFile = read.WECHATPAY_PUBLIC_KEY_FILE;
  const publicKeyPem = publicKeyFile && keyFile('WECHATPAY_PUBLIC_KEY_FILE', publicKeyFile, faults);
  if (faults.length > 0) throw new ConfigFaulty(faults);

  return {
    wechat: { apiBase: read.WECHAT_API_BASE, appid: read.WECHAT_APPID, secret: read.WECHAT_SECRET },
    wechatPay: {
      apiBase: read.WECHATPAY_API_BASE,
      appid: read.WECHAT_APPID,
      mchid: read.WECHATPAY_MCHID,
      serialNo: read.WECHATPAY_SERIAL_NO,
      privateKeyPem,
      certPem,
      apiV3Key: read.WECHATPAY_API_V3_KEY,
      publicKeyId: read.WECHATPAY_PUBLIC_KEY_ID,
      publicKeyPem,
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

function productionFaults(environment: Environment): string[] {
  const faults: string[] = [];
  for (const name of ['DATABASE_URL', 'JWT_SECRET', 'CODE_SECRET', 'URL_SECRET', 'PUBLIC_URL'] as const) {
    if (!environment[name]) faults.push(`${name}: must be set in production`);
  }
  if (environment.DATABASE_URL?.startsWith('sqlite:')) faults.push('DATABASE_URL: production does not start on SQLite');
  if (environment.VENDORS === 'sandbox') faults.push('VENDORS: production does not start on the sandbox');
  if (environment.PUBLIC_URL && !environment.PUBLIC_URL.startsWith('https://'))
    faults.push('PUBLIC_URL: must be https');
  for (const name of ['JWT_SECRET', 'CODE_SECRET', 'URL_SECRET'] as const) {
    const value = environment[name];
    if (value && secret.safeParse(value).success && new Set(value).size < 8)
      faults.push(`${name}: is too easy to guess`);
  }
  take(Vendors, environment, faults);
  return faults;
}

/** Empty variables count as absent: `FOO= npm start` means the default. */
function take<T extends z.ZodType>(shape: T, environment: Environment, faults: string[]): z.infer<T> | null {
  const present = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const read = shape.safeParse(present);
  if (read.success) return read.data;

  for (const issue of read.error.issues) {
    const name = issue.path.map(String)[0] ?? 'environment';
    faults.push(name in present ? `${name}: ${issue.message}` : `${name}: must be set`);
  }
  return null;
}

function keyFile(name: string, path: string, faults: string[]): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    faults.push(`${name}: the file ${path} cannot be read`);
    return '';
  }
}

const KeptSecrets = z.object({ jwt: secret, code: secret, url: secret });

function keptSecrets(dataDir: string): z.infer<typeof KeptSecrets> {
  const file = join(dataDir, 'secrets.json');
  const kept = readSecrets(file);
  if (kept) return kept;

  try {
    const made = { jwt: randomHex(32), code: randomHex(32), url: randomHex(32) };
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(file, JSON.stringify(made), { mode: 0o600, flag: 'wx' });
    return made;
  } catch (error) {
    // Another process of the same first start was quicker.
    const theirs = readSecrets(file);
    if (theirs) return theirs;
    throw error;
  }
}

function readSecrets(file: string): z.infer<typeof KeptSecrets> | null {
  if (!existsSync(file)) return null;
  const read = KeptSecrets.safeParse(parseJson(readFileSync(file, 'utf8')));
  if (!read.success)
    throw new ConfigFaulty([`DATA_DIR: ${file} is damaged; restore it, or remove it and all sellers log in again`]);
  return read.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
