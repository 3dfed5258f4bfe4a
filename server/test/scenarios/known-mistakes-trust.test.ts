import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { symbols } from 'pino';
import { select } from '../../src/db/sql';
import { clock, days, hours, minutes, toMoment } from '../../src/lib/clock';
import { logger } from '../../src/lib/logger';
import { Order } from '../../src/modules/payments/models';
import { fail, succeed } from '../../src/modules/tasks/finish';
import { Task } from '../../src/modules/tasks/models';
import { createTask } from '../../src/modules/tasks/service';
import { shanghaiText, signForm } from '../../src/sandbox/alipay/signing';
import { loadKeys, type SandboxKeys } from '../../src/sandbox/keys';
import { seal, signForMerchant } from '../../src/sandbox/wechat-pay/signing';
import { startWorker } from '../../src/worker';
import { isMysqlHalf } from '../database';
import { makeMedia, makeSeller, newPhone, quotaOf, type Seller } from '../make';
import { call, type Answer } from '../request';
import { useWorld } from '../world';

/* Mistakes seen in code for the same job, 9 to 12: money, memberships, codes, ledger, secrets. 1 to 8 stand in known-mistakes.test.ts. */

const world = useWorld({ ROLES: 'web', PAYMENT_CHANNELS: 'wechat_jsapi,alipay_wap' });

let serial = 0;
let keys: SandboxKeys;

beforeAll(async () => {
  ({ keys } = await loadKeys(join(world.database.folder, 'sandbox'))); // What only the vendors know.
});

beforeEach(() => {
  world.sandbox.pay.notifications.setMode({ kind: 'drop' });
  world.sandbox.alipay.notifications.setMode({ kind: 'drop' });
});

type Channel = 'wechat_jsapi' | 'alipay_wap';
type Bought = { seller: Seller; orderId: string };

const postOrder = (token: string, channel: Channel, more: object = {}): Promise<Answer> =>
  call(world, 'POST', '/api/membership/orders', {
    token,
    body: {
      planId: 'monthly',
      channel,
      ...(channel === 'wechat_jsapi' && { wxCode: `mistake${process.pid}.${(serial += 1)}` }),
      ...more,
    },
  });

/** An order that the vendor knows, and that nobody has paid. */
async function open(channel: Channel): Promise<Bought> {
  const seller = await makeSeller();
  const { body } = await postOrder(seller.token, channel);
  const { url } = body.payment as { url?: string };
  if (url !== undefined) expect((await fetch(url, { redirect: 'manual' })).status).toBe(302);
  return { seller, orderId: (body.order as { id: string }).id };
}

const grantsOf = ({ seller }: Bought): Promise<object[]> =>
  select(`SELECT id FROM quota_entries WHERE user_id = :id AND kind = 'grant'`, { id: seller.id });

async function expectNothingGranted(bought: Bought): Promise<void> {
  expect(await grantsOf(bought)).toEqual([]);
  expect(await quotaOf(bought.seller)).toEqual({ remaining: 0, held: 0 });
  expect((await Order.findByPk(bought.orderId))?.status).toBe('awaiting');
}

describe('mistake 9: payments that believe the client, the moment, or an unsigned notification', () => {
  it.each([
    ['wechat_jsapi', { amount: 1 }],
    ['wechat_jsapi', { totalFen: 1, notifyUrl: 'https://elsewhere.example/notify' }],
    ['alipay_wap', { total_amount: '0.01', notify_url: 'https://elsewhere.example/notify' }],
  ] as const)('what the phone says of price and address is refused (%s, %j)', async (channel, more) => {
    const seller = await makeSeller();

    expect(await postOrder(seller.token, channel, more)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request' },
    });

    expect(await Order.count({ where: { userId: seller.id } })).toBe(0);
  });

  it('what the vendor is told of both is the server’s', async () => {
    const [wechat, alipay] = [await open('wechat_jsapi'), await open('alipay_wap')];

    expect(world.sandbox.pay.find(wechat.orderId)).toMatchObject({
      totalFen: 9_900,
      notifyUrl: `${world.origin}/api/payments/wechat/notify`,
    });
    expect(world.sandbox.alipay.find(alipay.orderId)).toMatchObject({
      totalFen: 9_900,
      notifyUrl: `${world.origin}/api/payments/alipay/notify`,
    });
  });

  it.each(['wechat_jsapi', 'alipay_wap'] as const)('two notifications at once credit once (%s)', async (channel) => {
    const bought = await open(channel);
    const simulator = channel === 'wechat_jsapi' ? world.sandbox.pay : world.sandbox.alipay;
    await simulator.pay(bought.orderId);
    simulator.notifications.setMode({ kind: 'deliver' });

    const answers = await Promise.all([1, 2].map(() => simulator.notifications.resend(bought.orderId)));

    const statuses = answers.map((answer) => (typeof answer === 'number' ? answer : answer?.status));
    expect(statuses).toEqual(channel === 'wechat_jsapi' ? [204, 204] : [200, 200]);
    expect(await grantsOf(bought)).toHaveLength(1);
    expect(await quotaOf(bought.seller)).toEqual({ remaining: 100, held: 0 });
  });

  it('of Alipay’s signed words only those that mean paid grant, and no unsigned ones', async () => {
    const bought = await open('alipay_wap');
    // A per cent sign in a value: who decodes before verifying takes this for a forgery.
    const form = { ...alipayForm(bought.orderId), subject: '素衣会员 100%25 白底' };
    const alipayKey = createPrivateKey(keys.alipayPrivateKeyPem);
    const post = (fields: Record<string, string>): Promise<number> =>
      send('/api/payments/alipay/notify', new URLSearchParams(fields).toString(), {
        'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      });

    for (const status of ['WAIT_BUYER_PAY', 'TRADE_CLOSED', 'TRADE_PENDING']) {
      expect(await post(signForm({ ...form, trade_status: status, notify_id: status }, alipayKey))).toBe(200);
    }
    const signed = signForm({ ...form, trade_status: 'WAIT_BUYER_PAY' }, alipayKey);
    expect(await post({ ...signed, trade_status: 'TRADE_SUCCESS' })).toBe(401);
    expect(await post({ ...form, sign_type: 'RSA2' })).toBe(401);
    expect(await post(signForm(form, strangersKey()))).toBe(401);
    await expectNothingGranted(bought);

    expect(await post(signForm(form, alipayKey))).toBe(200);
    expect(await grantsOf(bought)).toHaveLength(1);
  });

  it('a WeChat notification that opens under our key is nothing without WeChat’s signature', async () => {
    const bought = await open('wechat_jsapi');
    const body = Buffer.from(JSON.stringify(wechatEnvelope(bought.orderId)));
    const post = (headers: Record<string, string>): Promise<number> =>
      send('/api/payments/wechat/notify', body, { ...headers, 'content-type': 'application/json' });
    const serial = keys.publicKeyId;
    const genuine = signForMerchant(body, { serial, privateKey: createPrivateKey(keys.platformPrivateKeyPem) }).headers;
    const other = signForMerchant(body, { serial, privateKey: strangersKey() }).headers;

    expect(await post({})).toBe(401);
    expect(await post({ ...genuine, 'Wechatpay-Signature': '' })).toBe(401);
    expect(await post({ ...genuine, 'Wechatpay-Signature': Buffer.from('signed').toString('base64') })).toBe(401);
    expect(await post(other)).toBe(401);
    await expectNothingGranted(bought);

    expect(await post(genuine)).toBe(204);
    expect(await grantsOf(bought)).toHaveLength(1);
  });

  const strangersKey = (): KeyObject => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

  async function send(path: string, body: string | Buffer, headers: Record<string, string>): Promise<number> {
    const answer = await fetch(world.origin + path, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
    await answer.arrayBuffer();
    return answer.status;
  }

  /** A payment in full as Alipay tells of it. */
  const alipayForm = (orderId: string): Record<string, string> => ({
    notify_id: `n${randomBytes(8).toString('hex')}`,
    notify_type: 'trade_status_sync',
    notify_time: shanghaiText(clock.now()),
    charset: 'utf-8',
    version: '1.0',
    app_id: world.sandbox.environment.ALIPAY_APP_ID ?? '',
    seller_id: world.sandbox.environment.ALIPAY_SELLER_ID ?? '',
    out_trade_no: orderId,
    trade_no: world.sandbox.alipay.find(orderId)?.tradeNo ?? '',
    trade_status: 'TRADE_SUCCESS',
    total_amount: '99.00',
    gmt_payment: shanghaiText(clock.now()),
  });

  /** A payment in full as WeChat Pay seals it. */
  const wechatEnvelope = (orderId: string) => ({
    id: `EV-${randomBytes(8).toString('hex')}`,
    create_time: toMoment(clock.now()),
    resource_type: 'encrypt-resource',
    event_type: 'TRANSACTION.SUCCESS',
    summary: '支付成功',
    resource: {
      original_type: 'transaction',
      ...seal(
        JSON.stringify({
          appid: world.sandbox.environment.WECHAT_APPID,
          mchid: world.sandbox.environment.WECHATPAY_MCHID,
          out_trade_no: orderId,
          transaction_id: `4200${orderId.slice(-20)}`,
          trade_type: 'JSAPI',
          trade_state: 'SUCCESS',
          trade_state_desc: '支付成功',
          bank_type: 'OTHERS',
          success_time: toMoment(clock.now()),
          payer: { openid: world.sandbox.pay.find(orderId)?.openid },
          amount: { total: 9_900, payer_total: 9_900, currency: 'CNY', payer_currency: 'CNY' },
        }),
        keys.apiV3Key,
        'transaction',
      ),
    },
  });
});

describe('mistake 10: a membership that is asked whether it was, not whether it is', () => {
  it.each(['basic_clean', 'model_pose12'])(
    '%s holds nothing once the end has passed, whatever remains',
    async (type) => {
      const seller = await makeSeller({ uses: 3, days: 1 });
      const mediaId = await makeMedia(seller, Buffer.from('a photo'));
      const endsAt = clock.now() + days(1);
      const post = (): Promise<Answer> =>
        call(world, 'POST', '/api/tasks', { token: seller.token, body: { type, mediaId, params: {} } });
      clock.freeze(endsAt - minutes(1));
      const inTime = await post();
      expect(inTime.status).toBe(202);

      clock.freeze(endsAt + minutes(1));
      expect(await post()).toMatchObject({ status: 402, body: { code: 'membership_expired' } });

      const held = await select(`SELECT id FROM quota_entries WHERE user_id = :id AND kind = 'hold'`, {
        id: seller.id,
      });
      expect(held).toHaveLength(1);
      expect((await call(world, 'GET', '/api/membership', { token: seller.token })).body).toMatchObject({
        isMember: false,
        quotaRemaining: 0,
      });
      const task = await Task.findByPk(String(inTime.body.id), { rejectOnEmpty: true });
      await fail(task, { from: 'queued', code: 'internal_failure' });
    },
  );
});

describe('mistake 11: codes that are logged instead of sent and guessed without end, and a ledger that is tidied away', () => {
  it('a code arrives at the phone, and stands in no log line and in no table', async () => {
    const phone = newPhone();
    let code = '';

    const lines = await loggedBy(async () => {
      expect((await call(world, 'POST', '/api/auth/send-code', { body: { phone } })).status).toBe(200);
      code = world.sandbox.sms.latestCode(phone) ?? '';
      expect((await logIn(phone, wrong(code))).body.code).toBe('code_wrong');
    });

    expect(code).toMatch(/^\d{6}$/);
    const isSaid = (text: string): boolean => new RegExp(`(?<!\\w)${code}(?!\\w)`).test(text);
    expect(lines.filter((line) => line.includes('/api/auth/send-code'))).toHaveLength(1);
    expect(lines.filter((line) => isSaid(line) || line.includes(phone))).toEqual([]);
    const rows = await everyRow();
    expect(rows.filter((row) => row.includes('code_hmac'))).not.toEqual([]);
    expect(rows.filter(isSaid)).toEqual([]);
    expect((await logIn(phone, code)).status).toBe(200);
  });

  it('five wrong tries burn it', async () => {
    const phone = newPhone();
    await call(world, 'POST', '/api/auth/send-code', { body: { phone } });
    const code = world.sandbox.sms.latestCode(phone) ?? '';
    for (let n = 0; n < 5; n += 1) expect((await logIn(phone, wrong(code))).body.code).toBe('code_wrong');

    expect(await logIn(phone, code)).toMatchObject({ status: 400, body: { code: 'code_burned' } });
  });

  it('no job of the worker’s removes or rewrites an entry of the ledger, a day, a month or two years later', async () => {
    const seller = await makeSeller({ uses: 5 });
    const [done, undone] = [await pose(seller), await pose(seller)];
    await Task.update({ status: 'saving' }, { where: { id: done.id } });
    await succeed(done, { results: [], measures: null, isWhole: true });
    await fail(undone, { from: 'queued', code: 'internal_failure' });
    const entries = () => select<{ kind: string }>('SELECT * FROM quota_entries ORDER BY id', {});
    const before = await entries();
    expect(before.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['grant', 'hold', 'capture', 'release']));

    for (const age of [hours(25), days(40), days(730)]) {
      clock.advance(age);
      await startWorker(1).stop(); // Every job runs once.
    }

    const after = await entries();
    expect(after).toEqual(expect.arrayContaining(before));
    expect(await select('SELECT id FROM verification_codes', {})).toEqual([]); // The jobs were at work.
    const own = await select<{ kind: string }>('SELECT kind FROM quota_entries WHERE user_id = :id ORDER BY position', {
      id: seller.id,
    });
    expect(own.map(({ kind }) => kind)).toEqual(['grant', 'hold', 'hold', 'capture', 'release', 'expire']);
  }, 60_000);

  const logIn = (phone: string, code: string): Promise<Answer> =>
    call(world, 'POST', '/api/auth/login', { body: { phone, code } });
  const wrong = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

  const pose = async (seller: Seller): Promise<Task> =>
    createTask(
      seller.id,
      {
        type: 'basic_clean',
        mediaId: await makeMedia(seller, Buffer.from('a photo')),
        params: { preset: 'main', hasShadow: false },
      },
      { key: `trust-${(serial += 1)}`, requestHash: 'same' },
    );

  /** Every line that is logged at the most talkative level while `act` runs. */
  async function loggedBy(act: () => Promise<void>): Promise<string[]> {
    const lines: string[] = [];
    const stream = Reflect.get(logger, symbols.streamSym) as { write(line: string): void };
    const { level } = logger;
    const write = jest.spyOn(stream, 'write').mockImplementation((line) => void lines.push(line));
    logger.level = 'trace';
    await act().finally(() => {
      logger.level = level;
      write.mockRestore();
    });
    return lines;
  }

  async function everyRow(): Promise<string[]> {
    const tables = await select<{ name: string }>(
      isMysqlHalf
        ? 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()'
        : `SELECT name FROM sqlite_master WHERE type = 'table'`,
      {},
    );
    const rows = await Promise.all(tables.map(({ name }) => select(`SELECT * FROM ${name}`, {})));
    return rows.flat().map((row) => JSON.stringify(row));
  }
});

describe('mistake 12: live secrets in the repository', () => {
  const root = join(__dirname, '../../..');

  const shapes: [what: string, shape: RegExp][] = [
    ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/g],
    ['a cloud account', /\b(?:AKID[A-Za-z0-9]{13,}|AKIA[A-Z0-9]{16}|LTAI[A-Za-z0-9]{12,})\b/g],
    [
      'a token',
      /\b(?:gh[pousr]_[A-Za-z0-9]{36}|npm_[A-Za-z0-9]{36}|sk-[A-Za-z0-9]{20,}|eyJ[\w-]{10,}\.eyJ[\w-]{10,})/g,
    ],
    ['hexadecimal digits', /(?<![\w+/=.-])(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{32,}(?![\w+/=-])/gi],
    ['a key of letters and digits', /(?<![\w+/=.-])(?=\w*\d)(?=\w*[a-z])(?=\w*[A-Z])[A-Za-z0-9]{32,}(?![\w+/=-])/g],
    ['base64', /(?<![\w+/=@.-])(?!sha512-)(?=\S*\d)(?=\S*[a-z])(?=\S*[A-Z])[A-Za-z0-9+/_=-]{43,}(?![\w+/=.-])/g],
  ];

  /** Where something looks like a key and is none, and why: one file, one reason. */
  const allowed: Record<string, string> = {
    'server/src/sandbox/certificate.test.ts': 'serial numbers of certificates that the test makes',
    'server/src/sandbox/index.ts': 'the name of a message template, which is no secret anywhere',
    'server/src/sandbox/wechat/push.test.ts': 'the alphabet, which WeChat’s documents use for a key',
    'server/src/vendors/runninghub/contract.test.ts': 'the sixteen digits, twice',
    'server/src/vendors/storage/contract.test.ts': 'the first bytes of a PNG',
    'server/src/vendors/wechat-pay/certificates.test.ts': 'the serial number in WeChat Pay’s documents',
    'server/src/vendors/wechat-pay/cipher.test.ts': 'a key that others published with what it opens, and a broken one',
    'server/src/vendors/wechat-pay/published-vectors.test.ts':
      'what others published: a certificate, signatures, parcels',
    'server/src/vendors/wechat-virtual/signing.test.ts': 'signatures in WeChat’s documents',
    'server/src/vendors/wechat/push.test.ts': 'signatures and parcels in WeChat’s documents',
    'server/test/faults/other-runninghub.ts': 'the made-up key of a stand-in that lives for one test',
  };

  const findSecrets = (text: string): string[] =>
    shapes.flatMap(([what, shape]) => (text.match(shape) ?? []).map((found) => `${what}: ${found.slice(0, 12)}…`));

  it('its finder knows the shapes of live keys', () => {
    const pair = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const planted = [
      pair.privateKey,
      pair.publicKey,
      `SECRET_ID=${['AK', 'ID'].join('')}${'z8Krf4'.repeat(5)}`,
      `"key": "${randomBytes(16).toString('hex')}"`,
      `API_V3_KEY=${'aB3dE5gH'.repeat(4)}`,
      `aesKey: '${Buffer.from('a key of thirty-two bytes, 1234!').toString('base64').slice(0, 43)}'`,
      `token: ${['gh', 'p_'].join('')}${'a1B2c3'.repeat(6)}`,
    ];

    for (const text of planted) expect(findSecrets(`before\n${text}\nafter`)).not.toEqual([]);
    for (const text of ['tsk_0123456789abcdef01234567', '0'.repeat(64), '/subpackages/membership/index/index'])
      expect(findSecrets(text)).toEqual([]);
  });

  it('nothing that is, or could be, committed looks like one', () => {
    const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root })
      .toString()
      .split('\0')
      .filter((file) => file !== '' && existsSync(join(root, file)));
    expect(files.length).toBeGreaterThan(300);

    const keyFiles = files.filter((file) => /^\.env|\.(pem|key|p12|pfx|jks)$/.test(basename(file)));
    const found = files
      .filter((file) => !(file in allowed))
      .flatMap((file) => {
        const text = readFileSync(join(root, file)).toString('latin1');
        return text.includes('\0') ? [] : findSecrets(text).map((secret) => `${file}: ${secret}`);
      });

    expect([...keyFiles, ...found]).toEqual([]);
  });
});
