import { hash } from 'node:crypto';
import type { ReactElement, ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { may, roleWords, type Right } from '../roles';
import type { SignedInAdmin } from '../sessions';
import { script, style } from './style';

const version = hash('sha256', style + script, 'hex').slice(0, 8);
/** Named by their content, so that they may be kept for a year. */
export const styleUrl = `/admin/style.css?v=${version}`;
export const scriptUrl = `/admin/site.js?v=${version}`;

export type Section = 'dashboard' | 'users' | 'orders' | 'tasks' | 'audit' | 'admins' | 'account';

const sections: readonly { name: Section; words: string; path: string; right: Right }[] = [
  { name: 'dashboard', words: '概览', path: '/admin', right: 'view' },
  { name: 'users', words: '用户', path: '/admin/users', right: 'view' },
  { name: 'orders', words: '订单', path: '/admin/orders', right: 'view' },
  { name: 'tasks', words: '任务', path: '/admin/tasks', right: 'view' },
  { name: 'audit', words: '操作记录', path: '/admin/audit', right: 'view' },
  { name: 'admins', words: '管理员', path: '/admin/admins', right: 'own' },
];

type PageProps = {
  title: string;
  /** Null: nobody is logged in, and there is nothing to go to. */
  admin: SignedInAdmin | null;
  active?: Section;
  children: ReactNode;
};

/** One page: the head, the way around, and what it is about. */
export function Page({ title, admin, active, children }: PageProps): ReactElement {
  return (
    <html lang="zh-CN">
      <head>
        <meta charSet="utf-8" />
        <title>{`${title} · 素衣后台`}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex, nofollow" />
        <meta name="color-scheme" content="light" />
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href={styleUrl} />
        <script src={scriptUrl} defer />
      </head>
      <body>
        {admin && <Top admin={admin} active={active} />}
        <main className="page" id="content">
          {children}
        </main>
      </body>
    </html>
  );
}

function Top({ admin, active }: { admin: SignedInAdmin; active?: Section }): ReactElement {
  const open = sections.filter(({ right }) => may(admin.role, right));
  return (
    <header className="top">
      <a className="skip" href="#content">
        跳到内容
      </a>
      <div className="top-inner">
        <a className="brand" href="/admin">
          素衣<small>后台</small>
        </a>
        <nav className="nav" aria-label="栏目">
          {open.map(({ name, words, path }) => (
            <a key={name} href={path} aria-current={name === active ? 'page' : undefined}>
              {words}
            </a>
          ))}
        </nav>
        <div className="who">
          <a href="/admin/account" title="账号与两步验证">
            {admin.username} · {roleWords[admin.role]}
          </a>
          <form method="post" action="/admin/logout">
            <Csrf admin={admin} />
            <button type="submit">退出</button>
          </form>
        </div>
      </div>
    </header>
  );
}

/** What every form with `method="post"` carries: without it the form is refused. */
export function Csrf({ admin }: { admin: SignedInAdmin }): ReactElement {
  return <input type="hidden" name="csrf" value={admin.csrfToken} />;
}

type FieldProps = { label: string; hint?: string; isWide?: boolean; children: ReactNode };

/** A label over its control; the control is the child. */
export function Field({ label, hint, isWide, children }: FieldProps): ReactElement {
  return (
    <label className={isWide ? 'field field--wide' : 'field'}>
      <span>{label}</span>
      {children}
      {hint && <small>{hint}</small>}
    </label>
  );
}

type NoticeProps = { kind?: 'warning' | 'danger'; children: ReactNode };

export function Notice({ kind, children }: NoticeProps): ReactElement {
  return (
    <p className={kind ? `notice notice--${kind}` : 'notice'} role={kind === 'danger' ? 'alert' : 'status'}>
      {children}
    </p>
  );
}

export function renderPage(page: ReactElement): string {
  return `<!DOCTYPE html>${renderToStaticMarkup(page)}`;
}
