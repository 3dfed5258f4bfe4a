import { useLiveServer } from '../live-server';
import { call } from '../request';
import type { World } from '../world';

const live = useLiveServer({ ADMIN_USERNAME: 'boss', ADMIN_PASSWORD: 'the password of the boss' });

const logIn = async (username: string, password: string): Promise<number> => {
  const reach = { origin: live.origin } as World;
  return (await call(reach, 'POST', '/api/admin/login', { body: { username, password } })).status;
};

it('npm run admin lets in who forgot the password, beside the running server', async () => {
  expect(await logIn('boss', 'the password of the boss')).toBe(200);

  const { code, output } = await live.command('admin', ['password', 'boss', '--by', '张三']);

  const [, password = ''] = /shown once: (\w+)/.exec(output) ?? [];
  expect(code).toBe(0);
  expect(await logIn('boss', password)).toBe(200);
  expect(await logIn('boss', 'the password of the boss')).toBe(401);
});

it('npm run admin makes an admin, and disables them', async () => {
  const { output } = await live.command('admin', ['add', 'kefu', '--role', 'support', '--by', '张三']);
  const [, password = ''] = /shown once: (\w+)/.exec(output) ?? [];
  expect(await logIn('kefu', password)).toBe(200);

  expect((await live.command('admin', ['disable', 'kefu', '--by', '张三'])).code).toBe(0);

  expect(await logIn('kefu', password)).toBe(401);
  expect((await live.command('admin', ['list'])).output).toMatch(/kefu\tsupport\tpassword\tdisabled/);
});

it.each([
  [['disable', 'boss', '--by', 'x'], 'make another owner first'],
  [['unlock', 'nobody', '--by', 'x'], 'there is no admin called nobody'],
  [['add', 'someone', '--by', 'x'], '--role must be one of'],
  [['add', 'some one', '--role', 'owner', '--by', 'x'], 'is no name'],
  [['password', 'boss'], '--by WHO is missing'],
  [['frobnicate'], 'npm run admin -- list'],
])('npm run admin answers %j with a sentence that says what to do', async (words, sentence) => {
  const { code, output } = await live.command('admin', words);

  expect(code).toBe(2);
  expect(output).toContain(sentence);
});
