import { View } from '@tarojs/components';
import type { ReactNode } from 'react';
import { spoken } from '../platform/spoken';
import { Icon } from './icon';
import './checkbox.scss';

interface CheckboxProps {
  id: string;
  isChecked: boolean;
  label: string;
  children: ReactNode;
  onChange: (isChecked: boolean) => void;
}

/** The box and its margin take the tap; links inside the words stay links. */
export function Checkbox({ id, isChecked, label, children, onChange }: CheckboxProps) {
  return (
    <View className="checkbox">
      <View
        id={id}
        className="checkbox__target"
        onClick={() => onChange(!isChecked)}
        {...spoken({ role: 'checkbox', label, isChecked })}
      >
        <View className={`checkbox__box${isChecked ? ' checkbox__box--on' : ''}`}>
          {isChecked && <Icon name="check" size={16} />}
        </View>
      </View>
      <View className="checkbox__words">{children}</View>
    </View>
  );
}
