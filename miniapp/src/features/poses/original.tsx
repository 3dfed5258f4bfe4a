import { Image, Text, View } from '@tarojs/components';
import { absoluteUrl } from '../../api/address';
import { previewPicture } from '../../platform/feedback';
import { spoken } from '../../platform/spoken';
import { Icon } from '../../ui/icon';
import './original.scss';

/** The seller's own photo, to hold the frames against: they answer for what they sell by them. */
export function Original({ photoUrl }: { photoUrl: string }) {
  const photo = absoluteUrl(photoUrl);
  return (
    <View
      id="poses-original"
      className="original"
      onClick={() => previewPicture(photo, [photo])}
      {...spoken({ role: 'button', label: '查看您的照片' })}
    >
      <Image className="original__photo" src={photo} mode="aspectFill" lazyLoad />
      <View className="original__words">
        <Text className="original__name">您的照片</Text>
        <Text className="original__tip">上架前对照款式、颜色和花纹</Text>
      </View>
      <Icon name="chevron" size={16} />
    </View>
  );
}
