import { User } from '../../src/modules/auth/models';
import { Media } from '../../src/modules/media/models';
import { grantUses, makeMedia, makeSeller, newPhone, quotaOf } from '../make';
import { call } from '../request';
import { useWorld } from '../world';

const world = useWorld({ ROLES: 'web' });

let serial = 0;
const newOpenid = (): string => `o_revokes_${process.pid}_${(serial += 1)}`;
const send = (event: string, openid: string, more: Record<string, unknown> = {}) =>
  world.sandbox.wechat.sendEvent(event, { OpenID: openid, ...more });
const userOf = (id: string) => User.findByPk(id, { rejectOnEmpty: true });

it('lets WeChat see that the address is ours, and nobody else', async () => {
  expect(await world.sandbox.wechat.push.check()).toBe(true);

  const stranger = await call(world, 'GET', '/api/wechat/push?signature=00&timestamp=1&nonce=2&echostr=hello', {});
  expect(stranger).toMatchObject({ status: 401, body: { code: 'notification_rejected' } });
});

it('erases the phone that a seller took back, and lets them in by WeChat still', async () => {
  const openid = newOpenid();
  const seller = await makeSeller({ openid, uses: 7 });

  expect(await send('user_authorization_revoke', openid, { RevokeInfo: '8' })).toMatchObject({ isAccepted: true });

  expect(await userOf(seller.id)).toMatchObject({ phone: null, openid, status: 'active' });
  expect(await quotaOf(seller)).toEqual({ remaining: 7, held: 0 });
});

it('erases the pictures that a seller took back, and nothing else', async () => {
  const openid = newOpenid();
  const seller = await makeSeller({ openid, uses: 7 });
  await makeMedia(seller, Buffer.from('a photo'));

  await send('user_authorization_revoke', openid, { RevokeInfo: '14' });

  expect(await Media.findAll({ where: { userId: seller.id } })).toMatchObject([{ status: 'erased' }]);
  expect((await userOf(seller.id)).phone).toBe(seller.phone);
  expect(await quotaOf(seller)).toEqual({ remaining: 7, held: 0 });
});

it('keeps the uses of a seller whose WeChat account is no more, behind their phone', async () => {
  const openid = newOpenid();
  const seller = await makeSeller({ openid, uses: 7 });

  await send('user_authorization_cancellation', openid);

  expect(await userOf(seller.id)).toMatchObject({ phone: seller.phone, openid: null, unionid: null, status: 'active' });
  expect(await quotaOf(seller)).toEqual({ remaining: 7, held: 0 });
});

it('erases the account of whom nothing but WeChat let in', async () => {
  const openid = newOpenid();
  const seller = await makeSeller({ openid });
  await User.update({ phone: null }, { where: { id: seller.id } });
  await grantUses(seller.id, 3);
  await makeMedia(seller, Buffer.from('a photo'));

  await send('user_authorization_cancellation', openid);
  await send('user_authorization_cancellation', openid); // Again is harmless.

  expect(await userOf(seller.id)).toMatchObject({ phone: null, openid: null, status: 'deleted' });
  expect((await call(world, 'GET', '/api/auth/me', { token: seller.token })).body.code).toBe('token_revoked');
  expect(await Media.findAll({ where: { userId: seller.id } })).toMatchObject([{ status: 'erased' }]);
});

it('takes no notice of strangers, of what it never asked for, and of events it does not know', async () => {
  const openid = newOpenid();
  const seller = await makeSeller({ openid });
  expect(newPhone()).not.toBe(seller.phone);

  for (const sent of [
    await send('user_authorization_revoke', 'o_nobody_we_know', { RevokeInfo: '8' }),
    await send('user_authorization_revoke', openid, { RevokeInfo: '13' }),
    await send('wxa_punish_event', openid),
  ]) {
    expect(sent).toMatchObject({ status: 200, isAccepted: true });
  }
  expect(await userOf(seller.id)).toMatchObject({ phone: seller.phone, openid, status: 'active' });
});
