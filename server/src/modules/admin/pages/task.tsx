import type { ReactElement } from 'react';
import type { Task } from '../../tasks/service';
import type { Relative } from '../lists/one-task';
import type { AuditRow, EntryRow } from '../lists/one-user';
import type { SignedInAdmin } from '../sessions';
import { taskStatusWords, typeWords } from '../words';
import { taskPath } from './addresses';
import { Notice, Page } from './layout';
import {
  Badge,
  DeedLinks,
  duration,
  Facts,
  IdLink,
  Timeline,
  UserLink,
  When,
  type DeedLink,
  type TimelineItem,
} from './pieces';
import { Audits } from './user';
import { entryKindWords, errorSentence, errorWord, quotaEffectWords } from './words';

type Picture = { url: string; words: string };

type TaskDetail = {
  admin: SignedInAdmin;
  task: Task;
  /** The seller's, as this admin may see it. */
  phone: string | null;
  /** Null: it is gone. */
  inputUrl: string | null;
  pictures: readonly Picture[];
  timeline: readonly TimelineItem[];
  entries: readonly EntryRow[];
  earlier: readonly Relative[];
  later: readonly Relative[];
  isStuck: boolean;
  audits: readonly AuditRow[];
  deeds: readonly DeedLink[];
};

export function TaskPage(detail: TaskDetail): ReactElement {
  const { admin, task, phone, timeline, isStuck } = detail;
  return (
    <Page title={`任务 …${task.id.slice(-8)}`} admin={admin} active="tasks">
      <div className="head">
        <h1>{typeWords[task.type]}</h1>
        <Badge kind={task.status}>{taskStatusWords[task.status]}</Badge>
        <Badge kind={task.quotaEffect}>{`次数${quotaEffectWords[task.quotaEffect]}`}</Badge>
        <div className="more">
          <DeedLinks deeds={detail.deeds} />
        </div>
      </div>
      {task.errorCode && (
        <Notice kind="warning">{`${errorWord(task.errorCode)}（${task.errorCode}）：卖家看到的是“${errorSentence(task.errorCode)}”`}</Notice>
      )}
      {isStuck && <Notice kind="danger">这个任务停得太久了。</Notice>}
      <div className="columns">
        <div>
          <Uses task={task} entries={detail.entries} />
          <section className="card">
            <h2>经过</h2>
            <Timeline items={timeline} />
          </section>
          <Pictures {...detail} />
        </div>
        <div>
          <About task={task} phone={phone} />
          <Vendor task={task} />
          <Tries {...detail} />
          <Audits audits={detail.audits} />
        </div>
      </div>
    </Page>
  );
}

/** The answer to "where is my use?", in one sentence. */
function Uses({ task, entries }: { task: Task; entries: readonly EntryRow[] }): ReactElement {
  const kinds = entries.map(({ kind }) => entryKindWords[kind]).join(' → ');
  const sentence = {
    held: `${task.uses} 次还预留着：任务没有结束。`,
    captured: `${task.uses} 次已使用：成图已交付。`,
    released: `${task.uses} 次已退回卖家的账上。`,
  }[task.quotaEffect];
  return (
    <section className="card">
      <h2>次数</h2>
      <p>
        {sentence} <span className="faint">{kinds}</span>
      </p>
    </section>
  );
}

function About({ task, phone }: { task: Task; phone: string | null }): ReactElement {
  const endedAt = task.finishedAt;
  return (
    <section className="card">
      <h2>任务</h2>
      <Facts
        facts={[
          ['编号', <code key="id">{task.id}</code>],
          ['用户', <UserLink key="user" id={task.userId} phone={phone} />],
          task.accountId === task.userId
            ? null
            : ['记账账号', <UserLink key="account" id={task.accountId} phone={null} />],
          ['参数', <code key="params">{task.params}</code>],
          ['进度', `${task.progress}%`],
          ['尝试', `${Math.max(task.attempts, task.vendorAttempt)} 次`],
          ['用时', endedAt === null ? null : duration(Math.round((endedAt - task.createdAt) / 1_000))],
          ['最晚', endedAt === null ? <When key="deadline" at={task.deadlineAt} /> : null],
          ['测量', task.measures && <code key="measures">{task.measures}</code>],
        ]}
      />
    </section>
  );
}

function Vendor({ task }: { task: Task }): ReactElement | null {
  if (task.type !== 'model_pose12') return null;
  const { costMilliyuan, costMillicoins, costSeconds, submittedAt } = task;
  return (
    <section className="card">
      <h2>合作方</h2>
      <Facts
        facts={[
          ['任务号', task.vendorJobId && <code key="job">{task.vendorJobId}</code>],
          ['占用位置', task.vendorSlot],
          ['下单次数', task.vendorAttempt],
          ['遇到满员', `${task.refusals} 次`],
          ['等待', submittedAt === null ? null : duration(Math.round((submittedAt - task.createdAt) / 1_000))],
          ['费用', costMilliyuan === null ? null : `¥${(costMilliyuan / 1_000).toFixed(3)}`],
          ['费用（币）', costMillicoins === null ? null : (costMillicoins / 1_000).toFixed(1)],
          ['计费时长', costSeconds === null ? null : duration(costSeconds)],
        ]}
      />
    </section>
  );
}

function Pictures({ inputUrl, pictures }: TaskDetail): ReactElement {
  return (
    <section className="card">
      <h2>图片</h2>
      <div className="pictures">
        {inputUrl && (
          <a href={inputUrl}>
            <img src={inputUrl} alt="原图" loading="lazy" />
            原图
          </a>
        )}
        {pictures.map(({ url, words }) => (
          <a key={words} href={url}>
            <img src={url} alt={words} loading="lazy" />
            {words}
          </a>
        ))}
      </div>
      {!inputUrl && <p className="faint">原图已不在。</p>}
      {pictures.length === 0 && <p className="faint">没有成图。</p>}
    </section>
  );
}

function Tries({ task, earlier, later }: TaskDetail): ReactElement | null {
  if (earlier.length + later.length === 0) return null;
  return (
    <section className="card">
      <h2>重试</h2>
      <ol>
        {[...earlier, task, ...later].map((each) => (
          <li key={each.id} className="bar">
            {each.id === task.id ? <strong>本任务</strong> : <IdLink href={taskPath(each.id)} id={each.id} />}
            <Badge kind={each.status}>{taskStatusWords[each.status]}</Badge>
            {each.errorCode && <span className="faint">{errorWord(each.errorCode)}</span>}
            <When at={each.createdAt} />
          </li>
        ))}
      </ol>
    </section>
  );
}
