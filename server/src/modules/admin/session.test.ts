import { scryptSync } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { adminPassword, ask, fromNewAddress, logIn, makeAdmin, sendLogIn } from '../../../test/admin';
import { makeSeller } from '../../../test/make';
import { call } from '../../../test/request';
import { useWorld } from '../../../test/world';
import { operations } from '../../app';
import { select } from '../../db/sql';
import { clock, hours, minutes } from '../../lib/clock';
import { Admin } from './models';
import { hashPassword } from './passwords';
import { may, roles, type Right } from './roles';
import { ensureFirstAdmin, endSession, openSession } from './service';
import { stepOf } from './totp';

// A password takes a fifth of a second to check, on purpose, and much longer on a busy machine.
jest.setTimeout(90_000);

const world = useWorld({ ROLES: 'web', ADMIN_USERNAME: 'boss', ADMIN_PASSWORD: adminPassword, TRUST_PROXY: '1' });

let serial = 0;
/** Its own name for each test, because of the lock. */
async function someone(role: 'viewer' | 'owner' = 'viewer'): Promise<string> {
  const username = `someone${(serial += 1)}`;
  await makeAdmin(username, role);
  return username;
}

const from = fromNewAddress;
const tryIn = (username: string, password: string, code = ''): ReturnType<typeof sendLogIn> =>
  sendLogIn(world, { username, password, code });

describe('the first admin', () => {
  it('is an owner with the password of the environment, which does not come back once it is changed', async () => {
    expect((await tryIn('boss', adminPassword)).status).toBe(303);
    const boss = await Admin.findOne({ where: { username: 'boss' }, rejectOnEmpty: true });
    expect(boss.role).toBe('owner');
    const { passwordHash: before } = boss;
    await boss.update({ passwordHash: await hashPassword('changed by the boss') });

    await ensureFirstAdmin();

    expect((await tryIn('boss', adminPassword)).status).toBe(401);
    expect((await tryIn('boss', 'changed by the boss')).status).toBe(303);
    await boss.update({ passwordHash: before });
  });
});

describe('logging in', () => {
  it('sets a cookie that no script reads and no other site sends, and keeps only its hash', async () => {
    const username = await someone();

    const page = await tryIn(username, adminPassword);

    const cookie = page.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^suyi_admin=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict$/);
    const token = /=([0-9a-f]{64})/.exec(cookie)?.[1] ?? '';
    const rows = await select<{ id: string; csrf_token: string }>('SELECT * FROM admin_sessions', {});
    expect(JSON.stringify(rows)).not.toContain(token);
    expect(page.location).toBe('/admin');
  });

  it('marks the cookie Secure in production', async () => {
    const username = await someone();
    world.running.config.isProduction = true;
    const page = await tryIn(username, adminPassword);
    world.running.config.isProduction = false;

    expect(page.headers.get('set-cookie')).toContain('; Secure');
  });

  it.each([
    ['/admin/orders?status=paid', '/admin/orders?status=paid'],
    ['https://elsewhere.example/admin', '/admin'],
    ['//elsewhere.example', '/admin'],
    ['/admin//elsewhere.example', '/admin'],
    ['/admin\\elsewhere', '/admin'],
  ])('goes back to %s as %s', async (next, location) => {
    const page = await sendLogIn(world, { username: await someone(), password: adminPassword, next }, from());

    expect(page.location).toBe(location);
  });

  it('says the same to an unknown name, a wrong password and a locked account', async () => {
    const username = await someone();
    const wrong = await tryIn(username, 'not the password');
    const unknown = await tryIn(username.replace('someone', 'nobodys'), 'not the password');
    for (let n = 0; n < 4; n += 1) await tryIn(username, 'not the password');

    const locked = await tryIn(username, adminPassword);

    const said = (page: { text: string }): string => /role="alert">([^<]+)</.exec(page.text)?.[1] ?? '';
    expect([wrong.status, unknown.status, locked.status]).toEqual([401, 401, 401]);
    expect(said(wrong)).toContain('不对');
    expect([said(unknown), said(locked)]).toEqual([said(wrong), said(wrong)]);
  });

  it('takes about as long for an unknown name as for a wrong password', async () => {
    const username = await someone();
    const time = async (name: string): Promise<number> => {
      const at = performance.now();
      await tryIn(name, 'not the password');
      return performance.now() - at;
    };
    const known = [await time(username), await time(username), await time(username)].sort((a, b) => a - b);
    const unknown = [await time('nobody1'), await time('nobody2'), await time('nobody3')].sort((a, b) => a - b);

    // Without the pretended check the second would be a fiftieth of the first.
    expect(unknown[1]! / known[1]!).toBeGreaterThan(0.3);
    expect(unknown[1]! / known[1]!).toBeLessThan(3);
  });

  it('locks after five wrong tries for fifteen minutes, and writes it down', async () => {
    const username = await someone();
    for (let n = 0; n < 5; n += 1) await tryIn(username, 'not the password');

    expect((await tryIn(username, adminPassword)).status).toBe(401);
    clock.advance(minutes(15) + 1);
    expect((await tryIn(username, adminPassword)).status).toBe(303);
    const rows = await select<{ n: number }>(
      `SELECT COUNT(*) AS n FROM admin_audit WHERE username = :username AND action = 'lock_out'`,
      { username },
    );
    expect(Number(rows[0]!.n)).toBe(1);
  });

  it('gives ten tries at once no more than five guesses', async () => {
    const username = await someone();
    const tries = Array.from({ length: 10 }, () => tryIn(username, 'not the password'));
    await Promise.all(tries);

    const admin = await Admin.findOne({ where: { username }, rejectOnEmpty: true });
    expect(admin.failures).toBe(5);
    expect((await tryIn(username, adminPassword)).status).toBe(401);
  });

  it('sets the count back when the password is right', async () => {
    const username = await someone();
    for (let round = 0; round < 2; round += 1) {
      for (let n = 0; n < 3; n += 1) await tryIn(username, 'not the password');
      expect((await tryIn(username, adminPassword)).status).toBe(303);
    }
  });

  it('makes an old hash anew', async () => {
    const username = await someone();
    const admin = await Admin.findOne({ where: { username }, rejectOnEmpty: true });
    const key = scryptSync(adminPassword, 'salt', 32, { N: 1_024, r: 8, p: 1 });
    const salt = Buffer.from('salt').toString('base64url');
    await admin.update({ passwordHash: `scrypt$10$8$1$${salt}$${key.toString('base64url')}` });

    expect((await tryIn(username, adminPassword)).status).toBe(303);

    await admin.reload();
    expect(admin.passwordHash).toMatch(/^scrypt\$15\$8\$3\$/);
    expect((await tryIn(username, adminPassword)).status).toBe(303);
  });

  it('is refused for a disabled admin', async () => {
    const username = await someone();
    const browser = await logIn(world, username);
    await Admin.update({ disabledAt: clock.now() }, { where: { username } });

    expect((await tryIn(username, adminPassword)).status).toBe(401);
    expect((await browser.get('/admin')).status).toBe(303);
  });

  it('brakes an address that tries many', async () => {
    const one = { 'x-forwarded-for': '10.9.9.9' };
    const statuses = new Set<number>();
    for (let n = 0; n < 25; n += 1) {
      statuses.add((await ask(world, 'POST', '/admin/login', { body: new URLSearchParams({}), headers: one })).status);
    }

    expect(statuses).toEqual(new Set([400, 429]));
  });
});

describe('a session', () => {
  it('ends after an hour without a request, and after twelve hours with them', async () => {
    const idle = await logIn(world, await someone());
    const busy = await logIn(world, await someone());
    for (let n = 0; n < 14; n += 1) {
      clock.advance(minutes(50));
      await busy.get('/admin/account');
    }
    expect((await busy.get('/admin/account')).status).toBe(200);
    expect((await idle.get('/admin/account')).status).toBe(303);

    clock.advance(minutes(25));

    expect((await busy.get('/admin/account')).location).toContain('/admin/login');
  });

  it('ends at log-out', async () => {
    const browser = await logIn(world, await someone());

    expect((await browser.post('/admin/logout')).location).toBe('/admin/login?done=out');

    expect((await browser.get('/admin')).status).toBe(303);
  });

  it('ends everywhere when the password is changed', async () => {
    const username = await someone();
    const here = await logIn(world, username);
    const there = await logIn(world, username);
    const wrong = await here.post('/admin/account/password', { current: 'wrong one', next: 'another password' });
    expect(wrong.status).toBe(400);

    const page = await here.post('/admin/account/password', { current: adminPassword, next: 'another password' });

    expect(page.location).toBe('/admin/login?done=password');
    expect((await here.get('/admin')).status).toBe(303);
    expect((await there.get('/admin')).status).toBe(303);
    expect((await tryIn(username, adminPassword)).status).toBe(401);
    expect((await tryIn(username, 'another password')).status).toBe(303);
  });

  it('is the same by Bearer, where no csrf is asked for', async () => {
    const body = { username: await someone(), password: adminPassword };
    const { status, body: session } = await call(world, 'POST', '/api/admin/login', { body, headers: from() });
    expect(status).toBe(200);
    const headers = { authorization: `Bearer ${String(session.token)}`, accept: 'application/json' };

    expect(Date.parse(String(session.expiresAt)) - clock.now()).toBeGreaterThan(hours(11));
    expect((await ask(world, 'GET', '/admin/audit', { headers })).status).toBe(200);
    expect((await ask(world, 'POST', '/api/admin/logout', { headers })).status).toBe(204);
    expect((await ask(world, 'GET', '/admin/audit', { headers })).status).toBe(401);
  });

  it('is not opened by a seller’s token, nor a seller’s route by an admin’s', async () => {
    const seller = await makeSeller({});
    const { body } = await call(world, 'POST', '/api/admin/login', {
      body: { username: await someone('owner'), password: adminPassword },
      headers: from(),
    });

    expect((await call(world, 'GET', '/admin/audit', { token: seller.token })).body.code).toBe('token_invalid');
    expect((await call(world, 'GET', '/api/tasks', { token: String(body.token) })).body.code).toBe('token_invalid');
  });

  it('is swept without harm and ends once', async () => {
    await endSession('nobodys');
    await expect(openSession('0'.repeat(64))).rejects.toMatchObject({ code: 'token_invalid' });
  });
});

describe('a form', () => {
  it.each([
    ['no csrf', { csrf: '' }, {}],
    ['a csrf of another session', { csrf: 'f'.repeat(64) }, {}],
    ['another site, by Origin', {}, { origin: 'https://elsewhere.example' }],
    ['a page without an origin', {}, { origin: 'null' }],
    ['another site, by Sec-Fetch-Site', {}, { 'sec-fetch-site': 'cross-site' }],
    ['a neighbour, by Sec-Fetch-Site', {}, { 'sec-fetch-site': 'same-site' }],
  ])('with %s is refused and changes nothing', async (_, fields, headers) => {
    const username = await someone();
    const browser = await logIn(world, username);

    const given = { current: adminPassword, next: 'another password', ...fields };
    const page = await browser.post('/admin/account/password', given, headers);

    expect(page.status).toBe(403);
    expect((await browser.get('/admin')).status).toBe(200);
  });

  it('from our own page is taken', async () => {
    const browser = await logIn(world, await someone());
    const headers = { origin: world.origin, 'sec-fetch-site': 'same-origin' };

    expect((await browser.post('/admin/logout', {}, headers)).status).toBe(303);
  });

  it('of the log-in from another site is refused', async () => {
    const fields = { username: await someone(), password: adminPassword };

    expect((await sendLogIn(world, fields, { ...from(), origin: 'https://elsewhere.example' })).status).toBe(403);
  });
});

describe('two steps', () => {
  const secret = new Secret({ size: 20 }).base32;
  const codeAt = (ms: number): string => new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: ms });

  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
  ])('knows the code of RFC 6238 at %s s', (seconds, code) => {
    const published = Secret.fromUTF8('12345678901234567890').base32;
    clock.freeze(seconds * 1_000);

    expect(stepOf(code, published, 0)).toBe(Math.floor(seconds / 30));
    expect(stepOf(code, published, Math.floor(seconds / 30))).toBeNull();
    expect(stepOf('000000', published, 0)).toBeNull();
  });

  it('asks for a code once set up, takes each once, and an owner may remove it', async () => {
    const username = await someone();
    clock.freeze();
    const browser = await logIn(world, username);
    const setUp = { current: adminPassword, secret };
    expect((await browser.post('/admin/account/totp', { ...setUp, code: '12345' })).status).toBe(400);
    const on = await browser.post('/admin/account/totp', { ...setUp, code: codeAt(clock.now()) });
    expect(on.location).toBe('/admin/account?done=on');

    expect((await tryIn(username, adminPassword)).status).toBe(401);
    // The code that set it up is spent.
    expect((await tryIn(username, adminPassword, codeAt(clock.now()))).status).toBe(401);
    clock.advance(30_000);
    const code = codeAt(clock.now());
    const both = await Promise.all([tryIn(username, adminPassword, code), tryIn(username, adminPassword, code)]);
    expect(both.map(({ status }) => status).sort()).toEqual([303, 401]);

    const owner = await logIn(world, await someone('owner'));
    const removed = await owner.post(`/admin/admins/${username}/remove-totp`, { reason: '手机丢了' });
    expect(removed.status).toBe(303);
    expect((await tryIn(username, adminPassword)).status).toBe(303);
  });
});

describe('roles', () => {
  const rightOf = (path: string): Right => {
    if (path.startsWith('/admin/admins')) return 'own';
    if (path.startsWith('/admin/actions/refund-order')) return 'finance';
    return path.startsWith('/admin/actions/') ? 'support' : 'view';
  };
  const guarded = operations.filter(
    ({ path, isPublic }) => /^\/(api\/)?admin(\/|$)/.test(path) && !isPublic && !path.endsWith('/logout'),
  );
  const addressOf = (path: string): string =>
    path.replace(/:(\w+)/g, (_, name) => (name === 'username' ? 'boss' : 'nothing'));

  it('guards every route of the admin site: who is not logged in sees none of it', async () => {
    expect(guarded.length).toBeGreaterThan(25);
    for (const { method, path } of guarded) {
      const { status } = await ask(world, method.toUpperCase(), addressOf(path), { headers: { accept: '*/*' } });
      expect({ path, status }).toEqual({ path, status: 401 });
    }
  });

  it.each(roles)('lets a %s do what the role may, and refuses the rest', async (role) => {
    const username = `role-${role}`;
    await makeAdmin(username, role);
    const browser = await logIn(world, username);

    for (const { method, path } of guarded) {
      const page = method === 'get' ? await browser.get(addressOf(path)) : await browser.post(addressOf(path));
      const isAllowed = may(role, rightOf(path));
      // What is let in is told 200, 400 or 404: the forms here are empty and the ids nobody's.
      expect({ path, isForbidden: page.status === 403 }).toEqual({ path, isForbidden: !isAllowed });
    }
  });

  it('always leaves an owner', async () => {
    const owner = await logIn(world, 'boss');
    await Admin.update({ disabledAt: clock.now() }, { where: { role: 'owner', username: await allButBoss() } });

    expect((await owner.post('/admin/admins/boss/disable', { reason: '离职了吧' })).status).toBe(409);
    expect((await owner.post('/admin/admins/boss/role', { reason: '降级试试', role: 'viewer' })).status).toBe(409);
    expect((await owner.get('/admin/admins')).status).toBe(200);
  });

  const allButBoss = async (): Promise<string[]> =>
    (await Admin.findAll()).map(({ username }) => username).filter((username) => username !== 'boss');
});

describe('a page', () => {
  it('may load nothing but its own style and script, is not kept and not indexed', async () => {
    const { headers, text } = await ask(world, 'GET', '/admin/login');

    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('content-security-policy')).not.toContain('unsafe');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-robots-tag')).toContain('noindex');
    expect(text).not.toMatch(/<script>|style="|onclick/);
    const [, style = ''] = /href="(\/admin\/style\.css[^"]+)"/.exec(text) ?? [];
    expect((await ask(world, 'GET', style)).headers.get('cache-control')).toContain('immutable');
  });

  it('that is not there is a page for a browser, and problem+json for a program', async () => {
    const browser = await logIn(world, await someone());

    expect((await browser.get('/admin/nothing')).headers.get('content-type')).toContain('text/html');
    const { status, body } = await call(world, 'GET', '/admin/nothing');
    expect([status, body.code]).toEqual([404, 'not_found']);
  });
});
