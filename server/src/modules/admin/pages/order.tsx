import type { ReactElement } from 'react';
import type { DiscrepancyRow, OrderRow, RefundRow } from '../lists/one-order';
import type { AuditRow } from '../lists/one-user';
import { shortened } from '../lists/phones';
import type { SignedInAdmin } from '../sessions';
import { channelWords, orderStatusWords, yuan } from '../words';
import { Notice, Page } from './layout';
import { Badge, DeedLinks, Facts, Timeline, UserLink, When, type DeedLink, type TimelineItem } from './pieces';
import { Audits } from './user';
import { refundStatusWords } from './words';

type OrderDetail = {
  admin: SignedInAdmin;
  order: OrderRow;
  /** The buyer's, as this admin may see it. */
  phone: string | null;
  refunds: readonly RefundRow[];
  discrepancies: readonly DiscrepancyRow[];
  timeline: readonly TimelineItem[];
  audits: readonly AuditRow[];
  deeds: readonly DeedLink[];
};

export function OrderPage({
  admin,
  order,
  phone,
  refunds,
  discrepancies,
  timeline,
  audits,
  deeds,
}: OrderDetail): ReactElement {
  const open = discrepancies.filter(({ settledAt }) => settledAt === null);
  return (
    <Page title={`订单 …${order.id.slice(-8)}`} admin={admin} active="orders">
      <div className="head">
        <h1>{yuan(order.priceFen)}</h1>
        <Badge kind={order.status}>{orderStatusWords[order.status]}</Badge>
        <div className="more">
          <DeedLinks deeds={deeds} />
        </div>
      </div>
      {open.map(({ id, kind, detail }) => (
        <Notice key={id} kind="danger">
          {`对账异常 ${kind}：${detail}`}
        </Notice>
      ))}
      <div className="columns">
        <section className="card">
          <h2>经过</h2>
          <Timeline items={timeline} />
        </section>
        <div>
          <section className="card">
            <h2>订单</h2>
            <Facts
              facts={[
                ['编号', <code key="id">{order.id}</code>],
                ['用户', <UserLink key="user" id={order.userId} phone={phone} />],
                ['方案', order.planName],
                ['渠道', channelWords[order.channel]],
                ['次数', `${order.uses} 次，${order.days} 天`],
                ['支付单号', order.transactionId && <code key="paid">{order.transactionId}</code>],
                ['付款人', shortened(order.openid)],
                ['付款', <When key="paidAt" at={order.paidAt} />],
                ['最晚付款', <When key="before" at={order.payBefore} />],
                ['已退', order.refundedFen > 0 ? yuan(order.refundedFen) : null],
                ['下次查询', <When key="check" at={order.checkAt} />],
                ['已查询', `${order.checks} 次`],
                order.deliverAt === null ? null : ['待通知发货', <When key="deliver" at={order.deliverAt} />],
              ]}
            />
          </section>
          <Refunds refunds={refunds} />
          <Audits audits={audits} />
        </div>
      </div>
    </Page>
  );
}

function Refunds({ refunds }: { refunds: readonly RefundRow[] }): ReactElement | null {
  if (refunds.length === 0) return null;
  return (
    <section className="card">
      <h2>退款</h2>
      {refunds.map((refund) => (
        <Facts
          key={refund.id}
          facts={[
            ['编号', <code key="id">{refund.id}</code>],
            [
              '状态',
              <Badge key="status" kind={refund.status}>
                {refundStatusWords[refund.status] ?? refund.status}
              </Badge>,
            ],
            ['金额', yuan(refund.refundFen)],
            ['收回次数', refund.usesTaken],
            ['经手', refund.source === 'ours' ? refund.requestedBy : '支付方后台'],
            ['原因', refund.reason],
          ]}
        />
      ))}
    </section>
  );
}
