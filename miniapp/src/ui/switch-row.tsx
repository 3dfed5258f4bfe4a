import { Text, View } from '@tarojs/components';
import { spoken } from '../platform/spoken';
import './switch-row.scss';

interface SwitchRowProps {
  id: string;
  title: string;
  hint: string;
  isOn: boolean;
  /** Cannot be changed; the hint says why. */
  isDisabled?: boolean;
  onChange: (isOn: boolean) => void;
}

/** The whole row is the target. */
export function SwitchRow({ id, title, hint, isOn, isDisabled, onChange }: SwitchRowProps) {
  return (
    <View
      id={id}
      className={`switch-row${isDisabled ? ' switch-row--off' : ''}`}
      onClick={isDisabled ? undefined : () => onChange(!isOn)}
      {...spoken({ role: 'checkbox', label: `${title}，${hint}`, isChecked: isOn, isDisabled: Boolean(isDisabled) })}
    >
      <View className="switch-row__words">
        <Text className="switch-row__title">{title}</Text>
        <Text className="switch-row__hint">{hint}</Text>
      </View>
      <View className={`switch-row__track${isOn ? ' switch-row__track--on' : ''}`}>
        <View className="switch-row__knob" />
      </View>
    </View>
  );
}
