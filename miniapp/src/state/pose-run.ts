import type { ModelPoseParams } from '@suyi/shared-types';
import { poseDrafts } from './pose-draft';
import { runsOf, type TaskRun } from './task-run';

export type PoseRun = TaskRun<ModelPoseParams>;

export const poseRuns = runsOf('model_pose12', poseDrafts);

export const { useRun: usePoseRun, drop: dropPoseRun } = poseRuns;
