import type { SessionDto, UserDto } from '@suyi/shared-types';
import { toMoment } from '../../lib/clock';
import type { User } from './models';
import type { Session } from './service';

export const maskPhone = (phone: string): string => `${phone.slice(0, 3)}****${phone.slice(-4)}`;

export function presentUser(user: User): UserDto {
  return {
    id: user.id,
    phoneMasked: user.phone === null ? null : maskPhone(user.phone),
    hasWechat: user.openid !== null,
    createdAt: toMoment(user.createdAt),
  };
}

export function presentSession(session: Session): SessionDto {
  return { token: session.token, expiresAt: toMoment(session.expiresAt), user: presentUser(session.user) };
}
