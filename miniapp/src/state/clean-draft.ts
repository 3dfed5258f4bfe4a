import { BasicCleanParams } from '@suyi/shared-types';
import { draftsUnder, type TaskDraft } from './task-draft';

export type CleanDraft = TaskDraft<BasicCleanParams>;

export const cleanDrafts = draftsUnder('clean-draft', BasicCleanParams);

export const { find: findDraft, forget: forgetDraft, forgetOf: forgetDraftOf } = cleanDrafts;
