import type { Middleware } from 'koa';
import { AppError } from '../lib/errors';
import { readToken } from '../modules/auth/service';
import type { SignedInState } from './context';

/** Lets through who carries a good token, and says who it is. */
export const signedIn: Middleware<SignedInState> = async (ctx, next) => {
  const [, token] = /^Bearer ([\w.-]{20,2000})$/.exec(ctx.get('authorization')) ?? [];
  if (!token) throw new AppError(ctx.get('authorization') ? 'token_invalid' : 'unauthorized');

  Object.assign(ctx.state, await readToken(token));
  await next();
};
