import type { ReactElement } from 'react';
import type { Discrepancy } from '../../payments/service';
import type { ListedRefund } from '../lists/refunds';
import type { SignedInAdmin } from '../sessions';
import { channelWords, yuan } from '../words';
import { orderPath } from './addresses';
import { Page } from './layout';
import { Badge, IdLink, UserLink, When } from './pieces';
import { refundStatusWords } from './words';

type RefundsProps = {
  admin: SignedInAdmin;
  refunds: readonly ListedRefund[];
  newerHref: string | null;
  olderHref: string | null;
};

export function RefundsPage({ admin, refunds, newerHref, olderHref }: RefundsProps): ReactElement {
  return (
    <Page title="退款" admin={admin} active="orders">
      <Head title="退款" />
      <section className="card card--flush">
        {refunds.length === 0 ? <p className="empty">还没有退款。</p> : <RefundRows refunds={refunds} />}
        {(newerHref !== null || olderHref !== null) && (
          <nav className="pager" aria-label="翻页">
            {newerHref === null ? <span /> : <a href={newerHref}>← 较新的</a>}
            {olderHref !== null && <a href={olderHref}>较早的 →</a>}
          </nav>
        )}
      </section>
    </Page>
  );
}

function Head({ title }: { title: string }): ReactElement {
  return (
    <div className="head">
      <h1>{title}</h1>
      <div className="more">
        <a className="button button--quiet" href="/admin/orders">
          订单
        </a>
        {title === '退款' ? (
          <a className="button button--quiet" href="/admin/discrepancies">
            对账异常
          </a>
        ) : (
          <a className="button button--quiet" href="/admin/refunds">
            退款
          </a>
        )}
      </div>
    </div>
  );
}

function RefundRows({ refunds }: { refunds: readonly ListedRefund[] }): ReactElement {
  return (
    <div className="scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">订单</th>
            <th scope="col">用户</th>
            <th scope="col">状态</th>
            <th scope="col">渠道</th>
            <th scope="col" className="number">
              金额
            </th>
            <th scope="col" className="number">
              收回次数
            </th>
            <th scope="col">经手</th>
            <th scope="col">原因</th>
            <th scope="col">申请</th>
            <th scope="col">到账</th>
          </tr>
        </thead>
        <tbody>
          {refunds.map((refund) => (
            <tr key={refund.id}>
              <td>
                <IdLink href={orderPath(refund.orderId)} id={refund.orderId} />
              </td>
              <td>
                <UserLink id={refund.userId} phone={refund.phone} />
              </td>
              <td>
                <Badge kind={refund.status}>{refundStatusWords[refund.status] ?? refund.status}</Badge>
              </td>
              <td className="nowrap">{channelWords[refund.channel]}</td>
              <td className="number">{yuan(refund.refundFen)}</td>
              <td className="number">{refund.usesTaken}</td>
              <td className="nowrap">{refund.requestedBy}</td>
              <td className="words">{refund.reason}</td>
              <td>
                <When at={refund.createdAt} />
              </td>
              <td>
                <When at={refund.succeededAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export type ShownDiscrepancy = { discrepancy: Discrepancy; orderId: string | null };
type DiscrepanciesProps = {
  admin: SignedInAdmin;
  open: readonly ShownDiscrepancy[];
  settled: readonly ShownDiscrepancy[];
};

/** What the comparison with the providers found, for a person to decide: each kind has its paragraph in the runbook. */
export function DiscrepanciesPage({ admin, open, settled }: DiscrepanciesProps): ReactElement {
  return (
    <Page title="对账异常" admin={admin} active="orders">
      <Head title="对账异常" />
      <section className="card card--flush">
        <h2>未处理</h2>
        {open.length === 0 ? <p className="empty">没有未处理的异常。</p> : <DiscrepancyRows shown={open} />}
      </section>
      {settled.length > 0 && (
        <section className="card card--flush">
          <h2>已处理</h2>
          <DiscrepancyRows shown={settled} />
        </section>
      )}
    </Page>
  );
}

function DiscrepancyRows({ shown }: { shown: readonly ShownDiscrepancy[] }): ReactElement {
  return (
    <div className="scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">发现</th>
            <th scope="col">种类</th>
            <th scope="col">对象</th>
            <th scope="col">渠道</th>
            <th scope="col">说明</th>
            <th scope="col">处理</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ discrepancy, orderId }) => (
            <tr key={discrepancy.id}>
              <td>
                <When at={discrepancy.foundAt} />
              </td>
              <td>
                <code>{discrepancy.kind}</code>
              </td>
              <td>
                {orderId ? <IdLink href={orderPath(orderId)} id={orderId} /> : <code>{discrepancy.subject}</code>}
              </td>
              <td className="nowrap">{channelWords[discrepancy.channel]}</td>
              <td className="words">{discrepancy.detail}</td>
              <td>{discrepancy.settledBy ? `${discrepancy.settledBy}：${discrepancy.settledReason ?? ''}` : '—'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
