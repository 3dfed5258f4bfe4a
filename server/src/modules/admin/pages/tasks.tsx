import type { AdminTaskDto, AdminTasksFilter } from '@suyi/shared-types';
import type { ReactElement } from 'react';
import { taskStatusWords, typeWords } from '../words';
import { taskPath } from './addresses';
import { Field } from './layout';
import { ListPage, type ListProps } from './list';
import { Badge, Choice, duration, IdLink, UserLink, When } from './pieces';
import { errorWord, errorWords, quotaEffectWords } from './words';

export function TasksPage(list: ListProps<AdminTasksFilter, AdminTaskDto>): ReactElement {
  const { filter } = list;
  const filters = (
    <>
      <Choice label="类型" name="type" value={filter.type} options={typeWords} />
      <Choice label="状态" name="status" value={filter.status} options={taskStatusWords} />
      <Choice label="错误" name="errorCode" value={filter.errorCode} options={errorWords} />
      <Choice label="次数" name="quotaEffect" value={filter.quotaEffect} options={quotaEffectWords} />
      <Field label="用户编号">
        <input name="userId" defaultValue={filter.userId} maxLength={32} placeholder="usr_…" />
      </Field>
    </>
  );
  return (
    <ListPage
      title="任务"
      section="tasks"
      path="/admin/tasks"
      list={list}
      filters={filters}
      columns={[
        '任务',
        '用户',
        '类型',
        '状态',
        '次数',
        '尝试#',
        '等待#',
        '合作方位置',
        '合作方费用#',
        '创建时间',
        '结束时间',
      ]}
    >
      {list.rows.map((task) => (
        <tr key={task.id}>
          <td>
            <IdLink href={taskPath(task.id)} id={task.id} />
          </td>
          <td>
            <UserLink id={task.userId} phone={task.phone} />
          </td>
          <td className="nowrap">{typeWords[task.type]}</td>
          <td>
            <Badge kind={task.status}>{taskStatusWords[task.status]}</Badge>
            {task.errorCode && <div className="faint nowrap">{errorWord(task.errorCode)}</div>}
          </td>
          <td>
            <Badge kind={task.quotaEffect}>{quotaEffectWords[task.quotaEffect]}</Badge>
          </td>
          <td className="number">{task.attempts}</td>
          <td className="number">{duration(task.waitedSeconds)}</td>
          <td className="mono">{task.vendorSlot ?? '—'}</td>
          <td className="number">{costWords(task)}</td>
          <td>
            <When at={task.createdAt} />
          </td>
          <td>
            <When at={task.finishedAt} />
          </td>
        </tr>
      ))}
    </ListPage>
  );
}

type Cost = Pick<AdminTaskDto, 'costYuan' | 'costCoins' | 'costSeconds'>;

/** What the vendor said that it charged: its coins, and yuan where it names them. */
export function costWords({ costYuan, costCoins }: Cost): string {
  const parts = [
    costYuan === null ? null : `¥${costYuan.toFixed(3)}`,
    costCoins === null ? null : `${costCoins.toFixed(1)} 币`,
  ].filter((part) => part !== null);
  return parts.length > 0 ? parts.join(' · ') : '—';
}
