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

/** What the twelve frames show; the server holds the table that makes words of it, and tells it in `ToolsDto`. */
export const poseScenes = ['studio', 'street', 'indoor', 'cafe', 'garden', 'beach'] as const;
export const poseCategories = ['top', 'dress', 'coat', 'hoodie', 'knitwear', 'trousers', 'skirt', 'shoes'] as const;
export const poseModels = ['woman', 'man'] as const;
export const poseBodies = ['slim', 'average', 'plus'] as const;

export const ModelPoseParams = z.strictObject({
  scene: z.enum(poseScenes).default('studio'),
  category: z.enum(poseCategories).default('top'),
  model: z.enum(poseModels).default('woman'),
  body: z.enum(poseBodies).default('average'),
  /** The seller accepted one WeChat message about how this task ends. */
  shouldNotify: z.boolean().default(false),
});
export type ModelPoseParams = z.infer<typeof ModelPoseParams>;

/** How many frames one `model_pose12` promises. */
export const posesWanted = 12;

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
  /** A small copy for lists; null where there is none, or where it is a result of its own. */
  thumbnailUrl: z.string().nullable(),
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

/** An honest range, from tasks that ended lately; null while too few did. */
export const EstimateDto = z.object({ lowSeconds: z.number().int(), highSeconds: z.number().int() }).nullable();
export type EstimateDto = z.infer<typeof EstimateDto>;

/** `measures` of a `model_pose12` that was saved. */
export const PoseMeasures = z.object({ framesWanted: z.number().int(), framesSaved: z.number().int() });
export type PoseMeasures = z.infer<typeof PoseMeasures>;

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
  /** How long until it ends, waiting included; null when nothing is known or nothing is left. */
  estimate: EstimateDto,
  measures: z.record(z.string(), z.unknown()).nullable(),
  errorCode: z.enum(taskFailureCodes as [string, ...string[]]).nullable(),
  errorReason: z.string().nullable(),
  quotaEffect: QuotaEffect,
  /** The task that this one tries again. */
  retryOf: Id.nullable(),
  createdAt: Moment,
  updatedAt: Moment,
  finishedAt: Moment.nullable(),
});
export type TaskDto = z.infer<typeof TaskDto>;

export const ChoiceDto = z.object({
  /** The name of the parameter. */
  name: z.string(),
  label: z.string(),
  options: z.array(z.object({ value: z.string(), label: z.string() })),
  default: z.string(),
});
export type ChoiceDto = z.infer<typeof ChoiceDto>;

export const ToolDto = z.object({
  type: TaskType,
  /** In uses. */
  price: z.number().int(),
  /** False: new tasks are refused for now, before any use is held. */
  isOpen: z.boolean(),
  /** Why it is not open and what to do, for the seller; null while it is. */
  pausedReason: z.string().nullable(),
  retryAfterSeconds: z.number().int().nullable(),
  /** How many tasks wait, counted up to 999. */
  waiting: z.number().int(),
  estimate: EstimateDto,
  choices: z.array(ChoiceDto),
});
export type ToolDto = z.infer<typeof ToolDto>;

/** `GET /api/tools`: what can be made now, and with which choices. */
export const ToolsDto = z.object({
  items: z.array(ToolDto),
  /** The WeChat message template that tells how a task ended; null where there is none. */
  messageTemplateId: z.string().nullable(),
});
export type ToolsDto = z.infer<typeof ToolsDto>;
