import { Image, Text, View } from '@tarojs/components';
import { useState } from 'react';
import { choosePhoto } from '../../platform/photo';
import type { Photo, PhotoSource } from '../../platform/types';
import { spoken } from '../../platform/spoken';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { Hint } from '../../ui/notice';
import { byteWords } from '../../ui/wording';
import { checkPhoto } from './photo-check';
import './photo-picker.scss';

interface PhotoPickerProps {
  /** The tool's, in front of every id. */
  tool: string;
  photo: Photo | null;
  /** What makes a good photo for this tool. */
  tip: string;
  onChosen: (photo: Photo) => void;
}

/** Camera or album, then the photo itself with what is known of it before anything is sent. */
export function PhotoPicker({ tool, photo, tip, onChosen }: PhotoPickerProps) {
  const [hasFailed, setHasFailed] = useState(false);

  async function choose(source: PhotoSource): Promise<void> {
    try {
      const chosen = await choosePhoto(source);
      setHasFailed(false);
      if (chosen) onChosen(chosen);
    } catch {
      setHasFailed(true);
    }
  }

  return (
    <View className="picker">
      {photo ? (
        <Chosen tool={tool} photo={photo} />
      ) : (
        <Invitation tool={tool} tip={tip} onTap={() => void choose('album')} />
      )}
      {hasFailed && (
        <View className="picker__hint">
          <Hint tone="danger">没有读到照片。请检查相册或相机权限，或换一张照片再试。</Hint>
        </View>
      )}
      <View className="picker__sources">
        <Button id={`${tool}-camera`} tone="secondary" size="small" onClick={() => void choose('camera')}>
          <Icon name="camera" />
          拍照
        </Button>
        <Button id={`${tool}-choose`} tone="secondary" size="small" onClick={() => void choose('album')}>
          <Icon name="album" />
          {photo ? '换一张' : '从相册选'}
        </Button>
      </View>
    </View>
  );
}

function Invitation({ tool, tip, onTap }: { tool: string; tip: string; onTap: () => void }) {
  return (
    <View
      id={`${tool}-empty`}
      className="picker__empty"
      onClick={onTap}
      {...spoken({ role: 'button', label: '选择衣服的照片' })}
    >
      <Icon name="shirt" size={48} />
      <Text className="picker__lead">选择一张衣服的照片</Text>
      <Text className="picker__tip">{tip}</Text>
    </View>
  );
}

function Chosen({ tool, photo }: { tool: string; photo: Photo }) {
  const { refusal, warning } = checkPhoto(photo);
  return (
    <>
      {/* Without a size it is nothing that this phone can show. */}
      {photo.width > 0 && (
        <>
          <View className="picker__frame">
            <Image id={`${tool}-preview`} className="picker__photo" src={photo.path} mode="aspectFit" />
          </View>
          <Text className="picker__facts">{`${photo.width} × ${photo.height} · ${byteWords(photo.byteLength)}`}</Text>
        </>
      )}
      {refusal && (
        <View className="picker__hint">
          <Hint id={`${tool}-refusal`} tone="danger">
            {refusal}
          </Hint>
        </View>
      )}
      {warning && (
        <View className="picker__hint">
          <Hint id={`${tool}-warning`} tone="warning">
            {warning}
          </Hint>
        </View>
      )}
    </>
  );
}
