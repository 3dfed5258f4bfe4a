import { Text, View } from '@tarojs/components';
import { spoken } from '../../platform/spoken';
import { goLogin, goTo } from '../../routes';
import { useSession } from '../../state/session';
import { Icon } from '../../ui/icon';
import { Tag } from '../../ui/tag';
import './tool-cards.scss';

/** The two tools. The second is shown as what it is: not there yet, and not for sale. */
export function ToolCards() {
  const { session } = useSession();
  return (
    <View className="tools">
      <View
        id="tool-basic-clean"
        className="tool"
        hoverClass="tool--pressed"
        onClick={() => (session ? goTo('clean') : goLogin())}
        {...spoken({ role: 'button', label: '白底主图，每张 1 次，约 3 秒' })}
      >
        <View className="tool__picture">
          <Icon name="shirt" size={32} />
        </View>
        <View className="tool__words">
          <Text className="tool__name">白底主图</Text>
          <Text className="tool__promise">手机照片变成纯白底商品图</Text>
          <Text className="tool__price">1 次 / 张 · 约 3 秒</Text>
        </View>
        <Icon name="chevron" size={20} />
      </View>
      <View
        id="tool-model-pose12"
        className="tool tool--off"
        {...spoken({ role: 'button', label: '十二姿势模特图，即将开放', isDisabled: true })}
      >
        <View className="tool__picture">
          <Icon name="figure" size={32} />
        </View>
        <View className="tool__words">
          <View className="tool__head">
            <Text className="tool__name">十二姿势模特图</Text>
            <Tag tone="grey">即将开放</Tag>
          </View>
          <Text className="tool__promise">一件衣服，十二张上身图</Text>
          <Text className="tool__price">开放前不会扣除次数</Text>
        </View>
      </View>
    </View>
  );
}
