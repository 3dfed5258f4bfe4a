import type { ReactElement } from 'react';
import { Field, Notice, Page } from './layout';

type Props = { username: string; next: string; fault: string | null; note: string | null };

export function LoginPage({ username, next, fault, note }: Props): ReactElement {
  return (
    <Page title="登录" admin={null}>
      <div className="entry">
        <span className="brand">
          素衣<small>后台</small>
        </span>
        <form className="card" method="post" action="/admin/login">
          {fault && <Notice kind="danger">{fault}</Notice>}
          {note && <Notice>{note}</Notice>}
          <input type="hidden" name="next" value={next} />
          <Field label="用户名">
            <input
              name="username"
              defaultValue={username}
              autoComplete="username"
              autoCapitalize="none"
              maxLength={64}
              required
            />
          </Field>
          <Field label="密码">
            <input name="password" type="password" autoComplete="current-password" maxLength={200} required />
          </Field>
          <Field label="动态码" hint="开启了两步验证才需要，在验证器 App 里看">
            <input name="code" inputMode="numeric" autoComplete="one-time-code" maxLength={6} pattern="\d{6}" />
          </Field>
          <button className="button button--wide" type="submit">
            登录
          </button>
        </form>
      </div>
    </Page>
  );
}
