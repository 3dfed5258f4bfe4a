import { phone, resetPhone } from '../stand-ins/taro';
import { getMembership } from '../../src/api/membership';
import { logOut, openSession, restoreSession, useSession } from '../../src/state/session';
import { loadMembership, useMembership } from '../../src/state/membership';
import { keep } from '../../src/platform/storage';
import { inDays, problemBody, sampleMembership, sampleSession } from './samples';

beforeEach(() => {
  resetPhone();
  useSession.setState({ session: null });
});

it('signs every request once restored from the phone', async () => {
  keep('session', sampleSession());
  phone.answer = () => ({ statusCode: 200, data: sampleMembership(3) });

  restoreSession();
  await getMembership();

  expect(phone.sent[0]?.header.Authorization).toBe('Bearer token-of-user_1');
});

it.each([
  ['a token that ran out', { ...sampleSession(), expiresAt: inDays(-1) }],
  ['what an older build kept', { token: 'x' }],
])('starts as a guest with %s', (_name, kept) => {
  keep('session', kept);

  restoreSession();

  expect(useSession.getState().session).toBeNull();
  expect(phone.storage.has('session')).toBe(false);
});

it('clears a refused token and opens the login page over the present one, once', async () => {
  restoreSession();
  openSession(sampleSession());
  phone.answer = () => problemBody(401, 'token_expired', '登录已过期，请重新登录。');

  await Promise.allSettled([getMembership(), getMembership()]);

  expect(useSession.getState().session).toBeNull();
  expect(phone.navigations).toEqual(['navigateTo /pages/login/index']);
  expect(useSession.getState().endedBecause).toBe('登录已过期，请重新登录。');
});

it('leaves the phone even when the server cannot be told', async () => {
  restoreSession();
  openSession(sampleSession());
  phone.answer = () => {
    throw new Error('request:fail');
  };

  await expect(logOut()).rejects.toBeDefined();

  expect(useSession.getState().session).toBeNull();
});

it('never shows one person the uses of another', async () => {
  restoreSession();
  openSession(sampleSession('user_1'));
  phone.answer = () => ({ statusCode: 200, data: sampleMembership(42) });
  await loadMembership();
  expect(useMembership.getState().membership?.quotaRemaining).toBe(42);

  openSession(sampleSession('user_2'));

  expect(useMembership.getState().membership).toBeNull();
});
