import { z } from 'zod';
import { readArguments, runCommand, UsageFaulty } from './command';
import { randomHex } from './lib/ids';
import {
  addAdmin,
  changeAdmin,
  listAdmins,
  roles,
  usernamePattern,
  type Actor,
  type AdminChange,
} from './modules/admin/service';

const usage = `npm run admin -- list
npm run admin -- add NAME --role ROLE --by WHO       makes an admin with a new password, and shows it once
npm run admin -- password NAME --by WHO              sets a new password, shows it once, and ends the sessions; also unlocks
npm run admin -- role NAME --role ROLE --by WHO
npm run admin -- disable|enable|unlock|remove-totp NAME --by WHO
  ROLE   ${roles.join(', ')}
  --by   who you are, for the audit log`;

const reason = '命令行操作';
const Role = z.enum(roles);
const deeds = ['add', 'password', 'role', 'disable', 'enable', 'unlock', 'remove-totp'] as const;
const Deed = z.enum(deeds);

// The admins of the site, for an operator: for the day when nobody can log in any more.
runCommand(async () => {
  const { values, positionals } = readArguments(['role', 'by'], usage);
  const [word, name = ''] = positionals;
  if (word === 'list' && positionals.length === 1) return list();
  const deed = Deed.safeParse(word);
  if (!deed.success || positionals.length !== 2) throw new UsageFaulty(usage);
  if (!usernamePattern.test(name)) throw new UsageFaulty(`${name} is no name: 1 to 64 letters, digits or .@_-`);
  if (!values.by) throw new UsageFaulty(`--by WHO is missing\n${usage}`);

  await work(deed.data, name, values.role, actorOf(values.by));
  return 0;
});

async function work(
  deed: (typeof deeds)[number],
  username: string,
  roleWord: string | undefined,
  actor: Actor,
): Promise<void> {
  const password = randomHex(10);
  if (deed === 'add') {
    await addAdmin(actor, { username, password, role: roleOf(roleWord), reason });
    print(`${username} was made. The password, shown once: ${password}`);
    return;
  }
  const isThere = (await listAdmins()).some((admin) => admin.username === username);
  if (!isThere) throw new UsageFaulty(`there is no admin called ${username}: \`npm run admin -- list\` shows them`);
  await changeAdmin(actor, username, wishOf(deed, roleWord, password), reason);
  print(
    deed === 'password' ? `The new password of ${username}, shown once: ${password}` : `${username}: ${deed} is done.`,
  );
}

function wishOf(deed: Exclude<(typeof deeds)[number], 'add'>, role: string | undefined, password: string): AdminChange {
  if (deed === 'role') return { kind: 'role', role: roleOf(role) };
  if (deed === 'password') return { kind: 'password', password };
  return { kind: deed === 'remove-totp' ? 'remove_totp' : deed };
}

function roleOf(word: string | undefined): z.infer<typeof Role> {
  const role = Role.safeParse(word);
  if (!role.success) throw new UsageFaulty(`--role must be one of ${roles.join(', ')}`);
  return role.data;
}

function actorOf(by: string): Actor {
  return { id: 'command', username: by.slice(0, 190), ip: '', userAgent: 'npm run admin', requestId: '' };
}

async function list(): Promise<number> {
  for (const { username, role, totpSecret, disabledAt } of await listAdmins()) {
    print(
      [
        username,
        role,
        totpSecret === null ? 'password' : 'password + code',
        disabledAt === null ? '' : 'disabled',
      ].join('\t'),
    );
  }
  return 0;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
