import { BasicCleanParams, CleanMeasures, isFinal, posesWanted, type TaskDto, type ToolsDto } from '@suyi/shared-types';
import { absoluteUrl } from '../../api/address';
import { framesOf } from '../../state/frames';
import type { TagTone } from '../../ui/tag';

export interface StatusWords {
  text: string;
  tone: TagTone;
}

/** A task's state as the seller needs it: the inner steps of making are one. */
export function statusWords(task: TaskDto): StatusWords {
  switch (task.status) {
    case 'succeeded':
      if (task.quotaEffect === 'released') return { text: '部分完成', tone: 'warning' };
      if (measuresOf(task)?.flags.includes('please_check')) return { text: '请检查', tone: 'warning' };
      return { text: '已完成', tone: 'accent' };
    case 'failed':
      return { text: '失败', tone: 'danger' };
    case 'cancelled':
      return { text: '已取消', tone: 'grey' };
    case 'queued':
      return { text: '排队中', tone: 'grey' };
    case 'uncertain':
      return { text: '确认中', tone: 'grey' };
    case 'saving':
      if (task.type === 'model_pose12')
        return { text: `收图 ${framesOf(task).length}/${posesWanted}`, tone: 'warning' };
      return { text: '制作中', tone: 'warning' };
    default:
      return { text: '制作中', tone: 'warning' };
  }
}

export function typeWords(task: TaskDto): string {
  return task.type === 'basic_clean' ? '白底主图' : '十二姿势模特图';
}

/** What was measured on the picture; null without one, and for measures of another shape. */
export function measuresOf(task: TaskDto): CleanMeasures | null {
  const parsed = CleanMeasures.safeParse(task.measures);
  return parsed.success ? parsed.data : null;
}

/** What the picture is for: 主图 or 淘宝白底; null for other tools. */
export function presetWords(task: TaskDto): string | null {
  const params = BasicCleanParams.safeParse(task.params);
  if (task.type !== 'basic_clean' || !params.success) return null;
  return params.data.preset === 'taobao_white' ? '淘宝白底' : '主图';
}

/** `12 张`, once they are all there: until then the status counts them. */
export function countWords(task: TaskDto): string | null {
  const { length } = framesOf(task);
  return length === 0 || !isFinal(task.status) ? null : `${length} 张`;
}

/** `街拍 · 连衣裙 · 女模特 · 匀称`; null until the server's words for the choices are here. */
export function choiceWords(task: TaskDto, tools: ToolsDto | null): string | null {
  const choices = tools?.items.find((tool) => tool.type === task.type)?.choices ?? [];
  const labels = choices.flatMap(({ name, options }) => {
    const label = options.find(({ value }) => value === task.params[name])?.label;
    return label === undefined ? [] : [label];
  });
  return labels.length === 0 ? null : labels.join(' · ');
}

/** `主图 · 1600 × 1600`, as far as there is a picture; of a set what was chosen for it. */
export function makeWords(task: TaskDto, tools: ToolsDto | null): string | null {
  if (task.type === 'model_pose12') return choiceWords(task, tools);
  const main = mainResultOf(task);
  const words = [presetWords(task), main && `${main.width} × ${main.height}`].filter(Boolean).join(' · ');
  return words === '' ? null : words;
}

export function mainResultOf(task: TaskDto): TaskDto['results'][number] | null {
  return task.results.find((each) => each.role === 'main') ?? task.results[0] ?? null;
}

/** What became of the use: always said, because it is money. */
export function effectWords(task: TaskDto): string {
  if (task.quotaEffect === 'released') return '次数已退回';
  if (!isFinal(task.status)) return '已预留 1 次';
  return '用了 1 次';
}

/** The smallest picture that shows the task: its thumbnail, else its first result, else the photo. */
export function pictureOf(task: TaskDto): string | null {
  const result = task.results.find((each) => each.role === 'thumbnail') ?? task.results[0];
  return absoluteUrl(result?.thumbnailUrl ?? result?.url ?? task.input.url);
}
