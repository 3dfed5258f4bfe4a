import { Text, View } from '@tarojs/components';
import type { BasicCleanParams, CleanPreset } from '@suyi/shared-types';
import { spoken } from '../../platform/spoken';
import { SwitchRow } from '../../ui/switch-row';
import './clean-options.scss';

const presets: { id: CleanPreset; name: string; size: string; use: string }[] = [
  { id: 'main', name: '主图', size: '最大 1600 × 1600', use: '按原图清晰度' },
  { id: 'taobao_white', name: '淘宝白底', size: '800 × 800', use: '第 5 张白底图专用' },
];

interface CleanOptionsProps {
  params: BasicCleanParams;
  onChange: (params: BasicCleanParams) => void;
}

/** What the picture is for, and whether it keeps a shadow. */
export function CleanOptions({ params, onChange }: CleanOptionsProps) {
  const isShadowAllowed = params.preset !== 'taobao_white';
  return (
    <View className="options">
      <Text className="options__title">用途</Text>
      <View className="options__presets">
        {presets.map((preset) => (
          <View
            key={preset.id}
            id={`clean-preset-${preset.id}`}
            className={`preset${params.preset === preset.id ? ' preset--on' : ''}`}
            onClick={() => onChange(withPreset(params, preset.id))}
            {...spoken({
              role: 'radio',
              label: `${preset.name}，${preset.size}，${preset.use}`,
              isChecked: params.preset === preset.id,
            })}
          >
            <Text className="preset__name">{preset.name}</Text>
            <Text className="preset__size">{preset.size}</Text>
            <Text className="preset__use">{preset.use}</Text>
          </View>
        ))}
      </View>
      <SwitchRow
        id="clean-shadow"
        title="保留柔和阴影"
        hint={isShadowAllowed ? '多数平台的白底图不允许阴影，建议关闭' : '平台要求无阴影'}
        isOn={params.hasShadow}
        isDisabled={!isShadowAllowed}
        onChange={(hasShadow) => onChange({ ...params, hasShadow })}
      />
    </View>
  );
}

/** Taobao refuses a white picture with a shadow, so choosing its preset takes the shadow away. */
function withPreset(params: BasicCleanParams, preset: CleanPreset): BasicCleanParams {
  return { preset, hasShadow: preset === 'taobao_white' ? false : params.hasShadow };
}
