import { Text, View } from '@tarojs/components';
import { spoken } from '../../platform/spoken';
import './pose-example.scss';

/** What a use buys, drawn for those who have not bought one: a drawing, and said to be one. */
export function PoseExample() {
  return (
    <View id="pose-example" className="example">
      <View className="example__head">
        <Text className="example__name">一张衣服照片，一套十二张</Text>
        <Text className="example__mark">示意图</Text>
      </View>
      <View className="example__picture" {...spoken({ role: 'img', label: '示意图：同一件上衣的十二个画面' })} />
      <Text className="example__fine">成图是 AI 生成的真人风格照片，姿势每套不同</Text>
    </View>
  );
}
