import { Text, View } from '@tarojs/components';
import { Button } from '../../ui/button';
import './resume-card.scss';

export interface Resumable {
  title: string;
  text: string;
  /** 0 to 100, drawn as a bar; only where it is measured. */
  percent?: number;
  action: string;
  open: () => void;
  /** How to be rid of it; absent while there is nothing to give up. */
  drop?: { word: string; act: () => void };
}

interface ResumeViewProps {
  /** In front of every id: `resume` or `resume-pose`. */
  prefix: string;
  card: Resumable;
  onGone: () => void;
}

/** Something that was begun, and the way back to it. */
export function ResumeView({ prefix, card, onGone }: ResumeViewProps) {
  const { title, text, percent, action, open, drop } = card;
  return (
    <View id={`${prefix}-card`} className="resume">
      <Text className="resume__title">{title}</Text>
      <Text className="resume__text">{text}</Text>
      {percent !== undefined && (
        <View className="resume__track">
          <View className="resume__fill" style={{ width: `${percent}%` }} />
        </View>
      )}
      <View className="resume__actions">
        <Button id={`${prefix}-open`} size="small" onClick={open}>
          {action}
        </Button>
        {drop && (
          <Button
            id={`${prefix}-drop`}
            size="small"
            tone="quiet"
            onClick={() => {
              drop.act();
              onGone();
            }}
          >
            {drop.word}
          </Button>
        )}
      </View>
    </View>
  );
}
