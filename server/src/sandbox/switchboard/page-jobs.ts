import { html, type Html } from '../html';
import { time } from './page-frame';
import { deedButton } from './page-orders';
import type { RunningHubState } from './state';
import type { JobState, SandboxJob } from '../runninghub/jobs';

const titles: Record<JobState, string> = {
  QUEUED: '排队',
  RUNNING: '运行',
  SUCCESS: '已完成',
  FAILED: '失败',
  CANCEL: '已取消',
};
const tones: Record<JobState, 'open' | 'good' | 'over'> = {
  QUEUED: 'open',
  RUNNING: 'open',
  SUCCESS: 'good',
  FAILED: 'over',
  CANCEL: 'over',
};

/** RunningHub's jobs, newest first, each with what can be done to it. */
export const jobCards = ({ jobs }: RunningHubState): Html[] => jobs.map(jobCard);

function jobCard(job: SandboxJob): Html {
  const isOpen = tones[job.state] === 'open';
  const number = job.errorCode === null ? '' : ` ${job.errorCode}`;
  const outcome = isOpen ? (job.isSilent ? '不会自己结束' : `将出 ${job.pictures} 张`) : `出了 ${job.pictures} 张`;
  const cost = isOpen ? null : html` · ${job.coins} 币，运行 ${job.costSeconds} 秒`;
  return html`<li class="card">
    <div class="row">
      <span>${outcome}<span class="meta">${cost}</span></span>
      <span class="state ${tones[job.state]}">${titles[job.state]}${number}</span>
    </div>
    <div class="title clamped">${job.prompt}</div>
    <div class="meta">${time(job.createdAt)} · ${job.id}</div>
    <div class="actions">${buttons(job, isOpen)}</div>
  </li>`;
}

function buttons(job: SandboxJob, isOpen: boolean): Html[] {
  const button = (title: string, deed: string, more: { isMain?: boolean; done?: string } = {}): Html =>
    deedButton({ title, path: `runninghub/jobs/${encodeURIComponent(job.id)}/${deed}`, ...more });
  if (!isOpen) return job.webhookUrl === null ? [] : [button('再发一次通知', 'notify', { done: '已发出' })];
  return [
    button('立即完成', 'finish', { isMain: true }),
    button('失败', 'fail'),
    ...(job.isSilent ? [] : [button('不再回应', 'silence')]),
  ];
}
