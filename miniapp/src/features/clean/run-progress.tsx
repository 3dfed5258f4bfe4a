import { Image, Text, View } from '@tarojs/components';
import { useEffect, useState } from 'react';
import type { CleanRun } from '../../state/clean-run';
import { Steps, type Step } from '../../ui/steps';
import './run-progress.scss';

type Going = Extract<CleanRun, { phase: 'uploading' | 'making' | 'accepted' }>;

/** After so long the picture takes more than usual, and the seller is told that they may leave. */
const usualMs = 8000;

/** The way from the photo to the picture. The upload is measured; the making is not, and shows no number. */
export function RunProgress({ run }: { run: Going }) {
  const isLong = useIsLong(run.phase);
  const { path } = run.draft.photo;
  return (
    <View className="progress">
      {path !== '' && (
        <View className="progress__frame">
          <Image className="progress__photo" src={path} mode="aspectFit" />
        </View>
      )}
      <Steps steps={stepsOf(run)} />
      <Text className="progress__remark">
        {isLong ? '比平时久一些。您可以先离开，做好后在“历史”里查看。' : '通常 3 秒左右，失败会自动退回次数。'}
      </Text>
    </View>
  );
}

function stepsOf(run: Going): Step[] {
  const isUploading = run.phase === 'uploading';
  return [
    isUploading
      ? { name: '上传照片', state: 'now', detail: `${run.percent} %`, percent: run.percent }
      : { name: '上传照片', state: 'done' },
    { name: '制作白底图', state: run.phase === 'making' ? 'now' : isUploading ? 'later' : 'done' },
    { name: '检查并交付', state: 'later' },
  ];
}

function useIsLong(phase: Going['phase']): boolean {
  const [isLong, setIsLong] = useState(false);
  useEffect(() => {
    setIsLong(false);
    if (phase !== 'making') return;
    const timer = setTimeout(() => setIsLong(true), usualMs);
    return () => clearTimeout(timer);
  }, [phase]);
  return isLong;
}
