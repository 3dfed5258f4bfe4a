import { taskTypes, type TaskType } from '@suyi/shared-types';
import type { ReactElement } from 'react';
import { shanghaiMinute } from '../../../lib/clock';
import { deedPath } from '../actions';
import type { DayFigures } from '../daily-figures';
import type { Overview } from '../overview';
import { may } from '../roles';
import type { SignedInAdmin } from '../sessions';
import { count, taskStatusWords, typeWords, yuan } from '../words';
import { BarChart } from './chart';
import { Notice, Page } from './layout';

type Props = { admin: SignedInAdmin; overview: Overview };

const pauseReasonWords = {
  down: '没有回应，正在自动重试',
  balance: '账户余额不足，请充值',
  configuration: '配置有误，请检查密钥、工作流或图片域名',
} as const;

export function DashboardPage({ admin, overview }: Props): ReactElement {
  const { days, countedAt } = overview;
  return (
    <Page title="概览" admin={admin} active="dashboard">
      <div className="head">
        <h1>概览</h1>
        <span className="faint">{shanghaiMinute(countedAt)} 的数字</span>
      </div>
      <Alerts overview={overview} />
      <div className="tiles">
        <Sums words="销售额" days={days} of={(day) => day.sales_fen} show={yuan} />
        <Sums words="支付订单" days={days} of={(day) => day.orders_paid} show={count} />
        <Sums words="使用次数" days={days} of={(day) => day.uses_spent} show={count} />
        <Sums words="新用户" days={days} of={(day) => day.new_users} show={count} />
        <Sums words="退款" days={days} of={(day) => day.refunds_fen} show={yuan} />
      </div>
      <div className="columns">
        <Charts days={days} />
        <div>
          <Stuck overview={overview} />
          <OpenTasks overview={overview} />
          <Health admin={admin} overview={overview} />
        </div>
      </div>
    </Page>
  );
}

/** What must not be overlooked. */
function Alerts({ overview: { verdict, vendorPause, typePauses } }: Pick<Props, 'overview'>): ReactElement {
  return (
    <>
      {verdict && !verdict.isWhole && (
        <Notice kind="danger">账本核对没有通过：请立即运行 npm run verify:ledger 查看，在查明前不要手工改数据。</Notice>
      )}
      {vendorPause && <Notice kind="warning">模特图合作方暂停：{pauseReasonWords[vendorPause.reason]}。</Notice>}
      {typePauses.map(({ type, banner, pausedBy }) => (
        <Notice key={type} kind="warning">
          {typeWords[type]}已由 {pausedBy} 暂停接单：“{banner}”
        </Notice>
      ))}
    </>
  );
}

type SumsProps = {
  words: string;
  days: readonly DayFigures[];
  of: (day: DayFigures) => number;
  show: (sum: number) => string;
};

function Sums({ words, days, of, show }: SumsProps): ReactElement {
  const last = (n: number): string => show(days.slice(-n).reduce((sum, day) => sum + of(day), 0));
  return (
    <div className="tile">
      <span>{words} · 今天</span>
      <strong>{last(1)}</strong>
      <em>
        7 天 {last(7)}
        <br />
        30 天 {last(30)}
      </em>
    </div>
  );
}

function Charts({ days }: { days: readonly DayFigures[] }): ReactElement {
  const names = days.map(({ day }) => day);
  const of = (read: (day: DayFigures) => number): number[] => days.map(read);
  return (
    <section className="card charts">
      <h2>近 30 天</h2>
      <BarChart
        title="销售额（元）"
        days={names}
        series={[{ name: '销售额', kind: 'first', values: of((day) => day.sales_fen / 100) }]}
        show={(value) => count(Math.round(value))}
      />
      <BarChart
        title="任务"
        days={names}
        series={[
          { name: typeWords.basic_clean, kind: 'first', values: of((day) => day.clean_made) },
          { name: typeWords.model_pose12, kind: 'second', values: of((day) => day.poses_made) },
        ]}
        show={count}
      />
      <BarChart
        title="失败的任务"
        days={names}
        series={[
          { name: typeWords.basic_clean, kind: 'bad', values: of((day) => day.clean_failed) },
          { name: typeWords.model_pose12, kind: 'pale', values: of((day) => day.poses_failed) },
        ]}
        show={count}
      />
    </section>
  );
}

function Stuck({ overview: { stuck } }: Pick<Props, 'overview'>): ReactElement {
  const rows: [words: string, n: number, href: string | null, isAlarm: boolean][] = [
    ['超过 10 分钟没问到结果的订单', stuck.silentOrders, '/admin/orders?status=awaiting', true],
    ['超过截止时间的任务', stuck.overdue, '/admin/tasks?status=running', true],
    ['结果未知的任务', stuck.uncertain, '/admin/tasks?status=uncertain', true],
    ['等人处理的支付差异（npm run discrepancies）', stuck.discrepancies, null, true],
    ['进行中的退款', stuck.openRefunds, '/admin/orders?status=refunding', false],
    ['排在自己前一个任务后面的', stuck.parked, '/admin/tasks?status=queued', false],
  ];
  return (
    <section className="card">
      <h2>需要留意</h2>
      <dl className="tally">
        {rows.map(([words, n, href, isAlarm]) => (
          <div key={words}>
            <dt>{href === null ? words : <a href={href}>{words}</a>}</dt>
            <dd className={isAlarm && n > 0 ? 'number danger' : 'number'}>{count(n)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

const openStatuses = ['queued', 'submitting', 'running', 'saving', 'uncertain'] as const;

function OpenTasks({ overview: { openTasks } }: Pick<Props, 'overview'>): ReactElement {
  return (
    <section className="card card--flush">
      <h2>进行中的任务</h2>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">状态</th>
            {taskTypes.map((type) => (
              <th key={type} scope="col" className="number">
                {typeWords[type]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {openStatuses.map((status) => (
            <tr key={status}>
              <td>
                <span className={`badge badge--${status}`}>{taskStatusWords[status]}</span>
              </td>
              {taskTypes.map((type) => (
                <td key={type} className="number">
                  <a href={`/admin/tasks?type=${type}&status=${status}`}>{count(openTasks[type][status])}</a>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Health({ admin, overview }: Props): ReactElement {
  const { verdict, vendorPause, typePauses } = overview;
  const isPaused = (type: TaskType): boolean => typePauses.some((pause) => pause.type === type);
  return (
    <section className="card">
      <h2>健康</h2>
      <dl className="tally">
        <div>
          <dt>账本</dt>
          <dd>
            {verdict === null && <span className="badge">还没核对</span>}
            {verdict && (
              <span className={verdict.isWhole ? 'badge badge--ok' : 'badge badge--danger'}>
                {verdict.isWhole ? '平' : '不平'}
              </span>
            )}
            {verdict && (
              <small>
                {shanghaiMinute(Number(verdict.checkedAt))} 核对 {count(Number(verdict.accounts))} 个账户、
                {count(Number(verdict.entries))} 条记录
              </small>
            )}
          </dd>
        </div>
        <div>
          <dt>模特图合作方</dt>
          <dd>
            <span className={vendorPause ? 'badge badge--warning' : 'badge badge--ok'}>
              {vendorPause ? '暂停' : '正常'}
            </span>
          </dd>
        </div>
        {taskTypes.map((type) => (
          <div key={type}>
            <dt>{typeWords[type]}接单</dt>
            <dd>
              <span className={isPaused(type) ? 'badge badge--paused' : 'badge badge--ok'}>
                {isPaused(type) ? '已暂停' : '正常'}
              </span>{' '}
              {may(admin.role, 'support') && (
                <a href={deedPath(isPaused(type) ? 'resume_type' : 'pause_type', type)}>
                  {isPaused(type) ? '恢复' : '暂停'}
                </a>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
