import type { BasicCleanParams } from '@suyi/shared-types';
import { cleanDrafts } from './clean-draft';
import { runsOf, type TaskRun } from './task-run';

export type CleanRun = TaskRun<BasicCleanParams>;

export const cleanRuns = runsOf('basic_clean', cleanDrafts);

export const {
  useRun: useCleanRun,
  start: startRun,
  advance,
  clear: clearRun,
  leave: leaveRun,
  drop: dropRun,
} = cleanRuns;
