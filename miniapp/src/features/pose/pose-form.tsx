import { Text, View } from '@tarojs/components';
import { errorCatalogue, type ToolDto } from '@suyi/shared-types';
import { useRef, useState } from 'react';
import { scrollTo } from '../../platform/scroll';
import { askToNotify } from '../../platform/subscribe';
import type { Photo } from '../../platform/types';
import { poseRuns } from '../../state/pose-run';
import { findTool, loadTools, useTools } from '../../state/tools';
import { Hint } from '../../ui/notice';
import { Skeleton } from '../../ui/skeleton';
import { PhotoPicker } from '../photo/photo-picker';
import { RetryLine } from '../shell/failure';
import { PoseExample } from '../workspace/pose-example';
import { Checklist } from './checklist';
import { choicesOf, chosenOf, chosenWords, openChoiceOf, paramsOf, withoutPhotosOwn, type Chosen } from './choices';
import { keepForNextTime, readChosen, wasEverChecked } from './kept';
import { choiceId, PoseOptions } from './pose-options';
import { StartBar } from './start-bar';
import type { Earlier } from './use-earlier';
import './pose-form.scss';

/** The photo, what to make of it, and what it costs, before anything is spent. */
export function PoseForm({ earlier }: { earlier: Earlier | null }) {
  const wish = useWish(earlier);
  const check = useCheck();
  const [isChoiceMissed, setIsChoiceMissed] = useState(false);
  const { tools, problem } = useTools(true);
  const tool = findTool(tools, 'model_pose12');
  const choices = tool ? choicesOf(tool) : [];
  const chosen = chosenOf(choices, wish.wished);
  const openChoice = openChoiceOf(choices, chosen);
  const start = useStart(tools?.messageTemplateId ?? null);

  function onChosen(photo: Photo): void {
    setIsChoiceMissed(false);
    wish.choosePhoto(photo);
  }

  /** Begins, or leads to what is still missing. */
  function onStart(): void {
    if (wish.source === null) return scrollTo('pose-empty');
    if (openChoice) {
      setIsChoiceMissed(true);
      return scrollTo(choiceId(openChoice.name));
    }
    if (!check.isChecked) return check.remind();
    start(wish.source, chosen);
  }

  return (
    <>
      {tool && !tool.isOpen && <Paused tool={tool} />}
      <PhotoPicker
        tool="pose"
        photo={wish.source?.photo ?? null}
        tip="一件衣服，整件入镜，铺平或挂好都可以"
        onChosen={onChosen}
      />
      {wish.source === null && !check.isKnown && <PoseExample />}
      <View id="pose-checks">
        <Checklist {...check} />
      </View>
      {tool && (
        <PoseOptions
          choices={choices}
          chosen={chosen}
          missed={isChoiceMissed ? (openChoice?.name ?? null) : null}
          onChange={wish.setWished}
        />
      )}
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
      <StartBar
        tool={tool}
        photo={wish.source?.photo ?? null}
        openChoice={openChoice}
        chosenWords={chosenWords(choices, chosen)}
        onStart={onStart}
      />
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

/** A photo, and where the server has it; null for one that is still on the phone alone. */
interface Source {
  photo: Photo;
  mediaId: string | null;
}

function useWish(earlier: Earlier | null) {
  const [source, setSource] = useState<Source | null>(earlier);
  const [wished, setWished] = useState<Chosen>(() => earlier?.chosen ?? readChosen());
  return {
    source,
    wished,
    setWished,
    choosePhoto: (photo: Photo) => {
      // Another photo may show another garment.
      if (source) setWished(withoutPhotosOwn);
      setSource({ photo, mediaId: null });
    },
  };
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
function useStart(templateId: string | null): (source: Source, chosen: Chosen) => void {
  const isAsking = useRef(false);
  return ({ photo, mediaId }, chosen) => {
    if (isAsking.current) return;
    isAsking.current = true;
    // Nothing may be awaited before this: WeChat answers only what a tap asks.
    const answer = templateId === null ? Promise.resolve(false) : askToNotify(templateId);
    keepForNextTime(chosen);
    void answer.then((shouldNotify) => poseRuns.start(photo, paramsOf(chosen, shouldNotify), mediaId));
  };
}
