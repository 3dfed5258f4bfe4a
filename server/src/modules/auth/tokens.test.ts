import jwt from 'jsonwebtoken';
import { makeSeller } from '../../../test/make';
import { call } from '../../../test/request';
import { useWorld } from '../../../test/world';
import { config } from '../../config';
import { clock, days } from '../../lib/clock';
import { issueToken } from './tokens';

const world = useWorld({ ROLES: 'web' });

const [before, after] = ['the-key-that-signed-until-today-0123', 'the-key-that-signs-from-now-on-45678'];
const sign = (keys: { jwtSecret: string; jwtSecretPrevious?: string | null }): void =>
  config.fill({ ...config.current, jwtSecretPrevious: null, ...keys });

const me = async (token: string) => {
  const { status, body } = await call(world, 'GET', '/api/auth/me', { token });
  return status === 200 ? 'let in' : body.code;
};

describe('while the key is being changed', () => {
  it('lets tokens of both keys in, signs with the new one, and forgets the old one when it is taken away', async () => {
    const { id } = await makeSeller();
    sign({ jwtSecret: before });
    const old = issueToken(id).token;

    sign({ jwtSecret: after, jwtSecretPrevious: before });
    const fresh = issueToken(id).token;
    expect([await me(old), await me(fresh)]).toEqual(['let in', 'let in']);
    expect(() => jwt.verify(fresh, after)).not.toThrow();
    expect(() => jwt.verify(fresh, before)).toThrow();

    sign({ jwtSecret: after });
    expect([await me(old), await me(fresh)]).toEqual(['token_invalid', 'let in']);
  });

  it('ends an old token at its own time, and when it is revoked', async () => {
    const { id } = await makeSeller();
    sign({ jwtSecret: before });
    const [late, revoked] = [issueToken(id).token, issueToken(id).token];
    sign({ jwtSecret: after, jwtSecretPrevious: before });

    expect((await call(world, 'POST', '/api/auth/logout', { token: revoked })).status).toBe(204);
    expect(await me(revoked)).toBe('token_revoked');
    clock.advance(days(7));
    expect(await me(late)).toBe('token_expired');
  });

  it('takes no other algorithm, whatever key or key’s name the token claims', async () => {
    const { id } = await makeSeller();
    sign({ jwtSecret: after, jwtSecretPrevious: before });
    const claims = { sub: id, jti: 'ses_x', iat: 1, exp: Math.floor(Date.now() / 1_000) + 600 };

    expect(await me(jwt.sign(claims, before, { keyid: 'anything' }))).toBe('let in');
    for (const token of [
      jwt.sign(claims, before, { algorithm: 'HS512' }),
      jwt.sign(claims, after, { algorithm: 'HS384' }),
      jwt.sign(claims, '', { algorithm: 'none' }),
      jwt.sign(claims, 'some-key-of-somebody-elses-012345678', { keyid: 'previous' }),
    ]) {
      expect(await me(token)).toBe('token_invalid');
    }
  });
});
