import { SessionDto } from '@suyi/shared-types';
import { create } from 'zustand';
import * as authApi from '../api/auth';
import { signRequestsFor } from '../api/client';
import { forget, keep, readKept } from '../platform/storage';
import { goLogin } from '../routes';

const sessionKey = 'session';

interface SessionState {
  /** Who is signed in. Null for a guest. */
  session: SessionDto | null;
  /** Why the server ended the last session, until the next one begins: the login page says it. */
  endedBecause: string | null;
}

export const useSession = create<SessionState>()(() => ({ session: null, endedBecause: null }));

export function currentUserId(): string | null {
  return useSession.getState().session?.user.id ?? null;
}

/** Picks up where the last run stopped, and hands the token to every request from here on. */
export function restoreSession(now = Date.now()): void {
  signRequestsFor({
    token: () => useSession.getState().session?.token ?? null,
    onSignedOut: (problem) => {
      closeSession();
      useSession.setState({ endedBecause: problem.message });
      goLogin();
    },
  });

  const kept = readKept(sessionKey, SessionDto);
  if (kept && Date.parse(kept.expiresAt) > now) useSession.setState({ session: kept });
  else forget(sessionKey);
}

export function openSession(session: SessionDto): void {
  keep(sessionKey, session);
  useSession.setState({ session, endedBecause: null });
}

/** Forgets the token on this phone. Drafts and orders stay: they carry their owner's id and wait for them. */
export function closeSession(): void {
  forget(sessionKey);
  useSession.setState({ session: null });
}

/** Leaves for good even without a network: the token is gone from the phone, and the server's copy runs out. */
export async function logOut(): Promise<void> {
  try {
    await authApi.logout();
  } finally {
    closeSession();
  }
}

export async function deleteAccount(): Promise<void> {
  await authApi.deleteAccount();
  closeSession();
}
