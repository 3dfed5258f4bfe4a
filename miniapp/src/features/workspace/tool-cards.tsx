import { Text, View } from '@tarojs/components';
import { errorCatalogue, type EstimateDto, type TaskType, type ToolDto } from '@suyi/shared-types';
import { asksAsGuest } from '../../platform/screen';
import { spoken } from '../../platform/spoken';
import { goLogin, goTo, type RouteName } from '../../routes';
import { useSession } from '../../state/session';
import { findTool, useTools } from '../../state/tools';
import { Icon, type IconName } from '../../ui/icon';
import { Tag } from '../../ui/tag';
import { estimateWords } from '../../ui/wording';
import './tool-cards.scss';

interface Card {
  id: string;
  type: TaskType;
  page: RouteName;
  icon: IconName;
  name: string;
  promise: string;
  /** What one price buys. */
  unit: string;
  timeWords: (estimate: EstimateDto) => string;
}

const cards: Card[] = [
  {
    id: 'tool-basic-clean',
    type: 'basic_clean',
    page: 'clean',
    icon: 'shirt',
    name: '白底主图',
    promise: '手机照片变成纯白底商品图',
    unit: '张',
    timeWords: () => '约 3 秒',
  },
  {
    id: 'tool-model-pose12',
    type: 'model_pose12',
    page: 'pose',
    icon: 'figure',
    name: '十二姿势模特图',
    promise: '一件衣服，十二张 AI 上身图',
    unit: '套',
    timeWords: estimateWords,
  },
];

/** The price until the server has told it: a guest of WeChat's asks nothing. */
const usualPrice = 1;

/** What can be made. A tool that rests says so and can still be looked at. */
export function ToolCards() {
  const { session } = useSession();
  const { tools } = useTools(asksAsGuest || session !== null);
  return (
    <View className="tools">
      {cards.map((card) => (
        <ToolCard
          key={card.id}
          card={card}
          tool={findTool(tools, card.type)}
          onOpen={() => (session ? goTo(card.page) : goLogin())}
        />
      ))}
    </View>
  );
}

function ToolCard({ card, tool, onOpen }: { card: Card; tool: ToolDto | null; onOpen: () => void }) {
  const { id, icon, name, promise, unit, timeWords } = card;
  const isPaused = tool !== null && !tool.isOpen;
  const price = tool?.price ?? usualPrice;
  const time = timeWords(tool?.estimate ?? null);
  const reason = tool?.pausedReason ?? errorCatalogue.task_type_paused[1];
  const label = isPaused ? `${name}，暂停中，${reason}` : `${name}，每${unit} ${price} 次，${time}`;
  return (
    <View
      id={id}
      className={`tool${isPaused ? ' tool--paused' : ''}`}
      hoverClass="tool--pressed"
      onClick={onOpen}
      {...spoken({ role: 'button', label })}
    >
      <View className="tool__picture">
        <Icon name={icon} size={32} />
      </View>
      <View className="tool__words">
        <View className="tool__head">
          <Text className="tool__name">{name}</Text>
          {isPaused && <Tag tone="warning">暂停中</Tag>}
        </View>
        <Text className="tool__promise">{isPaused ? reason : promise}</Text>
        <Text className="tool__price">
          {isPaused ? '可以先看看，恢复后自动可用' : `${price} 次 / ${unit} · ${time}`}
        </Text>
      </View>
      <Icon name="chevron" size={20} />
    </View>
  );
}
