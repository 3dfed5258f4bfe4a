import { Button as TaroButton, View } from '@tarojs/components';
import type { ButtonProps as TaroButtonProps } from '@tarojs/components';
import type { ReactNode } from 'react';
import { spoken } from '../platform/spoken';
import './button.scss';

interface ButtonProps {
  id: string;
  children: ReactNode;
  tone?: 'primary' | 'secondary' | 'quiet' | 'quiet-danger' | 'danger' | 'light';
  size?: 'large' | 'small';
  isBusy?: boolean;
  isDisabled?: boolean;
  label?: string;
  onClick?: () => void;
  openType?: TaroButtonProps['openType'];
  onGetPhoneNumber?: TaroButtonProps['onGetPhoneNumber'];
}

/** A button of at least 44 px. Busy, it keeps its width and takes no second tap. */
export function Button({
  id,
  children,
  tone = 'primary',
  size = 'large',
  isBusy,
  isDisabled,
  label,
  ...rest
}: ButtonProps) {
  const isOff = Boolean(isBusy || isDisabled);
  const className = `button button--${tone} button--${size}${isOff ? ' button--off' : ''}`;
  return (
    <TaroButton
      id={id}
      className={className}
      hoverClass={isOff ? 'none' : 'button--pressed'}
      // A browser build writes `false` out as an attribute, and its style sheet then greys the button.
      disabled={isOff || undefined}
      openType={isOff ? undefined : rest.openType}
      onGetPhoneNumber={rest.onGetPhoneNumber}
      onClick={isOff ? undefined : rest.onClick}
      {...spoken({ role: 'button', label, isDisabled: isOff })}
    >
      {isBusy && <View className="button__busy" />}
      {children}
    </TaroButton>
  );
}
