import { createHmac, timingSafeEqual } from 'node:crypto';
import { Id } from '@suyi/shared-types';
import { z } from 'zod';
import { config } from '../../../config';
import { parseJson } from '../../../environment';
import { change } from '../../../db/sql';
import { clock } from '../../../lib/clock';
import { AppError } from '../../../lib/errors';
import { logger } from '../../../lib/logger';
import { Task } from '../models';
import { announce, queueGrew } from '../signals';

/** Where the vendor reports the end of the job that this attempt of this task ordered; nobody else knows the address. */
export const webhookUrlFor = (taskId: string, attempt: number): string =>
  `${config.current.publicUrl}/api/webhooks/runninghub/${taskId}.${attempt}.${sealOf(taskId, attempt)}`;

const sealOf = (taskId: string, attempt: number): string =>
  createHmac('sha256', config.current.urlSecret).update(`runninghub:${taskId}:${attempt}`).digest('base64url');

const Report = z.object({ taskId: z.string().regex(/^[\w-]{1,64}$/) });

/**
 * Something happened to a job: a hint to ask the vendor soon, never data. A job whose making got lost names itself here, which
 * is the only way to find it. Throws `notification_rejected` for an address that is not ours. Any number of times is once.
 */
export async function receiveReport(token: string, body: Buffer): Promise<void> {
  const named = readToken(token);
  if (!named) throw new AppError('notification_rejected');
  const report = Report.safeParse(readJson(body));
  if (!report.success) throw new AppError('invalid_request');

  await hint(named, report.data.taskId);
  announce(queueGrew);
}

/** Job numbers are longer than a number of JSON's holds: one without quotes gets them before it is rounded. */
const readJson = (body: Buffer): unknown =>
  parseJson(body.toString('utf8').replace(/(?<!\\)("taskId"\s*:\s*)(\d+)(?=\s*[,}])/g, '$1"$2"'));

type Named = { taskId: string; attempt: number };

function readToken(token: string): Named | null {
  const [taskId = '', digits = '', seal = '', ...more] = token.split('.');
  if (more.length > 0 || !Id.safeParse(taskId).success || !/^\d{1,4}$/.test(digits)) return null;
  const attempt = Number(digits);
  const expected = Buffer.from(sealOf(taskId, attempt));
  const given = Buffer.from(seal);
  return given.length === expected.length && timingSafeEqual(given, expected) ? { taskId, attempt } : null;
}

async function hint({ taskId, attempt }: Named, jobId: string): Promise<void> {
  const now = clock.now();
  const known = await change(
    `UPDATE tasks SET hinted_at = :now, wake_at = CASE WHEN lease_token IS NULL THEN :now ELSE wake_at END
     WHERE id = :taskId AND status = 'running' AND vendor_job_id = :jobId`,
    { now, taskId, jobId },
  );
  if (known === 1) return;
  if (await noteFoundJob({ taskId, attempt, jobId })) return;

  const task = await Task.findByPk(taskId);
  logger.info({ taskId, status: task?.status }, 'a job was reported that nobody waits for');
}

/**
 * A job was made for an order whose answer is not known (yet): written down beside the task, for the worker to ask about.
 * False: the task knows its job, or another attempt is under way, or it has ended.
 */
export async function noteFoundJob(found: Named & { jobId: string }): Promise<boolean> {
  const now = clock.now();
  const noted = await change(
    `UPDATE tasks SET reported_job_id = :jobId, hinted_at = :now,
       wake_at = CASE WHEN lease_token IS NULL THEN :now ELSE wake_at END
     WHERE id = :taskId AND vendor_attempt = :attempt AND status IN ('submitting', 'uncertain')
       AND vendor_asked_at IS NOT NULL AND reported_job_id IS NULL`,
    { ...found, now },
  );
  return noted === 1;
}
