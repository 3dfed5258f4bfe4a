import { Text, View } from '@tarojs/components';
import { spoken } from '../platform/spoken';
import { Icon } from './icon';
import './title-bar.scss';

/** The bar a browser does not draw. Without `onBack` it is a tab's. */
export function TitleBar({ title, onBack }: { title: string; onBack?: () => void }) {
  return (
    <View className="title-bar">
      {onBack && (
        <View
          id="page-back"
          className="title-bar__back"
          onClick={onBack}
          {...spoken({ role: 'button', label: '返回' })}
        >
          <Icon name="back" size={24} />
        </View>
      )}
      <Text className="title-bar__title" {...spoken({ role: 'heading' })}>
        {title}
      </Text>
    </View>
  );
}
