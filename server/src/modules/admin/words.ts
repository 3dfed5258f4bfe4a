import type { OrderStatus, PaymentChannel, TaskStatus, TaskType } from '@suyi/shared-types';

/* What an admin reads, in one place. */

export const typeWords: Record<TaskType, string> = { basic_clean: '白底主图', model_pose12: '模特图 12 张' };

export const taskStatusWords: Record<TaskStatus, string> = {
  queued: '排队',
  submitting: '提交中',
  uncertain: '结果未知',
  running: '处理中',
  saving: '保存中',
  succeeded: '已完成',
  failed: '失败',
  cancelled: '已取消',
};

export const orderStatusWords: Record<OrderStatus, string> = {
  created: '已创建',
  awaiting: '待支付',
  paid: '已支付',
  refunding: '退款中',
  refunded: '已退款',
  closed: '已关闭',
};

export const channelWords: Record<PaymentChannel, string> = {
  wechat_jsapi: '微信支付',
  wechat_virtual: '微信虚拟支付',
  alipay_wap: '支付宝',
};

/** What was done, in the audit log. */
export const actionWords: Record<string, string> = {
  sign_in: '登录',
  lock_out: '输错被锁定',
  change_password: '修改密码',
  set_up_totp: '开启两步验证',
  remove_totp: '关闭两步验证',
  add_admin: '添加管理员',
  role_admin: '改角色',
  password_admin: '重设密码',
  disable_admin: '停用管理员',
  enable_admin: '启用管理员',
  unlock_admin: '解锁管理员',
  remove_totp_admin: '移除两步验证',
  query_order: '查询订单',
  refund_order: '退款',
  end_task: '结束任务',
  block_user: '封禁用户',
  unblock_user: '解除封禁',
  pause_type: '暂停接单',
  resume_type: '恢复接单',
  export_csv: '导出',
};

/** Fen as people read money: ¥1,299.00. */
export const yuan = (fen: number): string =>
  `${fen < 0 ? '-' : ''}¥${Math.floor(Math.abs(fen) / 100).toLocaleString('en-US')}.${String(Math.abs(fen) % 100).padStart(2, '0')}`;

export const count = (n: number): string => n.toLocaleString('en-US');

/** Yuan as people write them, 49 or 49.5 or 49.50, in fen; null: no amount. */
export function fenOf(text: string): number | null {
  const [, whole, part = ''] = /^(\d{1,7})(?:\.(\d{1,2}))?$/.exec(text.trim()) ?? [];
  return whole === undefined ? null : Number(whole) * 100 + Number(part.padEnd(2, '0'));
}

/** The page that an entry of the audit log is about; null where there is none. */
export function hrefOf(subjectType: string, subjectId: string): string | null {
  if (subjectType === 'user') return `/admin/users/${subjectId}`;
  if (subjectType === 'order') return `/admin/orders/${subjectId}`;
  if (subjectType === 'task') return `/admin/tasks/${subjectId}`;
  return null;
}
