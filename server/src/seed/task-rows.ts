import {
  posesWanted,
  type QuotaEffect,
  type TaskFailureCode,
  type TaskStatus,
  type TaskType,
} from '@suyi/shared-types';
import { hours, minutes, seconds } from '../lib/clock';
import type { Chance } from './chance';
import type { Row } from './writer';

type Making = { id: string; userId: string; at: number; untilMs: number; chance: Chance };
export type SeededTask = { row: Row; end: { kind: 'capture' | 'release'; at: number } | null };

/** One task as it would stand at `untilMs`, most of them long ended, and what its end did with the use. */
export function makeTaskRow({ id, userId, at, untilMs, chance }: Making): SeededTask {
  const type: TaskType = chance.hits(0.88) ? 'basic_clean' : 'model_pose12';
  const tookMs = type === 'basic_clean' ? seconds(2) + chance.below(seconds(9)) : minutes(2) + chance.below(minutes(6));
  const isOpen = at + tookMs > untilMs;
  const outcome = isOpen ? stillOpen : endOf(type, chance);
  const endedAt = isOpen ? null : at + tookMs;

  const shared = {
    id,
    user_id: userId,
    account_id: userId,
    type,
    status: outcome.status,
    params: paramsOf(type, chance),
    media_id: `med_${id.slice(4)}`,
    progress: outcome.status === 'succeeded' ? 100 : 0,
    error_code: outcome.errorCode,
    quota_effect: outcome.effect,
    uses: 1,
    attempts: outcome.status === 'queued' ? 0 : 1,
    vendor_attempt: 0,
    wake_at: at,
    deadline_at: at + hours(6),
    created_at: at,
    updated_at: endedAt ?? at,
    finished_at: endedAt,
  };
  const frames = outcome.errorCode === 'frames_missing' ? 7 + chance.below(5) : posesWanted;
  const row = {
    ...shared,
    ...(outcome.status === 'succeeded' && picturesOf({ id, userId, type, frames })),
    ...(type === 'model_pose12' && outcome.status !== 'queued' && vendorPartOf(at, tookMs, chance)),
  };
  if (endedAt === null) return { row, end: null };
  return { row, end: { kind: outcome.effect === 'captured' ? 'capture' : 'release', at: endedAt } };
}

type Outcome = { status: TaskStatus; errorCode: TaskFailureCode | null; effect: QuotaEffect };

const stillOpen: Outcome = { status: 'queued', errorCode: null, effect: 'held' };

const failures: Record<TaskType, readonly TaskFailureCode[]> = {
  basic_clean: ['garment_not_found', 'quality_rejected', 'image_too_complex', 'deadline_exceeded', 'internal_failure'],
  model_pose12: ['vendor_failed', 'vendor_refused', 'vendor_moderated', 'vendor_uncertain', 'deadline_exceeded'],
};

function endOf(type: TaskType, chance: Chance): Outcome {
  const share = chance.next();
  if (share < 0.02) return { status: 'cancelled', errorCode: null, effect: 'released' };
  if (share < 0.08) {
    const codes = failures[type];
    return { status: 'failed', errorCode: codes[chance.below(codes.length)] ?? 'internal_failure', effect: 'released' };
  }
  if (type === 'model_pose12' && share < 0.11) {
    return { status: 'succeeded', errorCode: 'frames_missing', effect: 'released' };
  }
  return { status: 'succeeded', errorCode: null, effect: 'captured' };
}

function paramsOf(type: TaskType, chance: Chance): string {
  if (type === 'basic_clean')
    return JSON.stringify({ preset: chance.hits(0.8) ? 'main' : 'taobao_white', hasShadow: false });
  return JSON.stringify({ scene: 'studio', category: 'top', model: 'woman', body: 'average', shouldNotify: false });
}

/** As the real ones weigh; the pictures themselves are not there, and nothing shows them. */
function picturesOf({ id, userId, type, frames }: { id: string; userId: string; type: TaskType; frames: number }): Row {
  const folder = `output/${userId}/${id}`;
  const contentType = 'image/jpeg';
  if (type === 'basic_clean') {
    const main = {
      key: `${folder}/main.jpg`,
      role: 'main',
      width: 1_600,
      height: 1_600,
      byteLength: 214_000,
      contentType,
    };
    const small = {
      ...main,
      key: `${folder}/thumbnail.jpg`,
      role: 'thumbnail',
      width: 400,
      height: 400,
      byteLength: 21_000,
    };
    const measures = {
      framePurity: 1,
      backgroundPurity: 1,
      fill: 0.85,
      centreOffset: 0.01,
      colourDelta: 0.4,
      confidence: 0.97,
      flags: [],
    };
    return { results: JSON.stringify([main, small]), measures: JSON.stringify(measures) };
  }
  const results = Array.from({ length: frames }, (_, position) => {
    const key = `${folder}/frame-${String(position + 1).padStart(2, '0')}`;
    const size = { width: 1_024, height: 1_536, byteLength: 320_000, contentType };
    return { key: `${key}.jpg`, role: 'frame', ...size, position, thumbnailKey: `${key}-small.jpg` };
  });
  return {
    results: JSON.stringify(results),
    measures: JSON.stringify({ framesWanted: posesWanted, framesSaved: frames }),
  };
}

function vendorPartOf(at: number, tookMs: number, chance: Chance): Row {
  return {
    vendor_attempt: 1,
    vendor_asked_at: at + seconds(3),
    vendor_job_id: `19${chance.digits(17)}`,
    submitted_at: at + seconds(4),
    cost_millicoins: 30_000 + chance.below(9_000),
    cost_milliyuan: 300 + chance.below(90),
    cost_seconds: Math.round(tookMs / 1_000) - 10,
  };
}
