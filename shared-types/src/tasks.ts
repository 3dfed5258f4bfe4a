import { z } from 'zod';
import { QuotaEffect, taskFailureCodes } from './errors';
import { Id, Moment, PageQuery } from './primitives';

export const taskTypes = ['basic_clean', 'model_pose12'] as const;
export const TaskType = z.enum(taskTypes);
export type TaskType = z.infer<typeof TaskType>;

export const taskStatuses = [
  'queued',
  'submitting',
  'running',
  'saving',
  'uncertain',
  'succeeded',
  'failed',
  'cancelled',
] as const;
export const TaskStatus = z.enum(taskStatuses);
export type TaskStatus = z.infer<typeof TaskStatus>;

export const finalTaskStatuses = ['succeeded', 'failed', 'cancelled'] as const satisfies readonly TaskStatus[];
export type FinalTaskStatus = (typeof finalTaskStatuses)[number];

/** True when nothing will ever change about a task of this status. */
export function isFinal(status: TaskStatus): status is FinalTaskStatus {
  return (finalTaskStatuses as readonly TaskStatus[]).includes(status);
}

/** `main`: 1600 × 1600 JPEG. `taobao_white`: 800 × 800 JPEG of 38 to 300 KB. */
export const CleanPreset = z.enum(['main', 'taobao_white']);
export type CleanPreset = z.infer<typeof CleanPreset>;

export const BasicCleanParams = z.strictObject({
  preset: CleanPreset.default('main'),
  /** A soft contact shadow. Off by default: marketplaces forbid it on white-background images. */
  hasShadow: z.boolean().default(false),
});
export type BasicCleanParams = z.infer<typeof BasicCleanParams>;

export const CreateTaskBody = z.strictObject({
  type: z.string().min(1).max(40),
  mediaId: Id,
  params: z.record(z.string(), z.unknown()).default({}),
});
export type CreateTaskBody = z.input<typeof CreateTaskBody>;

export const TasksQuery = PageQuery.extend({ type: TaskType.optional(), status: TaskStatus.optional() });
export type TasksQuery = z.infer<typeof TasksQuery>;

export const ResultRole = z.enum(['main', 'thumbnail', 'frame']);
export type ResultRole = z.infer<typeof ResultRole>;

export const TaskResultDto = z.object({
  url: z.string(),
  width: z.number().int(),
  height: z.number().int(),
  byteLength: z.number().int(),
  contentType: z.string(),
  role: ResultRole,
});
export type TaskResultDto = z.infer<typeof TaskResultDto>;

export const cleanFlags = [
  'low_resolution',
  'cropped_by_frame',
  'multiple_subjects',
  'white_on_white',
  'please_check',
] as const;
export const CleanFlag = z.enum(cleanFlags);
export type CleanFlag = z.infer<typeof CleanFlag>;

/** Measured on the final, decoded file. */
export const CleanMeasures = z.object({
  /** Share of the outer 3 % that is exactly 255,255,255; 0 to 1. */
  framePurity: z.number(),
  /** Share that is exactly white beyond 3 px from the garment; 0 to 1. */
  backgroundPurity: z.number(),
  /** Longer side of the garment's box over the canvas side; 0 to 1. */
  fill: z.number(),
  /** Distance of the box's centre from the canvas's, over the canvas side; 0 to 1. */
  centreOffset: z.number(),
  /** Median CIEDE2000 between the garment before and after. */
  colourDelta: z.number(),
  /** How sure the engine is of the outline; 0 to 1. */
  confidence: z.number(),
  flags: z.array(CleanFlag),
});
export type CleanMeasures = z.infer<typeof CleanMeasures>;

export const TaskDto = z.object({
  id: Id,
  type: TaskType,
  status: TaskStatus,
  params: z.record(z.string(), z.unknown()),
  input: z.object({ mediaId: Id, url: z.string().nullable() }),
  results: z.array(TaskResultDto),
  /** 0 to 100. */
  progress: z.number().int(),
  /** How many tasks go before this one; null when it is not waiting. */
  queuePosition: z.number().int().nullable(),
  measures: z.record(z.string(), z.unknown()).nullable(),
  errorCode: z.enum(taskFailureCodes as [string, ...string[]]).nullable(),
  errorReason: z.string().nullable(),
  quotaEffect: QuotaEffect,
  createdAt: Moment,
  updatedAt: Moment,
  finishedAt: Moment.nullable(),
});
export type TaskDto = z.infer<typeof TaskDto>;
