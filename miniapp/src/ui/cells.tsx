import { Text, View } from '@tarojs/components';
import type { ReactNode } from 'react';
import { spoken } from '../platform/spoken';
import { Icon, type IconName } from './icon';
import './cells.scss';

export function Cells({ children }: { children: ReactNode }) {
  return <View className="cells">{children}</View>;
}

interface CellProps {
  id: string;
  icon: IconName;
  title: string;
  value?: string;
  tone?: 'plain' | 'danger';
  onClick?: () => void;
}

/** A line of a menu. Without `onClick` it only tells. */
export function Cell({ id, icon, title, value, tone = 'plain', onClick }: CellProps) {
  return (
    <View
      id={id}
      className={`cell cell--${tone}`}
      hoverClass={onClick ? 'cell--pressed' : 'none'}
      onClick={onClick}
      {...(onClick ? spoken({ role: 'button', label: value ? `${title}，${value}` : title }) : {})}
    >
      <Icon name={icon} />
      <Text className="cell__title">{title}</Text>
      {value && <Text className="cell__value">{value}</Text>}
      {onClick && (
        <View className="cell__chevron">
          <Icon name="chevron" size={16} />
        </View>
      )}
    </View>
  );
}
