import Router from '@koa/router';
import { z } from 'zod';
import { actorOf, adminOnly, type AdminState } from '../../../http/admin-session';
import type { Context } from '../../../http/context';
import { formBody } from '../../../http/form';
import type { Operation } from '../../../http/operations';
import { parse } from '../../../http/parse';
import { AdminPage, AdminsPage } from '../pages/admins';
import {
  addAdmin,
  changeAdmin,
  getAdmin,
  listAdmins,
  passwordMax,
  passwordMin,
  roles,
  usernamePattern,
  type AdminChange,
} from '../service';
import { adminErrors, answerPage, pageOperation } from './frame';

const csrf = z.string().optional();
const reason = z.string().trim().min(4).max(190);
const password = z.string().min(passwordMin).max(passwordMax);
const role = z.enum(roles);
const Username = z.string().regex(usernamePattern);

const NewAdminForm = z.strictObject({ csrf, username: Username, password, role, reason });

export const adminsRoutes = new Router<AdminState>();

adminsRoutes.get('/admin/admins', adminOnly('own'), async (ctx) => {
  answerPage(ctx, <AdminsPage admin={ctx.state.admin} admins={await listAdmins()} />);
});

adminsRoutes.post('/admin/admins', adminOnly('own'), formBody, async (ctx) => {
  const { username, password: first, role: given, reason: why } = parse(NewAdminForm, ctx.request.body);

  await addAdmin(actorOf(ctx), { username, password: first, role: given, reason: why });

  goTo(ctx, `/admin/admins/${username}`);
});

adminsRoutes.get('/admin/admins/:username', adminOnly('own'), async (ctx) => {
  const shown = await getAdmin(parse(Username, ctx.params.username));

  answerPage(ctx, <AdminPage admin={ctx.state.admin} shown={shown} />);
});

const RoleForm = z.strictObject({ csrf, reason, role });
const PasswordForm = z.strictObject({ csrf, reason, password });
const ReasonForm = z.strictObject({ csrf, reason });

type Change = {
  path: string;
  words: string;
  form: z.ZodType<{ reason: string }>;
  wishOf: (body: unknown) => AdminChange;
};

const changes: readonly Change[] = [
  {
    path: 'role',
    words: '改管理员的角色',
    form: RoleForm,
    wishOf: (body) => ({ kind: 'role', role: parse(RoleForm, body).role }),
  },
  {
    path: 'password',
    words: '重设管理员的密码',
    form: PasswordForm,
    wishOf: (body) => ({ kind: 'password', password: parse(PasswordForm, body).password }),
  },
  { path: 'disable', words: '停用管理员', form: ReasonForm, wishOf: () => ({ kind: 'disable' }) },
  { path: 'enable', words: '启用管理员', form: ReasonForm, wishOf: () => ({ kind: 'enable' }) },
  { path: 'unlock', words: '解锁管理员', form: ReasonForm, wishOf: () => ({ kind: 'unlock' }) },
  { path: 'remove-totp', words: '移除管理员的两步验证', form: ReasonForm, wishOf: () => ({ kind: 'remove_totp' }) },
];

for (const { path, form, wishOf } of changes) {
  adminsRoutes.post(`/admin/admins/:username/${path}`, adminOnly('own'), formBody, async (ctx) => {
    const username = parse(Username, ctx.params.username);
    const { reason: why } = parse(form, ctx.request.body);

    await changeAdmin(actorOf(ctx), username, wishOf(ctx.request.body), why);

    goTo(ctx, `/admin/admins/${username}`);
  });
}

function goTo(ctx: Context, path: string): void {
  ctx.redirect(path);
  ctx.status = 303;
}

const errors = [...adminErrors, 'not_found', 'admin_last_owner', 'admin_not_needed'] as const;

export const adminsOperations: Operation[] = [
  pageOperation('get', '/admin/admins', '管理员列表'),
  {
    ...pageOperation('post', '/admin/admins', '添加管理员'),
    body: NewAdminForm,
    errors: [...adminErrors, 'admin_name_taken'],
  },
  pageOperation('get', '/admin/admins/:username', '一位管理员'),
  ...changes.map(({ path, words, form }) => ({
    ...pageOperation('post', `/admin/admins/:username/${path}`, words),
    body: form,
    errors,
  })),
];
