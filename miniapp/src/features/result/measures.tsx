import { Text, View } from '@tarojs/components';
import { CleanMeasures, type CleanFlag } from '@suyi/shared-types';
import { Hint } from '../../ui/notice';
import { byteWords, percentWords } from '../../ui/wording';
import './measures.scss';

const flagWords: Record<CleanFlag, string> = {
  low_resolution: '原图偏小，成图放大过，请检查是否清晰。',
  cropped_by_frame: '衣服有一部分在照片外面，成图在那一边是切开的。',
  multiple_subjects: '照片里可能不止一件衣服，请确认留下的是您要的。',
  white_on_white: '衣服和背景都偏白，请检查边缘是否完整。',
  please_check: '这张图的边缘把握不大，上架前请放大检查。',
};

/** CIEDE2000 below this is a difference the eye does not see side by side. */
const colourDeltaFaithful = 2;

interface MeasuresProps {
  measures: Record<string, unknown> | null;
  file: { width: number; height: number; byteLength: number; contentType: string };
}

/** What was measured on the file the seller gets, in plain words. Measures of another shape are not guessed at. */
export function Measures({ measures, file }: MeasuresProps) {
  const parsed = CleanMeasures.safeParse(measures);
  return (
    <View id="result-measures" className="measures">
      <Text className="measures__title">成图检查</Text>
      {parsed.success && (
        <>
          <Line name="背景" value={backgroundWords(parsed.data)} />
          <Line name="主体占比" value={percentWords(parsed.data.fill)} />
          <Line name="位置" value={positionWords(parsed.data.centreOffset)} />
          <Line name="衣服颜色" value={colourWords(parsed.data.colourDelta)} />
        </>
      )}
      <Line name="尺寸" value={`${file.width} × ${file.height}`} />
      <Line name="文件" value={`${formatWords(file.contentType)} · ${byteWords(file.byteLength)}`} />
      {parsed.success && parsed.data.flags.length > 0 && (
        <View className="measures__flags">
          {parsed.data.flags.map((flag) => (
            <Hint key={flag} id={`flag-${flag}`} tone="warning">
              {flagWords[flag]}
            </Hint>
          ))}
        </View>
      )}
    </View>
  );
}

function Line({ name, value }: { name: string; value: string }) {
  return (
    <View className="measures__line">
      <Text className="measures__name">{name}</Text>
      <Text className="measures__value">{value}</Text>
    </View>
  );
}

/** Both measures have to be a whole hundred before the word "pure" is said. */
export function backgroundWords({ framePurity, backgroundPurity }: CleanMeasures): string {
  const worst = Math.min(framePurity, backgroundPurity);
  return worst >= 1 ? '纯白 100 %' : `纯白 ${percentWords(worst)}`;
}

/** A hundredth of the canvas is less than the eye notices in a list of goods. */
function positionWords(centreOffset: number): string {
  return centreOffset < 0.01 ? '居中' : `偏离中心 ${percentWords(centreOffset)}`;
}

function colourWords(delta: number): string {
  return delta <= colourDeltaFaithful ? '与原图一致' : `与原图有差异（ΔE ${delta.toFixed(1)}），请留意`;
}

function formatWords(contentType: string): string {
  return contentType.replace('image/', '').replace('jpeg', 'jpg').toUpperCase();
}
