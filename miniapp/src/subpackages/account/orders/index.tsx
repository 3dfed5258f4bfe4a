import { stopPullDownRefresh, useDidShow, usePullDownRefresh, useReachBottom, useRouter } from '@tarojs/taro';
import type { OrderDto } from '@suyi/shared-types';
import { useRef } from 'react';
import { listOrders } from '../../../api/membership';
import { OrderList } from '../../../features/orders/order-list';
import { isPayable } from '../../../features/orders/order-words';
import { useOrderActions } from '../../../features/orders/use-order-actions';
import { useWantedOrder } from '../../../features/orders/use-wanted-order';
import { PageShell } from '../../../features/shell/page-shell';
import { SignInPrompt } from '../../../features/shell/sign-in-prompt';
import { listBuyablePlans } from '../../../state/payment';
import { useSession } from '../../../state/session';
import { useLoad } from '../../../state/use-load';
import { usePages } from '../../../state/use-pages';

const pageSize = 20;

export default function OrdersPage() {
  const { session } = useSession();
  const { order: wantedId = null } = useRouter().params;
  const userId = session?.user.id ?? null;
  const pages = usePages<OrderDto>(userId, (cursor) => listOrders({ limit: pageSize, cursor }));
  const plans = useLoad(pages.items.some((order) => isPayable(order)) ? userId : null, listBuyablePlans);
  const actions = useOrderActions(pages.replace);
  useWantedOrder(pages, wantedId);

  // The first show is the mount, which loads by itself.
  const isFirstShow = useRef(true);
  useDidShow(() => {
    if (!isFirstShow.current && session) void pages.reload();
    isFirstShow.current = false;
  });
  usePullDownRefresh(() => void (session ? pages.reload() : Promise.resolve()).finally(stopPullDownRefresh));
  useReachBottom(() => void pages.loadMore());

  return (
    <PageShell title="我的订单">
      {session ? (
        <OrderList pages={pages} plans={plans.value ?? []} actions={actions} wantedId={wantedId} />
      ) : (
        <SignInPrompt title="登录后查看订单" text="每一笔付款和退款都在您的账号里。" />
      )}
    </PageShell>
  );
}
