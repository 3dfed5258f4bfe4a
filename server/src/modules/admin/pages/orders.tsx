import type { AdminOrderDto, AdminOrdersFilter } from '@suyi/shared-types';
import type { ReactElement } from 'react';
import { channelWords, orderStatusWords, yuan } from '../words';
import { orderPath } from './addresses';
import { Field } from './layout';
import { ListPage, type ListProps } from './list';
import { Badge, Choice, IdLink, UserLink, When } from './pieces';

export function OrdersPage(list: ListProps<AdminOrdersFilter, AdminOrderDto>): ReactElement {
  const { filter } = list;
  const filters = (
    <>
      <Choice label="状态" name="status" value={filter.status} options={orderStatusWords} />
      <Choice label="渠道" name="channel" value={filter.channel} options={channelWords} />
      <Field label="用户编号">
        <input name="userId" defaultValue={filter.userId} maxLength={32} placeholder="usr_…" />
      </Field>
    </>
  );
  return (
    <ListPage
      title="订单"
      section="orders"
      path="/admin/orders"
      list={list}
      filters={filters}
      more={
        <>
          <a className="button button--quiet" href="/admin/refunds">
            退款
          </a>
          <a className="button button--quiet" href="/admin/discrepancies">
            对账异常
          </a>
        </>
      }
      columns={['订单', '用户', '状态', '渠道', '金额#', '已退#', '次数#', '支付单号', '下单时间', '付款时间']}
    >
      {list.rows.map((order) => (
        <tr key={order.id}>
          <td>
            <IdLink href={orderPath(order.id)} id={order.id} />
          </td>
          <td>
            <UserLink id={order.userId} phone={order.phone} />
          </td>
          <td>
            <Badge kind={order.status}>{orderStatusWords[order.status]}</Badge>
          </td>
          <td className="nowrap">{channelWords[order.channel]}</td>
          <td className="number">{yuan(order.priceFen)}</td>
          <td className="number">{order.refundedFen > 0 ? yuan(order.refundedFen) : '—'}</td>
          <td className="number">{order.uses}</td>
          <td className="mono" title={order.transactionId ?? undefined}>
            {order.transactionId ? `…${order.transactionId.slice(-10)}` : '—'}
          </td>
          <td>
            <When at={order.createdAt} />
          </td>
          <td>
            <When at={order.paidAt} />
          </td>
        </tr>
      ))}
    </ListPage>
  );
}
