import { TaskType, type UserStatus } from '@suyi/shared-types';
import { select } from '../../db/sql';
import { clock, shanghaiMinute } from '../../lib/clock';
import { AppError } from '../../lib/errors';
import { getQuota } from '../quota/service';
import { planRefund } from '../payments/service';
import { findAnyTask, isStuck, typePauses } from '../tasks/service';
import type { DeedName } from './actions';
import { userStatusWords } from './pages/words';
import { channelWords, count, orderStatusWords, taskStatusWords, typeWords, yuan } from './words';

/** What a deed would do, before it is done: what the page says over its button. */
export type Preview = {
  facts: readonly (readonly [label: string, value: string])[];
  /** What happens, in a sentence or two. */
  effect: string;
  /** Why it cannot be done as things stand; null: it can. */
  hindrance: string | null;
};

/** Looks, and changes nothing. Throws `not_found`. */
export function previewOf(name: DeedName, subjectId: string, refundFen: number | null): Promise<Preview> {
  switch (name) {
    case 'query_order':
      return previewQuery(subjectId);
    case 'refund_order':
      return previewRefund(subjectId, refundFen);
    case 'end_task':
      return previewEnd(subjectId);
    case 'block_user':
      return previewUser(subjectId, 'active');
    case 'unblock_user':
      return previewUser(subjectId, 'blocked');
    case 'pause_type':
      return previewPause(subjectId, false);
    case 'resume_type':
      return previewPause(subjectId, true);
  }
}

type OrderRow = {
  status: keyof typeof orderStatusWords;
  channel: keyof typeof channelWords;
  planName: string;
  priceFen: number;
  refundedFen: number;
};

async function orderFacts(id: string): Promise<{ order: OrderRow; facts: [string, string][] }> {
  const [order] = await select<OrderRow>(
    `SELECT status, channel, plan_name AS planName, price_fen AS priceFen, refunded_fen AS refundedFen
     FROM orders WHERE id = :id`,
    { id },
  );
  if (!order) throw new AppError('not_found');
  return {
    order,
    facts: [
      ['订单', id],
      ['状态', orderStatusWords[order.status]],
      ['方案', order.planName],
      ['金额', yuan(order.priceFen)],
      ['支付方式', channelWords[order.channel]],
      ['已退', yuan(order.refundedFen)],
    ],
  };
}

async function previewQuery(id: string): Promise<Preview> {
  const { order, facts } = await orderFacts(id);
  const isOpen = ['created', 'awaiting', 'closed'].includes(order.status);
  return {
    facts,
    effect: '现在就向支付平台查询这个订单。已付款的会立即到账，不会重复发放；没有付款的保持原样。',
    hindrance: isOpen ? null : '这个订单已经有结果，不需要再查询。',
  };
}

const refundHindrances: Record<string, string> = {
  order_not_refundable: '这个订单不能从这里退款：没有付款、已经退完，或买家账号已注销（请到支付平台后台退款）。',
  refund_under_way: '有一笔退款正在进行，请等它结束。',
  refund_too_much: '金额不对，或超过了还可以退的金额。',
};

async function previewRefund(id: string, refundFen: number | null): Promise<Preview> {
  const { facts } = await orderFacts(id);
  try {
    const { usesAsked, usesTaken, isWhole, ...plan } = await planRefund({ orderId: id, refundFen });
    const spent = usesAsked - usesTaken;
    const spentWords = spent > 0 ? `另外 ${count(spent)} 次已经用掉，不会收回。` : '';
    return {
      facts: [...facts, ['本次退款', yuan(plan.refundFen)], ['收回次数', count(usesTaken)]],
      effect: `向买家退回 ${yuan(plan.refundFen)}${isWhole ? '（全部余款，会员天数一并收回）' : '（部分退款，会员天数不变）'}，收回没用完的 ${count(usesTaken)} 次。${spentWords}退款原因会显示给买家。`,
      hindrance: null,
    };
  } catch (error) {
    const hindrance = error instanceof AppError ? refundHindrances[error.code] : undefined;
    if (hindrance === undefined) throw error;
    return { facts, effect: '', hindrance };
  }
}

async function previewEnd(id: string): Promise<Preview> {
  const task = await findAnyTask(id);
  const isVendorBusy = task.type === 'model_pose12' && ['submitting', 'uncertain', 'running'].includes(task.status);
  return {
    facts: [
      ['任务', id],
      ['类型', typeWords[task.type]],
      ['状态', taskStatusWords[task.status]],
      ['创建', shanghaiMinute(task.createdAt)],
      ['截止', shanghaiMinute(task.deadlineAt)],
      ['占用次数', count(task.uses)],
    ],
    effect: `按失败结束这个任务，把 ${count(task.uses)} 次退还给卖家；已经保存的图归卖家。${isVendorBusy ? '合作方那边可能已经产生费用。' : ''}`,
    hindrance: isStuck(task) ? null : '只有超过截止时间、结果未知，或处理超过 30 分钟的任务才能由人结束。',
  };
}

async function previewUser(id: string, wanted: 'active' | 'blocked'): Promise<Preview> {
  const [user] = await select<{ status: UserStatus; createdAt: number; blockedReason: string | null }>(
    'SELECT status, created_at AS createdAt, blocked_reason AS blockedReason FROM users WHERE id = :id',
    { id },
  );
  if (!user) throw new AppError('not_found');
  const quota = await getQuota(id);
  return {
    facts: [
      ['用户', id],
      ['状态', userStatusWords[user.status]],
      ...(user.blockedReason === null ? [] : [['封禁原因', user.blockedReason] as const]),
      ['注册', shanghaiMinute(Number(user.createdAt))],
      ['剩余次数', count(quota.remaining)],
      ['占用次数', count(quota.held)],
    ],
    effect:
      wanted === 'active'
        ? '封禁后立即不能登录和使用，已登录的设备也会被拒绝；次数和图片保留，进行中的任务照常完成。'
        : '解除后可以照常登录和使用，次数和图片都在。',
    hindrance: user.status === wanted ? null : `这个账号的状态是“${userStatusWords[user.status]}”。`,
  };
}

async function previewPause(id: string, isPausedWanted: boolean): Promise<Preview> {
  const type = TaskType.safeParse(id);
  if (!type.success) throw new AppError('not_found');
  const pause = (await typePauses()).find((each) => each.type === type.data);
  return {
    facts: [
      ['类型', typeWords[type.data]],
      ['现在', pause ? '已暂停接单' : '正常接单'],
      ...(pause
        ? [
            ['横幅', pause.banner] as const,
            ['暂停人', pause.pausedBy] as const,
            ['已暂停', `${count(Math.floor((clock.now() - pause.pausedAt) / 60_000))} 分钟`] as const,
          ]
        : []),
    ],
    effect: isPausedWanted
      ? '恢复接受新任务，横幅消失。'
      : '暂停接受新任务，不会扣除次数；已经排队和处理中的任务照常完成。卖家在首页看到横幅。',
    hindrance: Boolean(pause) === isPausedWanted ? null : isPausedWanted ? '现在没有暂停。' : '已经暂停了。',
  };
}
