import type { Spoken } from './types';

/** The accessibility attributes as WeChat names them. */
export function spoken({ role, label, live, isHidden, isChecked, isSelected, isDisabled, valueNow }: Spoken): object {
  const attributes: Record<string, string> = {};
  if (role) attributes['aria-role'] = role;
  if (label) attributes['aria-label'] = label;
  if (live) attributes['aria-live'] = live;
  if (isHidden) attributes['aria-hidden'] = 'true';
  if (isChecked !== undefined) attributes['aria-checked'] = String(isChecked);
  if (isSelected !== undefined) attributes['aria-selected'] = String(isSelected);
  if (isDisabled !== undefined) attributes['aria-disabled'] = String(isDisabled);
  if (valueNow !== undefined) attributes['aria-valuenow'] = String(valueNow);
  return attributes;
}
