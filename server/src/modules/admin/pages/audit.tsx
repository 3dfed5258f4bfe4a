import type { ReactElement } from 'react';
import { shanghaiMinute } from '../../../lib/clock';
import type { AuditFilter, AuditRow } from '../audit';
import type { SignedInAdmin } from '../sessions';
import { actionWords, hrefOf } from '../words';
import { Field, Page } from './layout';

type ListProps = {
  admin: SignedInAdmin;
  rows: readonly AuditRow[];
  filter: AuditFilter;
  admins: readonly { id: string; username: string }[];
  nextHref: string | null;
};

export function AuditListPage({ admin, rows, filter, admins, nextHref }: ListProps): ReactElement {
  return (
    <Page title="操作记录" admin={admin} active="audit">
      <div className="head">
        <h1>操作记录</h1>
        <span className="faint">只增不改</span>
      </div>
      <section className="card card--flush">
        <Filters filter={filter} admins={admins} />
        {rows.length === 0 ? <p className="empty">没有符合条件的记录。</p> : <Rows rows={rows} />}
        {(nextHref !== null || filter.cursor) && (
          <nav className="pager" aria-label="翻页">
            {filter.cursor ? <a href="/admin/audit">回到最新</a> : <span />}
            {nextHref !== null && <a href={nextHref}>更早的 →</a>}
          </nav>
        )}
      </section>
    </Page>
  );
}

function Filters({ filter, admins }: Pick<ListProps, 'filter' | 'admins'>): ReactElement {
  return (
    <form className="filters" method="get" action="/admin/audit">
      <Field label="对象编号" isWide>
        <input name="subjectId" defaultValue={filter.subjectId} maxLength={64} placeholder="usr_… ord_… tsk_…" />
      </Field>
      <Field label="操作">
        <select name="action" defaultValue={filter.action ?? ''}>
          <option value="">全部</option>
          {Object.entries(actionWords).map(([name, words]) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </select>
      </Field>
      <Field label="管理员">
        <select name="adminId" defaultValue={filter.adminId ?? ''}>
          <option value="">全部</option>
          {admins.map(({ id, username }) => (
            <option key={id} value={id}>
              {username}
            </option>
          ))}
        </select>
      </Field>
      <Field label="从">
        <input type="date" name="from" defaultValue={filter.from} />
      </Field>
      <Field label="到">
        <input type="date" name="to" defaultValue={filter.to} />
      </Field>
      <button className="button" type="submit">
        查找
      </button>
    </form>
  );
}

function Rows({ rows }: { rows: readonly AuditRow[] }): ReactElement {
  return (
    <div className="scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">时间</th>
            <th scope="col">管理员</th>
            <th scope="col">操作</th>
            <th scope="col">对象</th>
            <th scope="col">原因</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <td className="nowrap">
                <a href={`/admin/audit/${row.id}`}>{shanghaiMinute(Number(row.createdAt))}</a>
              </td>
              <td className="nowrap">{row.username}</td>
              <td className="nowrap">{actionWords[row.action] ?? row.action}</td>
              <td>
                <Subject {...row} />
              </td>
              <td className="words">{row.reason ?? <span className="faint">—</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

type SubjectProps = Pick<AuditRow, 'subjectType' | 'subjectId'> & { isWhole?: boolean };

function Subject({ subjectType, subjectId, isWhole }: SubjectProps): ReactElement {
  const href = hrefOf(subjectType, subjectId);
  const isCut = !isWhole && subjectId.length > 24;
  const name = (
    <code className={isWhole ? undefined : 'nowrap'} title={subjectId}>
      {isCut ? `${subjectId.slice(0, 4)}…${subjectId.slice(-8)}` : subjectId}
    </code>
  );
  return href === null ? name : <a href={href}>{name}</a>;
}

/** One entry with all that was written down: also where a deed ends. */
export function AuditEntryPage({ admin, row }: { admin: SignedInAdmin; row: AuditRow }): ReactElement {
  const words = actionWords[row.action] ?? row.action;
  const href = hrefOf(row.subjectType, row.subjectId);
  return (
    <Page title={words} admin={admin} active="audit">
      <div className="narrow">
        <div className="head">
          <h1>{words}</h1>
          <span className="badge badge--ok">已记录</span>
        </div>
        <section className="card">
          <dl className="facts">
            <dt>时间</dt>
            <dd>{shanghaiMinute(Number(row.createdAt))}</dd>
            <dt>管理员</dt>
            <dd>{row.username}</dd>
            <dt>对象</dt>
            <dd>
              <Subject {...row} isWhole />
            </dd>
            <dt>原因</dt>
            <dd>{row.reason ?? '—'}</dd>
            {detailOf(row).map(([name, value]) => (
              <DetailFact key={name} name={name} value={value} />
            ))}
            <dt>地址</dt>
            <dd>
              <code>{row.ip}</code>
            </dd>
            <dt>浏览器</dt>
            <dd className="faint">{row.userAgent ?? '—'}</dd>
            <dt>请求编号</dt>
            <dd>
              <code>{row.requestId}</code>
            </dd>
          </dl>
        </section>
        <div className="buttons">
          {href !== null && (
            <a className="button" href={href}>
              看现在的样子
            </a>
          )}
          <a className="button button--quiet" href={`/admin/audit?subjectId=${row.subjectId}`}>
            这个对象的全部记录
          </a>
        </div>
      </div>
    </Page>
  );
}

const detailWords: Record<string, string> = {
  refundId: '退款编号',
  refundFen: '退款（分）',
  usesAsked: '对应次数',
  usesTaken: '收回次数',
  before: '之前',
  after: '之后',
  didProviderAnswer: '支付平台有回应',
  banner: '横幅',
  username: '用户名',
  role: '角色',
  failures: '连续输错',
};

function detailOf({ detail }: AuditRow): [string, string][] {
  const read: unknown = JSON.parse(detail);
  if (typeof read !== 'object' || read === null) return [];
  return Object.entries(read).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]);
}

function DetailFact({ name, value }: { name: string; value: string }): ReactElement {
  return (
    <>
      <dt>{detailWords[name] ?? name}</dt>
      <dd>{value}</dd>
    </>
  );
}
