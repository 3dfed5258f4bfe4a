import { Text, View } from '@tarojs/components';
import type { ChoiceDto } from '@suyi/shared-types';
import { spoken } from '../../platform/spoken';
import type { Chosen } from './choices';
import './pose-options.scss';

interface PoseOptionsProps {
  choices: ChoiceDto[];
  chosen: Chosen;
  onChange: (chosen: Chosen) => void;
}

/** Where, what, on whom: one tap each. */
export function PoseOptions({ choices, chosen, onChange }: PoseOptionsProps) {
  return (
    <View className="pose-options">
      {choices.map(({ name, label, options }) => (
        <View key={name} className="pose-options__choice">
          <Text className="pose-options__label">{label}</Text>
          <View className="pose-options__chips">
            {options.map((option) => (
              <View
                key={option.value}
                id={`pose-${name}-${option.value}`}
                className={`pose-chip${chosen[name] === option.value ? ' pose-chip--on' : ''}`}
                onClick={() => onChange({ ...chosen, [name]: option.value })}
                {...spoken({
                  role: 'radio',
                  label: `${label}，${option.label}`,
                  isChecked: chosen[name] === option.value,
                })}
              >
                {option.label}
              </View>
            ))}
          </View>
        </View>
      ))}
    </View>
  );
}
