import { Text, View } from '@tarojs/components';
import { useDidShow } from '@tarojs/taro';
import { errorCatalogue, type ToolDto } from '@suyi/shared-types';
import { useEffect, useRef, useState } from 'react';
import { scrollTo } from '../../platform/scroll';
import { askToNotify } from '../../platform/subscribe';
import type { Photo } from '../../platform/types';
import { goTo } from '../../routes';
import { loadMembership, spendableUses, useMembership } from '../../state/membership';
import { poseRuns } from '../../state/pose-run';
import { findTool, loadTools, useTools } from '../../state/tools';
import { BottomBar } from '../../ui/bottom-bar';
import { Button } from '../../ui/button';
import { Hint } from '../../ui/notice';
import { Skeleton } from '../../ui/skeleton';
import { estimateWords } from '../../ui/wording';
import { checkPhoto } from '../photo/photo-check';
import { PhotoPicker } from '../photo/photo-picker';
import { RetryLine } from '../shell/failure';
import { Checklist } from './checklist';
import { choicesOf, chosenOf, paramsOf } from './choices';
import { keepForNextTime, readChosen, wasEverChecked } from './kept';
import { PoseOptions } from './pose-options';
import './pose-form.scss';

/** The photo, what to make of it, and what it costs, before anything is spent. */
export function PoseForm() {
  const [photo, setPhoto] = useState<Photo | null>(null);
  const [wished, setWished] = useState(readChosen);
  const check = useCheck();
  const { tools, problem } = useTools(true);
  const tool = findTool(tools, 'model_pose12');
  const choices = tool ? choicesOf(tool) : [];
  const chosen = chosenOf(choices, wished);
  const start = useStart(tools?.messageTemplateId ?? null);

  function onStart(): void {
    if (photo === null) return;
    if (!check.isChecked) return check.remind();
    start(photo, chosen);
  }

  return (
    <>
      {tool && !tool.isOpen && <Paused tool={tool} />}
      <PhotoPicker tool="pose" photo={photo} tip="一件衣服，整件入镜，铺平或挂好都可以" onChosen={setPhoto} />
      <View id="pose-checks">
        <Checklist {...check} />
      </View>
      {tool && <PoseOptions choices={choices} chosen={chosen} onChange={setWished} />}
      {!tool && problem && (
        <View className="pose-form__part">
          <RetryLine id="pose-tools-retry" problem={problem} onRetry={() => void loadTools()} />
        </View>
      )}
      {!tool && !problem && (
        <View className="pose-form__part">
          <Skeleton shapes={['card']} />
        </View>
      )}
      <Text className="pose-form__fine">图片由 AI 生成，版型和花纹可能与实物有出入，上架前请核对。</Text>
      <StartBar tool={tool} photo={photo} onStart={onStart} />
    </>
  );
}

function Paused({ tool }: { tool: ToolDto }) {
  return (
    <View className="pose-form__paused">
      <Hint id="pose-paused" tone="warning">
        <View>{tool.pausedReason ?? errorCatalogue.task_type_paused[1]}</View>
        <View>恢复后这里自动可用。</View>
      </Hint>
    </View>
  );
}

interface StartBarProps {
  tool: ToolDto | null;
  photo: Photo | null;
  onStart: () => void;
}

function StartBar({ tool, photo, onStart }: StartBarProps) {
  const { membership } = useMembership();
  useDidShow(() => void loadMembership());
  useEffect(() => void loadMembership(), []);

  const uses = membership && spendableUses(membership);
  const isPaused = tool?.isOpen === false;
  const price = tool?.price ?? 1;
  const isReady = tool?.isOpen === true && photo !== null && checkPhoto(photo).refusal === null;
  return (
    <BottomBar>
      {/* What cannot be made now is not a reason to buy. */}
      {uses !== null && uses < price && !isPaused ? (
        <Button id="pose-buy" onClick={() => goTo('membership')}>
          次数不足，去开通
        </Button>
      ) : (
        <Button id="pose-start" isDisabled={!isReady} onClick={onStart}>
          {startWords(tool, photo)}
        </Button>
      )}
      <Text className="pose-form__cost">{costWords(tool, uses)}</Text>
    </BottomBar>
  );
}

function startWords(tool: ToolDto | null, photo: Photo | null): string {
  if (tool && !tool.isOpen) return '暂停中，稍后再来';
  if (tool === null && photo !== null) return '等待选项加载';
  return photo === null ? '先选择照片' : `开始制作（${tool?.price ?? 1} 次）`;
}

function costWords(tool: ToolDto | null, uses: number | null): string {
  const parts = [
    uses === null ? null : `可用 ${uses} 次`,
    tool && tool.waiting > 0 ? `${tool.waiting} 套在排队` : null,
    tool?.isOpen ? estimateWords(tool.estimate) : null,
    '不足 12 张退回次数',
  ];
  return parts.filter((part) => part !== null).join(' · ');
}

/** Whether the list was read: asked for the first set, known from then on. */
function useCheck() {
  const [isKnown] = useState(wasEverChecked);
  const [isChecked, setIsChecked] = useState(isKnown);
  const [isMissed, setIsMissed] = useState(false);
  return {
    isKnown,
    isChecked,
    isMissed,
    onCheck: (isNow: boolean) => {
      setIsChecked(isNow);
      setIsMissed(false);
    },
    remind: () => {
      setIsMissed(true);
      scrollTo('pose-checks');
    },
  };
}

/** Begins the run: once, however fast the taps come while WeChat's question is open. */
function useStart(templateId: string | null): (photo: Photo, chosen: Record<string, string>) => void {
  const isAsking = useRef(false);
  return (photo, chosen) => {
    if (isAsking.current) return;
    isAsking.current = true;
    // Nothing may be awaited before this: WeChat answers only what a tap asks.
    const answer = templateId === null ? Promise.resolve(false) : askToNotify(templateId);
    keepForNextTime(chosen);
    void answer.then((shouldNotify) => poseRuns.start(photo, paramsOf(chosen, shouldNotify)));
  };
}
