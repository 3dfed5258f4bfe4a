import { Text } from '@tarojs/components';
import { useDidShow } from '@tarojs/taro';
import type { BasicCleanParams } from '@suyi/shared-types';
import { useEffect, useState } from 'react';
import { CleanOptions } from '../../../features/clean/clean-options';
import { CleanProgress } from '../../../features/clean/clean-progress';
import { RunStopped } from '../../../features/making/run-stopped';
import { useMaking } from '../../../features/making/use-making';
import { checkPhoto } from '../../../features/photo/photo-check';
import { PhotoPicker } from '../../../features/photo/photo-picker';
import { PageShell } from '../../../features/shell/page-shell';
import { SignInPrompt } from '../../../features/shell/sign-in-prompt';
import type { Photo } from '../../../platform/types';
import { goTo } from '../../../routes';
import { cleanDrafts } from '../../../state/clean-draft';
import { advance, cleanRuns, dropRun, startRun } from '../../../state/clean-run';
import { loadMembership, spendableUses, useMembership } from '../../../state/membership';
import { useSession } from '../../../state/session';
import { BottomBar } from '../../../ui/bottom-bar';
import { Button } from '../../../ui/button';
import './index.scss';

const firstParams: BasicCleanParams = { preset: 'main', hasShadow: false };

export default function CleanPage() {
  const { session } = useSession();
  const userId = session?.user.id ?? null;
  const run = useMaking({ runs: cleanRuns, drafts: cleanDrafts, next: 'result', userId });

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
      {(run.phase === 'uploading' || run.phase === 'making' || run.phase === 'accepted') && <CleanProgress run={run} />}
      {run.phase === 'stopped' && (
        <RunStopped
          tool="clean"
          problem={run.problem}
          onRetry={() => void advance(run.draft)}
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
      <PhotoPicker
        tool="clean"
        photo={photo}
        tip="整件入镜、光线均匀、背景与衣服颜色分明，效果最好"
        onChosen={setPhoto}
      />
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
