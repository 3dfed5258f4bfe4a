import { clock } from './lib/clock';
import { counter, gauge } from './lib/meters';

// `job_name`, because Prometheus gives every series a label `job` of its own.

const lastSuccess = gauge({
  name: 'suyi_job_last_success_timestamp_seconds',
  help: 'When this worker last did this job without a fault; its start, until it has',
  labels: ['job_name'],
});
const interval = gauge({
  name: 'suyi_job_interval_seconds',
  help: 'The pause between two runs of this job',
  labels: ['job_name'],
});
const failures = counter({
  name: 'suyi_job_failures_total',
  help: 'Runs of this job in this worker that ended with an error',
  labels: ['job_name'],
});

type Job = { name: string; everyMs: number };

/** A job that has not run yet is not overdue: its time counts from the worker's start. */
export function jobBegan({ name, everyMs }: Job): void {
  interval.set({ job_name: name }, everyMs / 1_000);
  lastSuccess.set({ job_name: name }, clock.now() / 1_000);
  failures.inc({ job_name: name }, 0);
}

export function jobEnded({ name }: Job, isGood: boolean): void {
  if (isGood) lastSuccess.set({ job_name: name }, clock.now() / 1_000);
  else failures.inc({ job_name: name });
}
