import { Text, View } from '@tarojs/components';
import { goLogin } from '../../routes';
import { useSession } from '../../state/session';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { dayWords } from '../../ui/wording';
import './profile.scss';

/** Who is signed in, with no more of the number than is needed to recognise it. */
export function Profile() {
  const { session } = useSession();
  if (session === null) {
    return (
      <View className="profile">
        <Face />
        <View className="profile__words">
          <Text className="profile__name">未登录</Text>
          <Text className="profile__fine">登录后查看会员和作品</Text>
        </View>
        <Button id="me-login" size="small" onClick={goLogin}>
          登录
        </Button>
      </View>
    );
  }

  const { user } = session;
  return (
    <View className="profile">
      <Face />
      <View className="profile__words">
        <Text id="me-phone" className="profile__name">
          {user.phoneMasked ?? '微信用户'}
        </Text>
        <Text className="profile__fine">
          {`${user.hasWechat ? '已绑定微信' : '未绑定微信'} · ${dayWords(user.createdAt)} 注册`}
        </Text>
      </View>
    </View>
  );
}

function Face() {
  return (
    <View className="profile__face">
      <Icon name="shirt" size={24} />
    </View>
  );
}
