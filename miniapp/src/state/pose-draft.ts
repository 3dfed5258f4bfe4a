import { ModelPoseParams } from '@suyi/shared-types';
import { draftsUnder, type TaskDraft } from './task-draft';

export type PoseDraft = TaskDraft<ModelPoseParams>;

export const poseDrafts = draftsUnder('pose-draft', ModelPoseParams);

export const { find: findPoseDraft, forget: forgetPoseDraft, forgetOf: forgetPoseDraftOf } = poseDrafts;
