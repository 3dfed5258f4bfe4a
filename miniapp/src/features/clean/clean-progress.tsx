import { useEffect, useState } from 'react';
import type { CleanRun } from '../../state/clean-run';
import type { Step } from '../../ui/steps';
import { RunProgress, uploadStep } from '../making/run-progress';

type Going = Extract<CleanRun, { phase: 'uploading' | 'making' | 'accepted' }>;

/** After so long the picture takes more than usual, and the seller is told that they may leave. */
const usualMs = 8000;

/** The upload is measured; the making is not, and shows no number. */
export function CleanProgress({ run }: { run: Going }) {
  const isLong = useIsLong(run.phase);
  return (
    <RunProgress
      photoPath={run.draft.photo.path}
      steps={stepsOf(run)}
      remark={isLong ? '比平时久一些。您可以先离开，做好后在“历史”里查看。' : '通常 3 秒左右，失败会自动退回次数。'}
    />
  );
}

function stepsOf(run: Going): Step[] {
  const making = { uploading: 'later', making: 'now', accepted: 'done' } as const;
  return [uploadStep(run), { name: '制作白底图', state: making[run.phase] }, { name: '检查并交付', state: 'later' }];
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
