import { View } from '@tarojs/components';
import type { CleanFlag, TaskDto } from '@suyi/shared-types';
import { Hint } from '../../ui/notice';
import { measuresOf } from '../history/task-words';
import './warnings.scss';

const flagWords: Record<CleanFlag, string> = {
  low_resolution: '原图偏小，成图清晰度有限。有更大的原图时，建议换原图。',
  cropped_by_frame: '画面边缘有内容被保留，请检查。',
  multiple_subjects: '照片里可能不止一件衣服，请确认留下的是您要的。',
  white_on_white: '衣服和背景都偏白，请检查边缘是否完整。',
  please_check: '这张图的边缘把握不大，上架前请放大检查。',
};

/** CIEDE2000 below this is a difference the eye does not see side by side. */
const colourDeltaFaithful = 2;

/** What the seller should look at before they save, said before they save. */
export function Warnings({ task }: { task: TaskDto }) {
  const measures = measuresOf(task);
  if (measures === null) return null;

  const isColourOff = !isColourFaithful(measures.colourDelta);
  if (measures.flags.length === 0 && !isColourOff) return null;
  return (
    <View className="warnings">
      {measures.flags.map((flag) => (
        <Hint key={flag} id={`flag-${flag}`} tone="warning">
          {flagWords[flag]}
        </Hint>
      ))}
      {isColourOff && (
        <Hint id="flag-colour" tone="warning">
          颜色略有偏差，请对比原图。
        </Hint>
      )}
    </View>
  );
}

export function isColourFaithful(delta: number): boolean {
  return delta <= colourDeltaFaithful;
}
