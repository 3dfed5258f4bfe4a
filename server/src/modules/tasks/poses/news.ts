import { taskFailureCatalogue } from '@suyi/shared-types';
import { config } from '../../../config';
import { change } from '../../../db/sql';
import { clock, days, hours, minutes, shanghaiMinute } from '../../../lib/clock';
import { eachAlone } from '../../../lib/each';
import { isRefusal } from '../../../lib/errors';
import { logger } from '../../../lib/logger';
import { slot } from '../../../lib/slot';
import { wechat } from '../../../vendors/wechat/port';
import { Op } from 'sequelize';
import { storedResults, Task } from '../models';

/** Whom WeChat knows this seller as; null when it does not. Filled by `main.ts`: tasks know no sign-in. */
export const openidOf = slot<(userId: string) => Promise<string | null>>('openid-of');

const laterMs = minutes(5);
const giveUpAfterMs = hours(12);

/**
 * Sends up to `limit` sellers the message that they asked for, one worker each. After no answer it is sent again: at worst a
 * seller hears of one set twice, on an agreement that they gave for another.
 */
export async function tellSellers(limit: number): Promise<void> {
  const template = config.current.taskTemplate;
  const due = await Task.findAll({
    where: { tellAt: { [Op.lte]: clock.now(), [Op.gt]: clock.now() - days(7) } },
    order: [['tellAt', 'ASC']],
    limit,
  });
  await eachAlone('tell-sellers', due, async (task) => {
    const isOver = template === null || clock.now() - (task.finishedAt ?? 0) > giveUpAfterMs;
    if (isOver || task.hiddenAt !== null) return stop(task);
    const isOurs = await change('UPDATE tasks SET tell_at = :next WHERE id = :id AND tell_at = :seen', {
      next: clock.now() + laterMs,
      seen: task.tellAt,
      id: task.id,
    });
    if (isOurs === 0) return;
    const openid = await openidOf.current(task.userId);
    if (openid === null) return stop(task);

    const answer = await wechat.current.sendSubscribed({
      openid,
      templateId: template.id,
      page: `subpackages/task/poses/index?id=${task.id}`,
      values: valuesFor(task, template.values),
    });
    if (isRefusal(answer)) logger.warn({ taskId: task.id, reason: answer.reason }, 'a seller could not be told');
    if (!isRefusal(answer) || answer.code !== 'too_often') await stop(task);
  });
}

async function stop(task: Task): Promise<void> {
  await change('UPDATE tasks SET tell_at = NULL WHERE id = :id AND tell_at IS NOT NULL', { id: task.id });
}

type Told = 'tool' | 'outcome' | 'endedAt' | 'remark';

/** WeChat takes at most 20 characters for a thing, and 5 for a phrase. */
function valuesFor(task: Task, names: Record<string, Told>): Record<string, string> {
  const told = { tool: '十二姿势模特图', endedAt: shanghaiMinute(task.finishedAt ?? clock.now()), ...outcomeOf(task) };
  return Object.fromEntries(Object.entries(names).map(([name, what]) => [name, told[what].slice(0, 20)]));
}

function outcomeOf(task: Task): { outcome: string; remark: string } {
  const count = storedResults(task).length;
  if (task.status === 'succeeded' && task.quotaEffect === 'captured')
    return { outcome: '已完成', remark: `${count} 张图已保存，点击查看` };
  if (task.status === 'succeeded') return { outcome: '部分完成', remark: `收到 ${count} 张，次数已退回` };
  const reason = task.errorCode === null ? '' : taskFailureCatalogue[task.errorCode];
  return { outcome: '未完成', remark: reason === '' ? '次数已退回' : '没有做成，次数已退回' };
}
