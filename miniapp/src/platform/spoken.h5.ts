import type { Spoken } from './types';

const focusable = new Set<Spoken['role']>(['button', 'checkbox', 'radio', 'link', 'tab', 'slider']);

/** The accessibility attributes as a browser names them; what can be operated can be reached by keyboard. */
export function spoken({ role, label, live, isHidden, isChecked, isSelected, isDisabled, valueNow }: Spoken): object {
  const attributes: Record<string, string | number> = {};
  if (role) attributes.role = role;
  if (role && focusable.has(role) && !isDisabled) attributes.tabIndex = 0;
  if (label) attributes['aria-label'] = label;
  if (live) attributes['aria-live'] = live;
  if (isHidden) attributes['aria-hidden'] = 'true';
  if (isChecked !== undefined) attributes['aria-checked'] = String(isChecked);
  if (isSelected !== undefined) attributes['aria-selected'] = String(isSelected);
  if (isDisabled !== undefined) attributes['aria-disabled'] = String(isDisabled);
  if (valueNow !== undefined) {
    Object.assign(attributes, { 'aria-valuenow': valueNow, 'aria-valuemin': 0, 'aria-valuemax': 100 });
  }
  return attributes;
}
