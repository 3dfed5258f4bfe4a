import { Text, View } from '@tarojs/components';
import { spoken } from '../platform/spoken';
import { Icon } from './icon';
import './steps.scss';

export interface Step {
  name: string;
  state: 'done' | 'now' | 'later';
  /** What is known of it: a percentage, a place in the queue. Never an invented number. */
  detail?: string;
  /** 0 to 100, drawn as a bar; only where it is measured. */
  percent?: number;
}

/** What has happened, what happens now, what comes. Spoken as it changes. */
export function Steps({ steps }: { steps: Step[] }) {
  return (
    <View className="steps" {...spoken({ role: 'status', live: 'polite' })}>
      {steps.map((step) => (
        <View key={step.name} className={`step step--${step.state}`}>
          <View className="step__mark">{step.state === 'done' && <Icon name="check" size={16} />}</View>
          <View className="step__body">
            <View className="step__line">
              <Text className="step__name">{step.name}</Text>
              {step.detail && <Text className="step__detail">{step.detail}</Text>}
            </View>
            {step.percent !== undefined && (
              <View className="step__track">
                <View className="step__fill" style={{ width: `${step.percent}%` }} />
              </View>
            )}
          </View>
        </View>
      ))}
    </View>
  );
}
