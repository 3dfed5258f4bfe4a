import { inTransaction } from '../src/db/transaction';
import { clock } from '../src/lib/clock';
import { newId } from '../src/lib/ids';
import { Admin } from '../src/modules/admin/models';
import { hashPassword } from '../src/modules/admin/passwords';
import type { Role } from '../src/modules/admin/roles';
import { makeSession } from '../src/modules/admin/sessions';
import type { World } from './world';

export const adminPassword = 'a password of the tests';

export type Page = { status: number; text: string; location: string | null; headers: Headers };

/** A browser that keeps its cookie and follows nothing. */
export type Browser = {
  cookie: string;
  csrf: string;
  get(path: string): Promise<Page>;
  /** Sends a form, with the session's csrf unless `fields` has one. */
  post(path: string, fields?: Record<string, string>, headers?: Record<string, string>): Promise<Page>;
};

let hash: Promise<string> | null = null;

/** An admin with `adminPassword`. */
export async function makeAdmin(username: string, role: Role): Promise<void> {
  hash ??= hashPassword(adminPassword);
  const now = clock.now();
  const fresh = { totpSecret: null, totpStep: 0, failures: 0, lockedUntil: null, disabledAt: null };
  const made = { id: newId('adm'), createdAt: now, updatedAt: now };
  await Admin.create({ ...fresh, ...made, username, role, passwordHash: await hash });
}

export async function ask(world: World, method: string, path: string, init: RequestInit = {}): Promise<Page> {
  const response = await fetch(world.origin + path, {
    redirect: 'manual',
    ...init,
    method,
    headers: { accept: 'text/html', ...init.headers },
  });
  const { status, headers } = response;
  return { status, headers, text: await response.text(), location: headers.get('location') };
}

let addresses = 0;

/** An address that nobody else in this file has: the brakes count by address. It counts where TRUST_PROXY is 1. */
export const fromNewAddress = (): Record<string, string> => {
  addresses += 1;
  return { 'x-forwarded-for': `10.0.${addresses >> 8}.${addresses & 255}` };
};

export function sendLogIn(
  world: World,
  fields: Record<string, string>,
  headers: Record<string, string> = fromNewAddress(),
): Promise<Page> {
  return ask(world, 'POST', '/admin/login', { body: new URLSearchParams(fields), headers });
}

/** A browser in which this admin is logged in: without the form, because checking a password takes long on purpose. */
export async function logIn(world: World, username: string): Promise<Browser> {
  const address = fromNewAddress();
  const admin = await Admin.findOne({ where: { username }, rejectOnEmpty: true });
  const { token } = await inTransaction((tx) => makeSession(admin.id, '127.0.0.1', tx));
  const cookie = `suyi_admin=${token}`;

  const get = (path: string): Promise<Page> => ask(world, 'GET', path, { headers: { cookie, ...address } });
  const [, csrf = ''] = /name="csrf" value="([0-9a-f]+)"/.exec((await get('/admin/account')).text) ?? [];
  return {
    cookie,
    csrf,
    get,
    post: (path, fields = {}, headers = {}) => {
      const body = new URLSearchParams({ csrf, ...fields });
      return ask(world, 'POST', path, { body, headers: { cookie, ...address, ...headers } });
    },
  };
}
