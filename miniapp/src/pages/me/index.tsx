import { Button as TaroButton, Text, View } from '@tarojs/components';
import { useDidShow } from '@tarojs/taro';
import { Profile } from '../../features/me/profile';
import { PageShell } from '../../features/shell/page-shell';
import { MembershipSummary } from '../../features/workspace/membership-summary';
import { ask, toast } from '../../platform/feedback';
import { hasSupportChat, supportWords } from '../../platform/screen';
import { spoken } from '../../platform/spoken';
import { goTo } from '../../routes';
import { loadMembership } from '../../state/membership';
import { logOut, useSession } from '../../state/session';
import { Cell, Cells } from '../../ui/cells';
import './index.scss';

export default function MePage() {
  const { session } = useSession();
  useDidShow(() => void loadMembership());

  return (
    <PageShell title="我的" isTab>
      <Profile />
      {session && (
        <>
          <View className="me__membership">
            <MembershipSummary />
          </View>
          <Cells>
            <Cell id="me-membership" icon="sparkle" title="会员与续费" onClick={() => goTo('membership')} />
            <Cell id="me-orders" icon="receipt" title="我的订单" onClick={() => goTo('orders')} />
            <Cell id="me-statement" icon="list" title="使用明细" onClick={() => goTo('statement')} />
          </Cells>
        </>
      )}
      <Cells>
        <Cell id="me-agreement" icon="document" title="用户协议" onClick={() => goTo('agreement')} />
        <Cell id="me-privacy" icon="shield" title="隐私政策" onClick={() => goTo('privacy')} />
        {hasSupportChat && (
          <TaroButton id="me-support" className="me__support" hoverClass="none" openType="contact">
            <Cell id="me-support-cell" icon="chat" title="联系客服" value="在微信里回复" />
          </TaroButton>
        )}
        <Cell id="me-version" icon="info" title="版本" value={process.env.TARO_APP_VERSION} />
      </Cells>
      {session && (
        <Cells>
          <Cell id="me-logout" icon="leave" title="退出登录" onClick={() => void leave()} />
          <Cell id="me-delete" icon="trash" title="注销账号" tone="danger" onClick={() => goTo('deleteAccount')} />
        </Cells>
      )}
      {supportWords && (
        <View id="me-support-words" className="me__help">
          <Text>{supportWords}</Text>
        </View>
      )}
      <View className="me__help" {...spoken({ role: 'status' })}>
        <Text>遇到问题时，出错页面上的“请求编号”、作品编号或订单号可以帮我们更快找到原因。</Text>
      </View>
    </PageShell>
  );
}

async function leave(): Promise<void> {
  if (!(await ask({ title: '退出登录？', content: '作品和次数都保存在账号里，下次登录还在。', confirmText: '退出' })))
    return;
  try {
    await logOut();
    toast('已退出登录');
  } catch {
    toast('已在这台设备退出登录');
  }
}
