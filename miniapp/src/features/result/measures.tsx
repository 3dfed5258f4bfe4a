import { Text, View } from '@tarojs/components';
import { CleanMeasures } from '@suyi/shared-types';
import { byteWords, percentWords } from '../../ui/wording';
import { isColourFaithful } from './warnings';
import './measures.scss';

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
  return isColourFaithful(delta) ? '与原图一致' : '略有偏差';
}

function formatWords(contentType: string): string {
  return contentType.replace('image/', '').replace('jpeg', 'jpg').toUpperCase();
}
