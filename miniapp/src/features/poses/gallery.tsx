import { Image, Text, View } from '@tarojs/components';
import { absoluteUrl } from '../../api/address';
import { spoken } from '../../platform/spoken';
import type { Frame } from '../../state/frames';
import { Icon } from '../../ui/icon';
import './gallery.scss';

interface GalleryProps {
  frames: Frame[];
  /** Empty places are drawn up to so many. */
  placeCount: number;
  /** The next empty place is being filled. */
  isFilling?: boolean;
  savedIds: string[];
  /** Null while nothing is picked from it. */
  pickedIds: string[] | null;
  onOpen: (index: number) => void;
  onToggle: (frameId: string) => void;
  onBroken: () => void;
}

/** The set in its order. Small copies only: the pictures themselves are loaded where they are seen large. */
export function Gallery({ frames, placeCount, isFilling, savedIds, pickedIds, ...on }: GalleryProps) {
  const emptyPlaces = Array.from({ length: Math.max(0, placeCount - frames.length) }, (_, index) => index);
  return (
    <View className="gallery">
      {frames.map((frame, index) => (
        <View
          key={frame.id}
          id={`poses-frame-${index}`}
          className="gallery__place"
          onClick={pickedIds ? undefined : () => on.onOpen(index)}
          {...(pickedIds ? {} : spoken({ role: 'button', label: `第 ${index + 1} 张，查看大图` }))}
        >
          <Image
            className="gallery__picture"
            src={absoluteUrl(frame.thumbnailUrl)}
            mode="aspectFill"
            lazyLoad
            onError={on.onBroken}
          />
          {savedIds.includes(frame.id) && !pickedIds && <Text className="gallery__saved">已存</Text>}
          {pickedIds && (
            <Pick index={index} isPicked={pickedIds.includes(frame.id)} onToggle={() => on.onToggle(frame.id)} />
          )}
        </View>
      ))}
      {emptyPlaces.map((place) => (
        <View key={`empty-${place}`} className={emptyName(Boolean(isFilling) && place === 0)}>
          <Text className="gallery__number">{String(frames.length + place + 1)}</Text>
        </View>
      ))}
    </View>
  );
}

/** The whole picture takes the tap. */
function Pick({ index, isPicked, onToggle }: { index: number; isPicked: boolean; onToggle: () => void }) {
  return (
    <View
      id={`poses-pick-${index}`}
      className={`gallery__pick${isPicked ? ' gallery__pick--on' : ''}`}
      onClick={onToggle}
      {...spoken({ role: 'checkbox', label: `第 ${index + 1} 张`, isChecked: isPicked })}
    >
      <View className="gallery__mark">{isPicked && <Icon name="check" size={16} />}</View>
    </View>
  );
}

function emptyName(isNext: boolean): string {
  return `gallery__place gallery__place--empty${isNext ? ' gallery__place--next' : ''}`;
}
