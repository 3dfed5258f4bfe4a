import { createHmac } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { grantUses, makeSeller, newPhone, quotaOf, refusalCodes } from '../../../test/make';
import { call } from '../../../test/request';
import { useWorld } from '../../../test/world';
import { config } from '../../config';
import { select } from '../../db/sql';
import { inTransaction } from '../../db/transaction';
import { clock, minutes, seconds } from '../../lib/clock';
import { hold, lockAccount, release } from '../quota/ledger';
import { useCode } from './codes';
import { loginByPhone, loginByWechat, User } from './service';

const world = useWorld({ ROLES: 'web' });

async function codeFor(phone: string): Promise<string> {
  expect((await call(world, 'POST', '/api/auth/send-code', { body: { phone } })).status).toBe(200);
  const code = world.sandbox.sms.latestCode(phone);
  if (!code) throw new Error('no code came');
  return code;
}

const login = (phone: string, code: string, wxCode?: string) =>
  call(world, 'POST', '/api/auth/login', { body: { phone, code, ...(wxCode && { wxCode }) } });

const wrong = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

describe('a phone code', () => {
  it('logs a new phone in, and the same phone into the same account', async () => {
    const phone = newPhone();

    const first = await login(phone, await codeFor(phone));
    const second = await login(phone, await codeFor(phone));

    expect(first).toMatchObject({
      status: 200,
      body: { user: { phoneMasked: `${phone.slice(0, 3)}****${phone.slice(-4)}` } },
    });
    expect(second.body.user).toEqual(first.body.user);
  });

  it('is kept as an HMAC alone, and so is the number', async () => {
    const phone = newPhone();
    const code = await codeFor(phone);

    const rows = await select<Record<string, unknown>>('SELECT * FROM verification_codes ORDER BY id DESC LIMIT 1', {});

    expect(JSON.stringify(rows)).not.toContain(`"${code}"`);
    expect(JSON.stringify(rows)).not.toContain(phone);
    expect(rows[0]?.code_hmac).toBe(
      createHmac('sha256', config.current.codeSecret).update(`${phone}:${code}`).digest('hex'),
    );
  });

  it('is refused when wrong, used, or too old', async () => {
    const phone = newPhone();
    const code = await codeFor(phone);

    expect((await login(phone, wrong(code))).body.code).toBe('code_wrong');
    expect((await login(phone, code)).status).toBe(200);
    expect((await login(phone, code)).body.code).toBe('code_used');

    const late = await codeFor(phone);
    clock.advance(minutes(5) + 1);
    expect((await login(phone, late)).body.code).toBe('code_expired');
  });

  it('burns after five wrong tries: the right one comes too late', async () => {
    const phone = newPhone();
    const code = await codeFor(phone);
    for (let n = 0; n < 5; n += 1) expect((await login(phone, wrong(code))).body.code).toBe('code_wrong');

    expect((await login(phone, code)).body.code).toBe('code_burned');
  });

  it('gives 30 guesses at once no more than five tries', async () => {
    const phone = newPhone();
    const code = await codeFor(phone);

    const results = await Promise.allSettled(Array.from({ length: 30 }, () => useCode(phone, wrong(code))));

    const codes = refusalCodes(results);
    expect(codes.filter((each) => each === 'code_wrong')).toHaveLength(5);
    expect(codes.filter((each) => each === 'code_burned')).toHaveLength(25);
  });

  it('lets one of ten logins at once in', async () => {
    const phone = newPhone();
    const code = await codeFor(phone);

    const results = await Promise.allSettled(Array.from({ length: 10 }, () => useCode(phone, code)));

    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
  });

  it('is sent five times a minute and ten times a day to one phone', async () => {
    const phone = newPhone();
    clock.freeze(Date.parse('2026-11-22T03:00:00Z'));
    for (let n = 0; n < 5; n += 1) await codeFor(phone);

    const sixth = await call(world, 'POST', '/api/auth/send-code', { body: { phone } });
    expect(sixth).toMatchObject({ status: 429, body: { code: 'code_too_often' } });
    expect(Number(sixth.headers.get('retry-after'))).toBeGreaterThan(0);

    clock.advance(seconds(61));
    for (let n = 0; n < 5; n += 1) await codeFor(phone);
    clock.advance(seconds(61));
    expect((await call(world, 'POST', '/api/auth/send-code', { body: { phone } })).body.code).toBe('code_daily_limit');
    clock.advance(minutes(60 * 24));
    await codeFor(phone);
  });

  it('is not sent more often when the requests come at once', async () => {
    const phone = newPhone();

    const answers = await Promise.all(
      Array.from({ length: 12 }, () => call(world, 'POST', '/api/auth/send-code', { body: { phone } })),
    );

    expect(answers.filter((answer) => answer.status === 200).length).toBeLessThanOrEqual(5);
  });

  it.each(['12345678901', '1380013800', '+8613800138000', '85291234567', '', null, 13800138000])(
    'is not sent to %p',
    async (phone) => {
      expect(await call(world, 'POST', '/api/auth/send-code', { body: { phone } })).toMatchObject({
        status: 400,
        body: { code: 'phone_invalid' },
      });
    },
  );

  it('does not count against the seller when the vendor refuses or is away before sending', async () => {
    const phone = newPhone();
    world.sandbox.sms.faults.plan({ path: '/', fault: { kind: 'status', status: 500 }, times: 1 });

    const away = await call(world, 'POST', '/api/auth/send-code', { body: { phone } });

    expect(away).toMatchObject({ status: 503, body: { code: 'vendor_unavailable' } });
    expect((await login(phone, await codeFor(phone))).status).toBe(200);
  });
});

describe('WeChat login', () => {
  it('registers an openid without a phone, and finds it again', async () => {
    const first = await call(world, 'POST', '/api/auth/wechat', { body: { wxCode: 'personA1.1' } });
    const second = await call(world, 'POST', '/api/auth/wechat', { body: { wxCode: 'personA1.2' } });

    expect(first).toMatchObject({ status: 200, body: { user: { phoneMasked: null, hasWechat: true } } });
    expect(second.body.user).toEqual(first.body.user);
  });

  it('binds the phone of the button', async () => {
    const phone = newPhone();

    const answer = await call(world, 'POST', '/api/auth/wechat', {
      body: { wxCode: 'personB1.1', phoneCode: `phone-${phone}.x1` },
    });

    expect(answer).toMatchObject({
      status: 200,
      body: { user: { phoneMasked: `${phone.slice(0, 3)}****${phone.slice(-4)}`, hasWechat: true } },
    });
  });

  it('refuses a code that is bad, used, or of a blocked person', async () => {
    await call(world, 'POST', '/api/auth/wechat', { body: { wxCode: 'personC1.1' } });

    const codes = await Promise.all(
      ['bad-code-1', 'personC1.1', 'blocked-1'].map(
        async (wxCode) => (await call(world, 'POST', '/api/auth/wechat', { body: { wxCode } })).body.code,
      ),
    );

    expect(codes).toEqual(['wechat_code_invalid', 'wechat_code_invalid', 'wechat_user_blocked']);
  });

  it('makes one account of ten first logins at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        call(world, 'POST', '/api/auth/wechat', { body: { wxCode: `personD1.${n}` } }),
      ),
    );

    expect(answers.map((answer) => answer.status)).toEqual(Array(10).fill(200));
    expect(new Set(answers.map((answer) => (answer.body.user as { id: string }).id)).size).toBe(1);
  });
});

describe('one person through both doors', () => {
  it('becomes one account that keeps every use, held ones too', async () => {
    const byPhone = await makeSeller({ uses: 10 });
    const { user } = await loginByWechat({ wxCode: 'personE1.1' });
    const byWechat = { id: user.id };
    await grantUses(byWechat.id, 5);
    await holdOne(byWechat.id);

    const code = await codeFor(byPhone.phone);
    const joined = await loginByPhone({ phone: byPhone.phone, code, wxCode: 'personE1.2' });

    expect(joined.user.id).toBe(byPhone.id);
    expect((await quotaOf(byPhone)).remaining).toBe(14);
    await inTransaction(async (tx) =>
      release(await lockAccount(byWechat.id, tx), { cause: { type: 'task', id: `${byWechat.id}-held` }, uses: 1 }, tx),
    );
    expect(await quotaOf(byPhone)).toEqual({ remaining: 15, held: 0 });
    expect(await quotaOf(byWechat)).toEqual({ remaining: 0, held: 0 });
  });

  it('still opens the joined account with a token of the old one', async () => {
    const byPhone = await makeSeller();
    const session = await loginByWechat({ wxCode: 'personF1.1' });
    await loginByPhone({ phone: byPhone.phone, code: await codeFor(byPhone.phone), wxCode: 'personF1.2' });

    const me = await call(world, 'GET', '/api/auth/me', { token: session.token });

    expect(me).toMatchObject({ status: 200, body: { id: byPhone.id, hasWechat: true } });
  });

  it('does not take a phone away from the WeChat it belongs to', async () => {
    const owner = await makeSeller({ openid: 'o_somebody_elses_wechat_1' });

    const session = await loginByPhone({ phone: owner.phone, code: await codeFor(owner.phone), wxCode: 'personG1.1' });

    expect(session.user.id).toBe(owner.id);
    expect((await User.findByPk(owner.id))?.openid).toBe('o_somebody_elses_wechat_1');
  });
});

describe('who came by WeChat', () => {
  it('is let into the account of that WeChat, whatever number the phone has now', async () => {
    const [owner, strangers] = [await makeSeller({ openid: 'to-be-replaced' }), await makeSeller()];
    const { openid } = (await loginByWechat({ wxCode: 'personH1.1' })).user;
    await User.destroy({ where: { openid } });
    await User.update({ openid }, { where: { id: owner.id } });

    const newNumber = await loginByWechat({ wxCode: 'personH1.2', phoneCode: `phone-${newPhone()}.h1` });
    const strangersNumber = await loginByWechat({ wxCode: 'personH1.3', phoneCode: `phone-${strangers.phone}.h2` });

    expect([newNumber.user.id, strangersNumber.user.id]).toEqual([owner.id, owner.id]);
    expect((await User.findByPk(owner.id))?.phone).toBe(owner.phone);
  });
});

describe('a token', () => {
  it('of an account that was merged ends with the account that took it in', async () => {
    const byPhone = await makeSeller();
    const old = await loginByWechat({ wxCode: 'personI1.1' });
    await loginByPhone({ phone: byPhone.phone, code: await codeFor(byPhone.phone), wxCode: 'personI1.2' });
    const me = () => call(world, 'GET', '/api/auth/me', { token: old.token });
    expect((await me()).status).toBe(200);

    await User.update({ status: 'blocked' }, { where: { id: byPhone.id } });
    expect((await me()).body.code).toBe('user_blocked');
    await User.update({ status: 'active' }, { where: { id: byPhone.id } });
    await call(world, 'DELETE', '/api/auth/me', { token: byPhone.token });
    expect((await me()).body.code).toBe('token_revoked');
  });

  it('may be had again after the account was deleted, but not more codes than before', async () => {
    const phone = newPhone();
    for (let n = 0; n < 5; n += 1) await codeFor(phone);
    const session = await login(phone, world.sandbox.sms.latestCode(phone) ?? '');
    await call(world, 'DELETE', '/api/auth/me', { token: String(session.body.token) });

    expect((await call(world, 'POST', '/api/auth/send-code', { body: { phone } })).body.code).toBe('code_too_often');
  });

  it('is refused when absent, forged, of another algorithm, expired or revoked', async () => {
    const seller = await makeSeller();
    const me = (token?: string) => call(world, 'GET', '/api/auth/me', { token });
    const claims = { sub: seller.id, jti: 'ses_x', exp: Math.floor(Date.now() / 1_000) + 600 };
    const secret = config.current.jwtSecret;

    expect((await me()).body.code).toBe('unauthorized');
    expect((await me('x'.repeat(40))).body.code).toBe('token_invalid');
    expect((await me(jwt.sign(claims, 'another-secret-of-thirty-two-bytes!!'))).body.code).toBe('token_invalid');
    expect((await me(jwt.sign(claims, secret, { algorithm: 'HS512' }))).body.code).toBe('token_invalid');
    expect((await me(jwt.sign(claims, '', { algorithm: 'none' }))).body.code).toBe('token_invalid');
    expect((await me(jwt.sign({ sub: seller.id, jti: 'ses_y', exp: 1_000 }, secret))).body.code).toBe('token_expired');

    expect((await me(seller.token)).status).toBe(200);
    expect((await call(world, 'POST', '/api/auth/logout', { token: seller.token })).status).toBe(204);
    expect((await me(seller.token)).body.code).toBe('token_revoked');
  });

  it('ends with the account, which leaves no phone and no openid behind', async () => {
    const seller = await makeSeller({ uses: 3, openid: `o_deleted_person_1` });

    expect((await call(world, 'DELETE', '/api/auth/me', { token: seller.token })).status).toBe(204);

    expect((await call(world, 'GET', '/api/auth/me', { token: seller.token })).body.code).toBe('token_revoked');
    const rows = await select<object>('SELECT phone, openid, unionid, status FROM users WHERE id = :id', {
      id: seller.id,
    });
    expect(rows).toEqual([{ phone: null, openid: null, unionid: null, status: 'deleted' }]);
  });
});

const holdOne = (userId: string): Promise<void> =>
  inTransaction(async (tx) =>
    hold(await lockAccount(userId, tx), { cause: { type: 'task', id: `${userId}-held` }, uses: 1 }, tx),
  );
