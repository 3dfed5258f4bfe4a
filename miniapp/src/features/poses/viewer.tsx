import { Image, Swiper, SwiperItem, Text, View } from '@tarojs/components';
import type { TaskDto } from '@suyi/shared-types';
import { useState } from 'react';
import { absoluteUrl } from '../../api/address';
import { drawsTitleBar, saveWords } from '../../platform/screen';
import { spoken } from '../../platform/spoken';
import { openZoom, zoomHint } from '../../platform/zoom';
import { goBack } from '../../routes';
import type { Frame } from '../../state/frames';
import { togglePick, usePicks } from '../../state/picks';
import { clearSaveRun } from '../../state/save-run';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { SaveStopped } from './save-stopped';
import { saveTwiceWords } from './save-words';
import { useSaving } from './use-saving';
import './viewer.scss';

interface ViewerProps {
  task: TaskDto;
  frames: Frame[];
  firstIndex: number;
}

/** Dark, so that nothing but the picture is looked at. Swiped left and right; what is seen can be picked and saved. */
export function Viewer({ task, frames, firstIndex }: ViewerProps) {
  const [index, setIndex] = useState(Math.min(firstIndex, frames.length - 1));
  const { frameIds } = usePicks();
  const { run, savedIds, save } = useSaving(task);
  const [isPhotoShown, setIsPhotoShown] = useState(false);
  const frame = frames[index];
  if (!frame) return null;

  const photo = absoluteUrl(task.input.url);
  const urls = frames.map(({ url }) => absoluteUrl(url));
  return (
    <View id="poses-viewer" className="viewer">
      <Head
        place={`${index + 1} / ${frames.length}`}
        isPicked={frameIds.includes(frame.id)}
        pickedCount={frameIds.length}
        onPick={() => togglePick(frame.id)}
      />
      <View className="viewer__middle">
        <Swiper
          id="poses-viewer-swiper"
          className="viewer__swiper"
          current={index}
          duration={240}
          zoom={openZoom === null}
          onChange={(event) => setIndex(event.detail.current)}
        >
          {frames.map((each, at) => (
            <SwiperItem key={each.id} className="viewer__item">
              <View
                id={`poses-viewer-picture-${at}`}
                className="viewer__stage swiper-zoom-container"
                onClick={() => openZoom?.(urls[at] ?? '', urls)}
              >
                <Image
                  className="viewer__picture"
                  src={absoluteUrl(Math.abs(at - index) <= 1 ? each.url : each.thumbnailUrl)}
                  mode="aspectFit"
                  {...spoken({ role: 'img', label: `第 ${at + 1} 张` })}
                />
              </View>
            </SwiperItem>
          ))}
        </Swiper>
        {isPhotoShown && photo && <Photo url={photo} onHide={() => setIsPhotoShown(false)} />}
      </View>
      <View className="viewer__foot">
        {run.phase === 'stopped' ? (
          <SaveStopped
            run={run}
            onGoOn={() => void save(frames.filter(({ id }) => run.rest.includes(id)))}
            onLater={clearSaveRun}
          />
        ) : (
          <>
            <Text className="viewer__hint">
              {isPhotoShown ? '这是您的照片，轻点返回' : `${zoomHint} · ${frame.width} × ${frame.height}`}
            </Text>
            <View className="viewer__deeds">
              {photo && <PhotoSwitch isOn={isPhotoShown} onToggle={() => setIsPhotoShown(!isPhotoShown)} />}
              <View className="viewer__save">
                <Button
                  id="poses-viewer-save"
                  tone="light"
                  isBusy={run.phase === 'saving'}
                  onClick={() => void save([frame])}
                >
                  <Icon name={savedIds.includes(frame.id) ? 'check' : 'download'} />
                  {savedIds.includes(frame.id) ? saveTwiceWords : saveWords}
                </Button>
              </View>
            </View>
          </>
        )}
      </View>
    </View>
  );
}

interface HeadProps {
  place: string;
  isPicked: boolean;
  pickedCount: number;
  onPick: () => void;
}

function Head({ place, isPicked, pickedCount, onPick }: HeadProps) {
  return (
    <View className="viewer__head">
      {drawsTitleBar && (
        <View id="page-back" className="viewer__back" onClick={goBack} {...spoken({ role: 'button', label: '返回' })}>
          <Icon name="back" size={24} />
        </View>
      )}
      <Text id="poses-viewer-place" className="viewer__place" {...spoken({ live: 'polite' })}>
        {place}
      </Text>
      <View
        id="poses-viewer-pick"
        className={`viewer__pick${isPicked ? ' viewer__pick--on' : ''}`}
        onClick={onPick}
        {...spoken({ role: 'checkbox', label: '选中这张', isChecked: isPicked })}
      >
        <View className="viewer__mark">{isPicked && <Icon name="check" size={16} />}</View>
        <Text>{pickedCount > 0 ? `已选 ${pickedCount}` : '选择'}</Text>
      </View>
    </View>
  );
}

/** Lies over the frame, which stays where it was: one tap to and fro shows what is different. */
function Photo({ url, onHide }: { url: string; onHide: () => void }) {
  return (
    <View id="poses-viewer-original" className="viewer__original" onClick={onHide}>
      <Image className="viewer__picture" src={url} mode="aspectFit" {...spoken({ role: 'img', label: '您的照片' })} />
    </View>
  );
}

function PhotoSwitch({ isOn, onToggle }: { isOn: boolean; onToggle: () => void }) {
  return (
    <View
      id="poses-viewer-compare"
      className="viewer__switch"
      onClick={onToggle}
      {...spoken({ role: 'button', label: isOn ? '看成图' : '对照您的照片' })}
    >
      {isOn ? '看成图' : '看原图'}
    </View>
  );
}
