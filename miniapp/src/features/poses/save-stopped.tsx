import { View } from '@tarojs/components';
import { useState } from 'react';
import { album } from '../../platform/album';
import type { SaveRun } from '../../state/save-run';
import { Button } from '../../ui/button';
import { Hint } from '../../ui/notice';
import { stopWords } from './save-words';
import './save-bar.scss';

interface SaveStoppedProps {
  run: Extract<SaveRun, { phase: 'stopped' }>;
  onGoOn: () => void;
  onLater: () => void;
}

/** Saving was broken off: why, and the one tap that goes on with the rest. */
export function SaveStopped({ run, onGoOn, onLater }: SaveStoppedProps) {
  const [isStillDenied, setIsStillDenied] = useState(false);
  const { why, done, rest } = run;

  // The tap itself has to open the settings: WeChat lets nothing else do it.
  async function openSettings(): Promise<void> {
    const isAllowed = await album.openSettings();
    setIsStillDenied(!isAllowed);
    if (isAllowed) onGoOn();
  }

  return (
    <>
      <View className="save-bar__trouble">
        <Hint id="poses-save-trouble" tone="warning">
          {stopWords(why, { done, rest: rest.length })}
          {isStillDenied && album.fallbackHint}
        </Hint>
      </View>
      <View className="save-bar__row">
        <Button id="poses-save-later" tone="secondary" onClick={onLater}>
          稍后
        </Button>
        <View className="save-bar__main">
          {why === 'denied' ? (
            <Button id="poses-settings" onClick={() => void openSettings()}>
              去开启权限
            </Button>
          ) : (
            <Button id="poses-save-all" onClick={onGoOn}>
              {`继续${album.verb} ${rest.length} 张`}
            </Button>
          )}
        </View>
      </View>
    </>
  );
}
