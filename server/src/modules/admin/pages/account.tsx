import type { ReactElement } from 'react';
import { passwordMax, passwordMin } from '../passwords';
import { roleWords } from '../roles';
import type { SignedInAdmin } from '../sessions';
import { Csrf, Field, Notice, Page } from './layout';

type Props = {
  admin: SignedInAdmin;
  /** A secret to set a second step up with; null where there is one already. */
  offered: { secret: string; uri: string } | null;
  note: string | null;
};

/** The admin's own account: password and second step. */
export function AccountPage({ admin, offered, note }: Props): ReactElement {
  return (
    <Page title="我的账号" admin={admin} active="account">
      <div className="narrow">
        <div className="head">
          <h1>我的账号</h1>
          <span className="faint">
            {admin.username} · {roleWords[admin.role]}
          </span>
        </div>
        {note && <Notice>{note}</Notice>}
        <form className="card" method="post" action="/admin/account/password">
          <h2>修改密码</h2>
          <Csrf admin={admin} />
          <CurrentPassword />
          <Field label="新密码" hint={`至少 ${passwordMin} 个字符。改好后所有设备都要重新登录。`}>
            <input
              name="next"
              type="password"
              autoComplete="new-password"
              minLength={passwordMin}
              maxLength={passwordMax}
              required
            />
          </Field>
          <button className="button" type="submit">
            修改密码
          </button>
        </form>
        {offered ? <SetUpTotp admin={admin} {...offered} /> : <RemoveTotp admin={admin} />}
      </div>
    </Page>
  );
}

function SetUpTotp({ admin, secret, uri }: { admin: SignedInAdmin; secret: string; uri: string }): ReactElement {
  return (
    <form className="card" method="post" action="/admin/account/totp">
      <h2>两步验证</h2>
      <Csrf admin={admin} />
      <input type="hidden" name="secret" value={secret} />
      <ol className="steps">
        <li>在手机的验证器 App 里选“手动输入密钥”，或在手机上直接打开下面的链接。</li>
        <li>填入 App 显示的六位动态码，完成开启。以后每次登录都要它。</li>
      </ol>
      <dl className="facts">
        <dt>密钥</dt>
        <dd>
          <code>{secret.replace(/(.{4})(?=.)/g, '$1 ')}</code>
        </dd>
        <dt>链接</dt>
        <dd>
          <a href={uri}>
            <code>{uri}</code>
          </a>
        </dd>
      </dl>
      <br />
      <CurrentPassword />
      <Code />
      <button className="button" type="submit">
        开启两步验证
      </button>
    </form>
  );
}

function RemoveTotp({ admin }: { admin: SignedInAdmin }): ReactElement {
  return (
    <form className="card" method="post" action="/admin/account/totp/remove">
      <h2>
        两步验证 <span className="badge badge--ok">已开启</span>
      </h2>
      <Csrf admin={admin} />
      <CurrentPassword />
      <Code />
      <button className="button button--quiet" type="submit">
        关闭两步验证
      </button>
    </form>
  );
}

function CurrentPassword(): ReactElement {
  return (
    <Field label="当前密码">
      <input name="current" type="password" autoComplete="current-password" maxLength={passwordMax} required />
    </Field>
  );
}

function Code(): ReactElement {
  return (
    <Field label="六位动态码">
      <input name="code" inputMode="numeric" autoComplete="one-time-code" maxLength={6} pattern="\d{6}" required />
    </Field>
  );
}
