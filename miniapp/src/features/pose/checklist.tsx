import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import { spoken } from '../../platform/spoken';
import { Checkbox } from '../../ui/checkbox';
import { Icon } from '../../ui/icon';
import './checklist.scss';

const points = [
  { drawing: 'one', name: '只放一件', words: '照片里只有一件衣服' },
  { drawing: 'whole', name: '整件入镜', words: '领口、袖口、下摆都拍全' },
  { drawing: 'light', name: '光线充足', words: '颜色真实，没有大片阴影' },
  { drawing: 'plain', name: '背景简单', words: '没有杂物，衣服铺平或挂好' },
  { drawing: 'faceless', name: '不露人脸', words: '有真人面部的照片可能通不过审核' },
] as const;

const agreement = '我已看过，照片符合以上要求';

interface ChecklistProps {
  isChecked: boolean;
  /** The seller has agreed to it for an earlier set: one line, to be opened. */
  isKnown: boolean;
  /** The start was tapped before it was ticked. */
  isMissed: boolean;
  onCheck: (isChecked: boolean) => void;
}

/** What makes twelve good frames of a photo, read before a use is spent. */
export function Checklist({ isChecked, isKnown, isMissed, onCheck }: ChecklistProps) {
  const [isOpen, setIsOpen] = useState(!isKnown);
  if (!isOpen) return <Folded onOpen={() => setIsOpen(true)} />;
  return (
    <View className={`checklist${isMissed ? ' checklist--missed' : ''}`}>
      <Text className="checklist__title">这样的照片做得好</Text>
      <View className="checklist__points">
        {points.map(({ drawing, name, words }) => (
          <View key={name} className="checklist__point" {...spoken({ role: 'img', label: `${name}，${words}` })}>
            <View className="checklist__sign">
              <View className={`checklist__drawing checklist__drawing--${drawing}`} />
            </View>
            <Text className="checklist__name">{name}</Text>
          </View>
        ))}
      </View>
      <Text className="checklist__words">领口、袖口、下摆都拍全，铺平或挂好。有真人面部的照片可能通不过审核。</Text>
      {!isKnown && (
        <View className="checklist__check">
          <Checkbox id="pose-check" isChecked={isChecked} label={agreement} onChange={onCheck}>
            <View onClick={() => onCheck(!isChecked)}>{agreement}</View>
          </Checkbox>
        </View>
      )}
      {isMissed && (
        <View id="pose-check-error" className="checklist__error" {...spoken({ role: 'alert', live: 'assertive' })}>
          请先对照以上要求看一下照片，再勾选
        </View>
      )}
    </View>
  );
}

function Folded({ onOpen }: { onOpen: () => void }) {
  return (
    <View
      id="pose-checklist"
      className="checklist checklist--folded"
      onClick={onOpen}
      {...spoken({ role: 'button', label: '查看照片要求' })}
    >
      <Icon name="check" size={16} />
      <Text className="checklist__line">一件 · 拍全 · 光线足 · 背景简单 · 不露脸</Text>
      <Icon name="chevron" size={16} />
    </View>
  );
}
