import { Text } from '@tarojs/components';
import { useDidShow } from '@tarojs/taro';
import type { BasicCleanParams } from '@suyi/shared-types';
import { useEffect, useRef, useState } from 'react';
import { CleanOptions } from '../../../features/clean/clean-options';
import { checkPhoto } from '../../../features/clean/photo-check';
import { PhotoPicker } from '../../../features/clean/photo-picker';
import { RunProgress } from '../../../features/clean/run-progress';
import { RunStopped } from '../../../features/clean/run-stopped';
import { PageShell } from '../../../features/shell/page-shell';
import { SignInPrompt } from '../../../features/shell/sign-in-prompt';
import type { Photo } from '../../../platform/types';
import { goTo, replaceWith } from '../../../routes';
import { findDraft, forgetDraft } from '../../../state/clean-draft';
import { advance, clearRun, dropRun, leaveRun, startRun, useCleanRun } from '../../../state/clean-run';
import { loadMembership, spendableUses, useMembership } from '../../../state/membership';
import { useSession } from '../../../state/session';
import { BottomBar } from '../../../ui/bottom-bar';
import { Button } from '../../../ui/button';
import './index.scss';

const firstParams: BasicCleanParams = { preset: 'main', hasShadow: false };

export default function CleanPage() {
  const { session } = useSession();
  const { run } = useCleanRun();
  useResume(session?.user.id ?? null);
  useHandOver();

  if (session === null) {
    return (
      <PageShell title="白底主图">
        <SignInPrompt title="登录后开始制作" text="图片和次数都保存在您的账号里。" />
      </PageShell>
    );
  }
  return (
    <PageShell title="白底主图">
      {run.phase === 'idle' && <Preparation />}
      {(run.phase === 'uploading' || run.phase === 'making' || run.phase === 'accepted') && <RunProgress run={run} />}
      {run.phase === 'stopped' && (
        <RunStopped
          problem={run.problem}
          onRetry={() => {
            clearRun();
            void advance(run.draft);
          }}
          onChooseAgain={dropRun}
        />
      )}
    </PageShell>
  );
}

/** Choosing the photo and what to make of it. */
function Preparation() {
  const [photo, setPhoto] = useState<Photo | null>(null);
  const [params, setParams] = useState(firstParams);
  const { membership } = useMembership();
  useDidShow(() => void loadMembership());
  useEffect(() => void loadMembership(), []);

  const uses = membership && spendableUses(membership);
  const canStart = photo !== null && checkPhoto(photo).refusal === null;
  return (
    <>
      <PhotoPicker photo={photo} onChosen={setPhoto} />
      <CleanOptions params={params} onChange={setParams} />
      <BottomBar>
        {uses === 0 ? (
          <Button id="clean-buy" onClick={() => goTo('membership')}>
            次数不足，去开通
          </Button>
        ) : (
          <Button id="clean-start" isDisabled={!canStart} onClick={() => photo && void startRun(photo, params)}>
            {photo === null ? '先选择照片' : '开始制作（1 次）'}
          </Button>
        )}
        <Text className="clean__balance">
          {uses === null ? '成功才扣除，失败自动退回' : `可用 ${uses} 次 · 成功才扣除，失败自动退回`}
        </Text>
      </BottomBar>
    </>
  );
}

/** A run that a closed app left with its photo on the server goes on by itself: the seller opened this page for it. */
function useResume(userId: string | null): void {
  useEffect(() => {
    const draft = userId ? findDraft() : null;
    if (draft === null || useCleanRun.getState().run.phase !== 'idle') return;

    if (draft.taskId) forgetDraft();
    else if (draft.mediaId) void advance(draft);
    else forgetDraft();
  }, [userId]);
}

/** Once the server has the task, its own page shows the rest; this one leaves the stack, its progress on it to the end. */
function useHandOver(): void {
  const { run } = useCleanRun();
  const isFirstLook = useRef(true);
  useEffect(() => {
    const wasAcceptedBefore = isFirstLook.current;
    isFirstLook.current = false;
    if (run.phase !== 'accepted') return;

    // Accepted while the seller was elsewhere: they came to make the next one, and the workspace shows the last.
    if (wasAcceptedBefore) clearRun();
    else replaceWith('result', { id: run.task.id });
  }, [run]);
  useEffect(() => leaveRun, []);
}
