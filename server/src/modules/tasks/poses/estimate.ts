import { isFinal, type EstimateDto } from '@suyi/shared-types';
import { config } from '../../../config';
import { select } from '../../../db/sql';
import { clock, hours, seconds } from '../../../lib/clock';
import type { Task } from '../models';
import { currentPause } from './breaker';
import { countSlots } from './figures';

/**
 * How long the vendor's part and ours took lately: the middle three fifths, in milliseconds; and whether all its slots are
 * taken. Null: too few to tell, or no work is sent there now.
 */
export type Pace = { lowMs: number; highMs: number; isFull: boolean } | null;

const samplesMin = 5;
const samplesMax = 60;
const keepMs = seconds(5);

let kept: { at: number; pace: Promise<Pace> } | null = null;

/** Looked up once in five seconds, however many ask. */
export function recentPace(): Promise<Pace> {
  const now = clock.now();
  if (!kept || Math.abs(now - kept.at) > keepMs) {
    const pace = readPace(now);
    kept = { at: now, pace };
    pace.catch(() => {
      kept = null;
    });
  }
  return kept.pace;
}

async function readPace(now: number): Promise<Pace> {
  if (await currentPause()) return null;
  const ended = await select<{ ms: number }>(
    `SELECT finished_at - submitted_at AS ms FROM tasks
     WHERE type = 'model_pose12' AND finished_at > :since AND status = 'succeeded' AND submitted_at IS NOT NULL
     ORDER BY finished_at DESC LIMIT :limit`,
    { since: now - hours(24), limit: samplesMax },
  );
  if (ended.length < samplesMin) return null;
  const sorted = ended.map(({ ms }) => Number(ms)).sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  return { lowMs: at(0.2), highMs: at(0.8), isFull: (await countSlots()) >= config.current.poses.slots };
}

/** How long this task may still take, as far as those before it tell; null where they do not. */
export function estimateOf(task: Task, queuePosition: number | null, pace: Pace): EstimateDto {
  if (task.type !== 'model_pose12' || pace === null || isFinal(task.status) || task.status === 'uncertain') return null;

  if (task.status === 'queued' || task.status === 'submitting') return waitFor(queuePosition ?? 0, pace);
  const age = clock.now() - (task.submittedAt ?? task.updatedAt);
  // Longer than usual already: a range would be a guess.
  if (age > pace.highMs) return null;
  return inSeconds({ lowMs: pace.lowMs - age, highMs: pace.highMs - age });
}

/** With `ahead` tasks before it, which the vendor takes a few at a time. */
export function waitFor(ahead: number, pace: Pace): EstimateDto {
  if (pace === null) return null;
  const { slots } = config.current.poses;
  return inSeconds({
    lowMs: pace.lowMs * (1 + Math.floor(ahead / slots)),
    highMs: pace.highMs * (1 + Math.ceil((ahead + Number(pace.isFull)) / slots)),
  });
}

const stepSeconds = 5;

/** Whole steps of five seconds, outwards: nothing here is known to the second. */
function inSeconds({ lowMs, highMs }: { lowMs: number; highMs: number }): EstimateDto {
  const lowSeconds = Math.max(0, Math.floor(lowMs / 1_000 / stepSeconds) * stepSeconds);
  return {
    lowSeconds,
    highSeconds: Math.max(lowSeconds + stepSeconds, Math.ceil(highMs / 1_000 / stepSeconds) * stepSeconds),
  };
}
