import { Image, Text, View } from '@tarojs/components';
import { Steps, type Step } from '../../ui/steps';
import './run-progress.scss';

interface RunProgressProps {
  /** Empty when the photo's file is gone: a run that was found again. */
  photoPath: string;
  steps: Step[];
  remark: string;
}

/** The way from the photo to the picture. */
export function RunProgress({ photoPath, steps, remark }: RunProgressProps) {
  return (
    <View className="progress">
      {photoPath !== '' && (
        <View className="progress__frame">
          <Image className="progress__photo" src={photoPath} mode="aspectFit" />
        </View>
      )}
      <Steps steps={steps} />
      <Text className="progress__remark">{remark}</Text>
    </View>
  );
}

/** The first step, which is measured. */
export function uploadStep(run: { phase: 'uploading'; percent: number } | { phase: 'making' | 'accepted' }): Step {
  if (run.phase !== 'uploading') return { name: '上传照片', state: 'done' };
  return { name: '上传照片', state: 'now', detail: `${run.percent} %`, percent: run.percent };
}
