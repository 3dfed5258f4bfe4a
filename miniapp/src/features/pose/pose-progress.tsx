import type { PoseRun } from '../../state/pose-run';
import { RunProgress, uploadStep } from '../making/run-progress';

type Going = Extract<PoseRun, { phase: 'uploading' | 'making' | 'accepted' }>;

/** Until the server has the task: seconds, on a common line. */
export function PoseProgress({ run }: { run: Going }) {
  const submitting = { uploading: 'later', making: 'now', accepted: 'done' } as const;
  return (
    <RunProgress
      photoPath={run.draft.photo.path}
      steps={[
        uploadStep(run),
        { name: '提交任务', state: submitting[run.phase] },
        { name: '制作十二张图', state: 'later' },
      ]}
      remark="提交后就可以离开，做好的图会一张张出现。没做成、没做全，次数自动退回。"
    />
  );
}
