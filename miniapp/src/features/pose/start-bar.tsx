import { Text } from '@tarojs/components';
import { useDidShow } from '@tarojs/taro';
import type { ChoiceDto, ToolDto } from '@suyi/shared-types';
import { useEffect } from 'react';
import type { Photo } from '../../platform/types';
import { goTo } from '../../routes';
import { loadMembership, spendableUses, useMembership } from '../../state/membership';
import { BottomBar } from '../../ui/bottom-bar';
import { Button } from '../../ui/button';
import { estimateWords } from '../../ui/wording';
import { checkPhoto } from '../photo/photo-check';
import './pose-form.scss';

interface StartBarProps {
  tool: ToolDto | null;
  photo: Photo | null;
  /** What the seller has yet to choose. */
  openChoice: ChoiceDto | null;
  chosenWords: string;
  /** Tapped too early, it leads to what is missing. */
  onStart: () => void;
}

/** What is about to be made, said once more beside the button that spends a use on it. */
export function StartBar({ tool, photo, openChoice, chosenWords, onStart }: StartBarProps) {
  const { membership } = useMembership();
  useDidShow(() => void loadMembership());
  useEffect(() => void loadMembership(), []);

  const uses = membership && spendableUses(membership);
  const isPaused = tool?.isOpen === false;
  const price = tool?.price ?? 1;
  const isMissing = photo === null || openChoice !== null;
  const isUseful = photo === null ? !isPaused : tool?.isOpen === true && checkPhoto(photo).refusal === null;
  return (
    <BottomBar>
      {chosenWords !== '' && (
        <Text id="pose-chosen" className="pose-form__chosen">
          {chosenWords}
        </Text>
      )}
      {/* What cannot be made now is not a reason to buy. */}
      {uses !== null && uses < price && !isPaused ? (
        <Button id="pose-buy" onClick={() => goTo('membership')}>
          次数不足，去开通
        </Button>
      ) : (
        <Button
          id="pose-start"
          tone={isMissing && isUseful ? 'secondary' : 'primary'}
          isDisabled={!isUseful}
          onClick={onStart}
        >
          {startWords(tool, photo, openChoice)}
        </Button>
      )}
      <Text className="pose-form__cost">{costWords(tool, uses)}</Text>
    </BottomBar>
  );
}

function startWords(tool: ToolDto | null, photo: Photo | null, openChoice: ChoiceDto | null): string {
  if (tool && !tool.isOpen) return '暂停中，稍后再来';
  if (photo === null) return '先选择照片';
  if (tool === null) return '等待选项加载';
  return openChoice ? `先选${openChoice.label}` : `开始制作（${tool.price} 次）`;
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
