import { SendCodeAnswer, SessionDto, UserDto, type LoginBody, type WechatLoginBody } from '@suyi/shared-types';
import { call, nothing } from './client';

export const sendCode = (phone: string, deviceId: string) =>
  call({ method: 'POST', path: '/api/auth/send-code', answer: SendCodeAnswer, body: { phone }, deviceId });

export const loginByPhone = (body: LoginBody) =>
  call({ method: 'POST', path: '/api/auth/login', answer: SessionDto, body });

export const loginByWechat = (body: WechatLoginBody) =>
  call({ method: 'POST', path: '/api/auth/wechat', answer: SessionDto, body });

export const getMe = () => call({ method: 'GET', path: '/api/auth/me', answer: UserDto });

export const logout = () => call({ method: 'POST', path: '/api/auth/logout', answer: nothing });

export const deleteAccount = () => call({ method: 'DELETE', path: '/api/auth/me', answer: nothing });
