import type { ReactElement } from 'react';
import { clock, shanghaiMinute } from '../../../lib/clock';
import type { Admin } from '../models';
import { passwordMax, passwordMin } from '../passwords';
import { roles, roleWords, type Role } from '../roles';
import type { SignedInAdmin } from '../sessions';
import { Csrf, Field, Page } from './layout';

const roleHints: Record<Role, string> = {
  viewer: '只能看，手机号打码',
  support: '看完整手机号，查询订单、结束任务、封禁用户、暂停接单',
  finance: '退款，手机号打码',
  owner: '以上全部，并管理管理员',
};

export function AdminsPage({ admin, admins }: { admin: SignedInAdmin; admins: readonly Admin[] }): ReactElement {
  return (
    <Page title="管理员" admin={admin} active="admins">
      <div className="head">
        <h1>管理员</h1>
      </div>
      <div className="columns">
        <section className="card card--flush">
          <div className="scroll">
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">用户名</th>
                  <th scope="col">角色</th>
                  <th scope="col">两步验证</th>
                  <th scope="col">状态</th>
                  <th scope="col">添加时间</th>
                </tr>
              </thead>
              <tbody>
                {admins.map((each) => (
                  <tr key={each.id}>
                    <td>
                      <a href={`/admin/admins/${each.username}`}>{each.username}</a>
                    </td>
                    <td className="nowrap">{roleWords[each.role]}</td>
                    <td className="nowrap">{each.totpSecret === null ? '—' : '已开启'}</td>
                    <td>
                      <AdminBadge admin={each} />
                    </td>
                    <td className="nowrap faint">{shanghaiMinute(each.createdAt)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
        <NewAdmin admin={admin} />
      </div>
    </Page>
  );
}

function AdminBadge({ admin }: { admin: Admin }): ReactElement {
  if (admin.disabledAt !== null) return <span className="badge">已停用</span>;
  if (isLocked(admin)) return <span className="badge badge--locked">已锁定</span>;
  return <span className="badge badge--ok">正常</span>;
}

const isLocked = ({ lockedUntil }: Admin): boolean => lockedUntil !== null && lockedUntil > clock.now();

function NewAdmin({ admin }: { admin: SignedInAdmin }): ReactElement {
  return (
    <form className="card" method="post" action="/admin/admins">
      <h2>添加管理员</h2>
      <Csrf admin={admin} />
      <Field label="用户名" hint="字母、数字和 . @ _ -">
        <input
          name="username"
          pattern="[\w.@\-]{1,64}"
          maxLength={64}
          autoComplete="off"
          autoCapitalize="none"
          required
        />
      </Field>
      <RoleField current="viewer" />
      <NewPassword label="初始密码" />
      <Reason />
      <button className="button" type="submit">
        添加
      </button>
    </form>
  );
}

function RoleField({ current }: { current: Role }): ReactElement {
  return (
    <Field label="角色">
      <select name="role" defaultValue={current}>
        {roles.map((role) => (
          <option key={role} value={role}>
            {roleWords[role]}：{roleHints[role]}
          </option>
        ))}
      </select>
    </Field>
  );
}

function NewPassword({ label }: { label: string }): ReactElement {
  return (
    <Field label={label} hint={`至少 ${passwordMin} 个字符；请对方登录后自己改掉`}>
      <input
        name="password"
        type="password"
        autoComplete="new-password"
        minLength={passwordMin}
        maxLength={passwordMax}
        required
      />
    </Field>
  );
}

function Reason(): ReactElement {
  return (
    <Field label="原因" hint="至少 4 个字，写进操作记录">
      <input name="reason" minLength={4} maxLength={190} autoComplete="off" required />
    </Field>
  );
}

/** One admin, and what an owner may change about them. */
export function AdminPage({ admin, shown }: { admin: SignedInAdmin; shown: Admin }): ReactElement {
  const action = `/admin/admins/${shown.username}`;
  const isOut = shown.disabledAt !== null;
  return (
    <Page title={shown.username} admin={admin} active="admins">
      <div className="head">
        <h1>{shown.username}</h1>
        <AdminBadge admin={shown} />
        <span className="faint">{roleWords[shown.role]}</span>
      </div>
      <div className="columns">
        <div>
          <form className="card" method="post" action={`${action}/role`}>
            <h2>角色</h2>
            <Csrf admin={admin} />
            <RoleField current={shown.role} />
            <Reason />
            <button className="button" type="submit">
              改角色
            </button>
          </form>
          <form className="card" method="post" action={`${action}/password`}>
            <h2>重设密码</h2>
            <Csrf admin={admin} />
            <NewPassword label="新密码" />
            <Reason />
            <button className="button" type="submit">
              重设密码，退出所有设备
            </button>
          </form>
        </div>
        <div>
          {isLocked(shown) && <Switch admin={admin} action={`${action}/unlock`} words="解除锁定" />}
          {shown.totpSecret !== null && (
            <Switch admin={admin} action={`${action}/remove-totp`} words="移除两步验证" isGrave />
          )}
          <Switch
            admin={admin}
            action={`${action}/${isOut ? 'enable' : 'disable'}`}
            words={isOut ? '重新启用' : '停用，退出所有设备'}
            isGrave={!isOut}
          />
          <p>
            <a href={`/admin/audit?adminId=${shown.id}`}>TA 的操作记录</a>
          </p>
        </div>
      </div>
    </Page>
  );
}

type SwitchProps = { admin: SignedInAdmin; action: string; words: string; isGrave?: boolean };

function Switch({ admin, action, words, isGrave }: SwitchProps): ReactElement {
  return (
    <form className="card" method="post" action={action}>
      <Csrf admin={admin} />
      <Reason />
      <button className={isGrave ? 'button button--danger' : 'button'} type="submit">
        {words}
      </button>
    </form>
  );
}
