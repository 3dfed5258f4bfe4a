import { Text, View } from '@tarojs/components';
import type { ChoiceDto } from '@suyi/shared-types';
import { spoken } from '../../platform/spoken';
import type { Chosen } from './choices';
import './pose-options.scss';

interface PoseOptionsProps {
  choices: ChoiceDto[];
  chosen: Chosen;
  /** The name of the choice without which the start was tapped. */
  missed: string | null;
  onChange: (chosen: Chosen) => void;
}

/** Where a choice is found on the page. */
export const choiceId = (name: string) => `pose-choice-${name}`;

/** Where, what, on whom: one tap each. */
export function PoseOptions({ choices, chosen, missed, onChange }: PoseOptionsProps) {
  return (
    <View className="pose-options">
      {choices.map(({ name, label, options }) => (
        <View key={name} id={choiceId(name)} className="pose-options__choice">
          <View className="pose-options__head">
            <Text className="pose-options__label">{label}</Text>
            {chosen[name] === undefined && <Text className="pose-options__open">每件衣服都要选</Text>}
          </View>
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
          {missed === name && (
            <View id="pose-missed" className="pose-options__missed" {...spoken({ role: 'alert', live: 'assertive' })}>
              {`请先选${label}：选对了，模特才会穿对`}
            </View>
          )}
        </View>
      ))}
    </View>
  );
}
