import {
  taskFailureCatalogue,
  type EntryKind,
  type QuotaEffect,
  type TaskFailureCode,
  type UserStatus,
} from '@suyi/shared-types';

/* What a few states and kinds are called on these pages; the others stand in ../words.ts. */

export const userStatusWords: Record<UserStatus, string> = {
  active: '正常',
  blocked: '已封禁',
  merged: '已合并',
  deleted: '已注销',
};

export const quotaEffectWords: Record<QuotaEffect, string> = { held: '预留', captured: '已扣', released: '已退回' };

export const entryKindWords: Record<EntryKind, string> = {
  grant: '增加',
  hold: '预留',
  capture: '使用',
  release: '退回',
  expire: '失效',
  clawback: '收回',
};

export const refundStatusWords: Record<string, string> = {
  requested: '已申请',
  processing: '处理中',
  abnormal: '需人工',
  succeeded: '已到账',
  closed: '已撤销',
  refused: '被拒绝',
};

/** Short, for lists; the sentence that the seller reads stands on the task's own page. */
export const errorWords: Record<TaskFailureCode, string> = {
  garment_not_found: '没找到衣服',
  image_unreadable: '照片读不了',
  image_too_complex: '照片太复杂',
  quality_rejected: '质量不达标',
  vendor_failed: '合作方没做成',
  vendor_refused: '合作方不受理',
  vendor_moderated: '内容审核没过',
  vendor_uncertain: '合作方没回音',
  results_lost: '成图没取到',
  frames_missing: '少做了几张',
  deadline_exceeded: '超时',
  input_missing: '原图不在了',
  internal_failure: '内部出错',
};

const isFailureCode = (code: string): code is TaskFailureCode => code in errorWords;

export const errorWord = (code: string): string => (isFailureCode(code) ? errorWords[code] : code);

/** What the seller was told. */
export const errorSentence = (code: string): string => (isFailureCode(code) ? taskFailureCatalogue[code] : code);
