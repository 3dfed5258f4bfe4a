import type { AdminOrderDto, AdminTaskDto } from '@suyi/shared-types';
import type { ReactElement } from 'react';
import type { AccountRow, AuditRow, EntryWithCause, UserRow } from '../lists/one-user';
import { shortened } from '../lists/phones';
import type { SignedInAdmin } from '../sessions';
import { actionWords, orderStatusWords, taskStatusWords, typeWords, yuan } from '../words';
import { address, orderPath, taskPath, userPath } from './addresses';
import { Notice, Page } from './layout';
import { Badge, DeedLinks, Facts, IdLink, SearchForm, When, type DeedLink } from './pieces';
import { entryKindWords, errorWord, quotaEffectWords, userStatusWords } from './words';

export type UserDetail = {
  admin: SignedInAdmin;
  user: UserRow;
  /** As this admin may see it. */
  phone: string | null;
  account: AccountRow | null;
  isMember: boolean;
  /** What can be spent now. */
  spendable: number;
  mergedFrom: readonly string[];
  entries: readonly EntryWithCause[];
  /** The place in the account below which older entries stand; null: there are none. */
  olderBelow: number | null;
  newerBelow: number | null;
  orders: readonly AdminOrderDto[];
  tasks: readonly AdminTaskDto[];
  /** Those that hold a use at this moment. */
  holding: readonly AdminTaskDto[];
  audits: readonly AuditRow[];
  deeds: readonly DeedLink[];
};

export function UserPage(detail: UserDetail): ReactElement {
  const { admin, user, phone } = detail;
  return (
    <Page title={phone ?? user.id} admin={admin} active="users">
      <div className="head">
        <h1>{phone ?? '没有手机号的用户'}</h1>
        <Badge kind={user.status}>{userStatusWords[user.status]}</Badge>
        <div className="more">
          <DeedLinks deeds={detail.deeds} />
        </div>
      </div>
      {user.mergedInto && (
        <Notice>
          这个账号已并入 <a href={userPath(user.mergedInto)}>{user.mergedInto}</a>，次数和历史都在那里。
        </Notice>
      )}
      <Tiles {...detail} />
      <div className="columns">
        <div>
          <Holding tasks={detail.holding} />
          <Entries {...detail} />
        </div>
        <div>
          <About {...detail} />
          <Orders {...detail} />
          <Tasks {...detail} />
          <Audits audits={detail.audits} />
        </div>
      </div>
      <section className="card card--flush">
        <SearchForm admin={admin} />
      </section>
    </Page>
  );
}

function Tiles({ account, isMember, spendable }: UserDetail): ReactElement {
  return (
    <div className="tiles">
      <div className="tile">
        <span>可用次数</span>
        <strong>{spendable}</strong>
        {account !== null && account.remaining > spendable && <em>账上还有 {account.remaining}，已过期</em>}
      </div>
      <div className="tile">
        <span>预留</span>
        <strong>{account?.held ?? 0}</strong>
        <em>正在制作的任务</em>
      </div>
      <div className="tile">
        <span>会员</span>
        <strong>{isMember ? '有效' : account?.expireAt ? '已到期' : '从未开通'}</strong>
        <em>
          <When at={account?.expireAt ?? null} />
        </em>
      </div>
      <div className="tile">
        <span>账本条目</span>
        <strong>{account?.entryCount ?? 0}</strong>
      </div>
    </div>
  );
}

function About({ user, phone, account, mergedFrom }: UserDetail): ReactElement {
  return (
    <section className="card">
      <h2>资料</h2>
      <Facts
        facts={[
          ['编号', <code key="id">{user.id}</code>],
          ['手机号', phone],
          ['openid', shortened(user.openid)],
          ['unionid', shortened(user.unionid)],
          ['注册', <When key="at" at={user.createdAt} />],
          ['宽限期到', account?.graceUntil ? <When key="grace" at={account.graceUntil} /> : null],
          user.blockedAt === null ? null : ['封禁', <When key="blocked" at={user.blockedAt} />],
          user.blockedReason === null ? null : ['封禁原因', user.blockedReason],
          mergedFrom.length === 0
            ? null
            : ['并入的账号', mergedFrom.map((id) => <IdLink key={id} href={userPath(id)} id={id} />)],
        ]}
      />
    </section>
  );
}

/** Where a use that a seller misses most often is: set aside for something that has not ended. */
function Holding({ tasks }: { tasks: readonly AdminTaskDto[] }): ReactElement | null {
  if (tasks.length === 0) return null;
  return (
    <section className="card">
      <h2>正占着次数的任务</h2>
      <ul>
        {tasks.map((task) => (
          <li key={task.id} className="bar">
            <a href={taskPath(task.id)}>{typeWords[task.type]}</a>
            <Badge kind={task.status}>{taskStatusWords[task.status]}</Badge>
            <When at={task.createdAt} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Entries({ user, entries, olderBelow, newerBelow }: UserDetail): ReactElement {
  return (
    <section className="card card--flush" id="entries">
      <h2>次数明细</h2>
      {entries.length === 0 ? (
        <p className="empty">还没有任何次数变动。</p>
      ) : (
        <div className="scroll">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">时间</th>
                <th scope="col">起因</th>
                <th scope="col">变动</th>
                <th scope="col" className="number">
                  次数
                </th>
                <th scope="col" className="number">
                  余
                </th>
                <th scope="col" className="number">
                  预留
                </th>
              </tr>
            </thead>
            <tbody>
              {entries.map((entry) => (
                <tr key={entry.id}>
                  <td>
                    <When at={entry.createdAt} isExact />
                  </td>
                  <td className="nowrap">
                    <Cause entry={entry} />
                  </td>
                  <td>
                    <Badge kind={entry.kind}>{entryKindWords[entry.kind]}</Badge>
                  </td>
                  <td className="number">{entry.uses}</td>
                  <td className="number">{entry.remainingAfter}</td>
                  <td className="number">{entry.heldAfter}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <EntriesPager userId={user.id} olderBelow={olderBelow} newerBelow={newerBelow} />
    </section>
  );
}

type Around = Pick<UserDetail, 'olderBelow' | 'newerBelow'> & { userId: string };

function EntriesPager({ userId, olderBelow, newerBelow }: Around): ReactElement | null {
  if (olderBelow === null && newerBelow === null) return null;
  const href = (below: number): string => `${address(userPath(userId), { below })}#entries`;
  return (
    <nav className="pager" aria-label="明细翻页">
      {newerBelow === null ? (
        <span />
      ) : (
        <a rel="prev" href={href(newerBelow)}>
          ← 较新的
        </a>
      )}
      {olderBelow !== null && (
        <a rel="next" href={href(olderBelow)}>
          较早的 →
        </a>
      )}
    </nav>
  );
}

/** What caused an entry, with the way to it. */
function Cause({ entry }: { entry: EntryWithCause }): ReactElement {
  const { causeType, causeId, task, refundedOrderId } = entry;
  if (causeType === 'task') {
    return (
      <>
        <a href={taskPath(causeId)}>{task ? typeWords[task.type] : '任务'}</a>{' '}
        {task && <Badge kind={task.status}>{taskStatusWords[task.status]}</Badge>}{' '}
        {task?.errorCode && <span className="faint">{errorWord(task.errorCode)}</span>}
      </>
    );
  }
  if (causeType === 'order') return <a href={orderPath(causeId)}>购买会员</a>;
  if (causeType === 'refund') {
    return refundedOrderId ? <a href={orderPath(refundedOrderId)}>退款</a> : <span>退款</span>;
  }
  if (causeType === 'merge') {
    return causeId.startsWith('usr_') ? <a href={userPath(causeId)}>账号合并</a> : <span>账号合并</span>;
  }
  return <span className="faint">到期清零</span>;
}

function Orders({ user, orders }: UserDetail): ReactElement {
  return (
    <section className="card">
      <h2>订单</h2>
      {orders.length === 0 && <p className="faint">没有订单。</p>}
      <ul>
        {orders.map((order) => (
          <li key={order.id} className="bar">
            <IdLink href={orderPath(order.id)} id={order.id} />
            <Badge kind={order.status}>{orderStatusWords[order.status]}</Badge>
            <span className="number">{yuan(order.priceFen)}</span>
            <When at={order.createdAt} />
          </li>
        ))}
      </ul>
      <a href={address('/admin/orders', { userId: user.id })}>全部订单</a>
    </section>
  );
}

function Tasks({ user, tasks }: UserDetail): ReactElement {
  return (
    <section className="card">
      <h2>最近的任务</h2>
      {tasks.length === 0 && <p className="faint">没有任务。</p>}
      <ul>
        {tasks.map((task) => (
          <li key={task.id} className="bar">
            <IdLink href={taskPath(task.id)} id={task.id} />
            <Badge kind={task.status}>{taskStatusWords[task.status]}</Badge>
            <Badge kind={task.quotaEffect}>{quotaEffectWords[task.quotaEffect]}</Badge>
            <When at={task.createdAt} />
          </li>
        ))}
      </ul>
      <a href={address('/admin/tasks', { userId: user.id })}>全部任务</a>
    </section>
  );
}

export function Audits({ audits }: { audits: readonly AuditRow[] }): ReactElement | null {
  if (audits.length === 0) return null;
  return (
    <section className="card">
      <h2>管理员操作</h2>
      <ul>
        {audits.map(({ id, action, username, reason, createdAt }) => (
          <li key={id} className="bar">
            <a href={`/admin/audit/${id}`}>{actionWords[action] ?? action}</a>
            <span>{username}</span>
            <span className="faint">{reason}</span>
            <When at={createdAt} />
          </li>
        ))}
      </ul>
    </section>
  );
}
