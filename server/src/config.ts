import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PaymentChannel } from '@suyi/shared-types';
import { z } from 'zod';
import { ConfigFaulty, parseJson, secret, take, text, url, whole, type Environment } from './environment';
import { seconds } from './lib/clock';
import { randomHex } from './lib/ids';
import { slot } from './lib/slot';
import { missingVendorFaults } from './vendor-config';

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
  JWT_SECRET_PREVIOUS: secret.optional(),
  CODE_SECRET: secret.optional(),
  URL_SECRET: secret.optional(),
  ADMIN_USERNAME: z
    .string()
    .regex(/^[\w.@-]{1,64}$/, 'must be 1 to 64 letters, digits or .@_-')
    .default('admin'),
  ADMIN_PASSWORD: z.string().min(12, 'must be at least 12 characters').max(200).optional(),
  METRICS_TOKEN: secret.optional(),
  TRUST_PROXY: whole(0, 10).default(0),
  DRAIN_SECONDS: whole(0, 120).optional(),
  WORKER_PORT: whole(0, 65_535).optional(),
  SMS_PER_IP_HOUR: whole(1, 1_000_000).default(20),
  SMS_PER_DAY: whole(1, 10_000_000).default(10_000),
  IMAGING_PROCESSES: whole(1, 64).default(2),
  RUNNINGHUB_CONCURRENCY: whole(1, 1_000).default(1),
  RUNNINGHUB_UNCERTAIN_SECONDS: whole(1, 7_200).default(1_200),
  RUNNINGHUB_RUNNING_SECONDS: whole(1, 7_200).default(1_200),
  AIGC_PRODUCER: text.default('Suyi'),
  AIGC_VISIBLE_LABEL: z.enum(['on', 'off'], 'must be on or off').default('on'),
  WECHAT_TASK_TEMPLATE: z
    .string()
    .transform(parseJson)
    .pipe(
      z.strictObject(
        { id: text, values: z.record(z.string(), z.enum(['tool', 'outcome', 'endedAt', 'remark'])) },
        'must be JSON such as {"id":"…","values":{"thing1":"tool","phrase2":"outcome","time3":"endedAt","thing4":"remark"}}',
      ),
    )
    .optional(),
  STORAGE: z.enum(['local', 'cos']).default('local'),
  PAYMENT_CHANNELS: z
    .string()
    .default('wechat_jsapi')
    .transform((list) => [...new Set(list.split(',').map((channel) => channel.trim()))])
    .pipe(
      z
        .array(
          z.enum(PaymentChannel.options, 'must be wechat_jsapi, wechat_virtual, alipay_wap, or several with commas'),
        )
        .min(1),
    ),
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
  /** Tokens signed with it are still good: set while `jwtSecret` is being changed, for seven days. */
  jwtSecretPrevious: string | null;
  codeSecret: string;
  urlSecret: string;
  /** The first admin, made at the start where there is none of this name. */
  admin: { username: string; password: string };
  /** Who asks for /metrics has to show it; null: anybody may. */
  metricsToken: string | null;
  trustProxy: number;
  /** How long a web process that was asked to stop says so at /health/ready before it closes its door. */
  drainMs: number;
  /** Where a worker alone answers /health and /metrics; null: nowhere. */
  workerPort: number | null;
  smsPerIpHour: number;
  smsPerDay: number;
  imagingProcesses: number;
  poses: {
    /** How many jobs the vendor lets us have open at once, queued and running. */
    slots: number;
    /** How long a task whose order got no answer waits for the job to report itself, which it does at its end. */
    uncertainMs: number;
    /** How long a job may take at the vendor. */
    runningMs: number;
  };
  /** What generated pictures say of themselves. */
  aiLabel: { producer: string; isVisible: boolean };
  /** The WeChat message that tells how a task ended, by the template's own names; null where there is none. */
  taskTemplate: { id: string; values: Record<string, 'tool' | 'outcome' | 'endedAt' | 'remark'> } | null;
  /** How new orders may be paid, the operator's first choice first. */
  paymentChannels: readonly PaymentChannel[];
  storage: { kind: 'local' } | { kind: 'cos'; endpoint: string | undefined; bucket: string; region: string };
};

/** The settings of this process. Filled by `main.ts` and tests. */
export const config = slot<Config>('config');

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
    jwtSecretPrevious: general.JWT_SECRET_PREVIOUS ?? null,
    admin: { username: general.ADMIN_USERNAME, password: general.ADMIN_PASSWORD ?? kept?.admin ?? '' },
    metricsToken: general.METRICS_TOKEN ?? null,
    codeSecret: general.CODE_SECRET ?? kept?.code ?? '',
    urlSecret: general.URL_SECRET ?? kept?.url ?? '',
    trustProxy: general.TRUST_PROXY,
    drainMs: seconds(general.DRAIN_SECONDS ?? (isProduction ? 10 : 0)),
    workerPort: general.WORKER_PORT ?? null,
    smsPerIpHour: general.SMS_PER_IP_HOUR,
    smsPerDay: general.SMS_PER_DAY,
    imagingProcesses: general.IMAGING_PROCESSES,
    poses: {
      slots: general.RUNNINGHUB_CONCURRENCY,
      uncertainMs: seconds(general.RUNNINGHUB_UNCERTAIN_SECONDS),
      runningMs: seconds(general.RUNNINGHUB_RUNNING_SECONDS),
    },
    aiLabel: { producer: general.AIGC_PRODUCER, isVisible: general.AIGC_VISIBLE_LABEL === 'on' },
    taskTemplate: general.WECHAT_TASK_TEMPLATE ?? null,
    paymentChannels: general.PAYMENT_CHANNELS,
    storage: cos
      ? { kind: 'cos', endpoint: cos.COS_ENDPOINT, bucket: cos.COS_BUCKET, region: cos.COS_REGION }
      : { kind: 'local' },
  };
}

function productionFaults(environment: Environment): string[] {
  const faults: string[] = [];
  for (const name of [
    'DATABASE_URL',
    'JWT_SECRET',
    'CODE_SECRET',
    'URL_SECRET',
    'PUBLIC_URL',
    'ADMIN_USERNAME',
    'ADMIN_PASSWORD',
  ] as const) {
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
  return [...faults, ...missingVendorFaults(environment)];
}

/** `admin` came later: a folder of before gets one at its next start. */
const KeptSecrets = z.object({ jwt: secret, code: secret, url: secret, admin: z.string().min(12).optional() });

function keptSecrets(dataDir: string): Required<z.infer<typeof KeptSecrets>> {
  const file = join(dataDir, 'secrets.json');
  const kept = readSecrets(file);
  const made = { jwt: randomHex(32), code: randomHex(32), url: randomHex(32), admin: randomHex(8), ...kept };
  if (kept?.admin) return made;

  try {
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(file, JSON.stringify(made), { mode: 0o600, flag: kept ? 'w' : 'wx' });
    return made;
  } catch (error) {
    // Another process of the same first start was quicker.
    const theirs = readSecrets(file);
    if (theirs?.admin) return { ...theirs, admin: theirs.admin };
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
