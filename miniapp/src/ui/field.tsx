import { Input, Text, View } from '@tarojs/components';
import type { ReactNode } from 'react';
import { useFocus } from '../platform/focus';
import { spoken } from '../platform/spoken';
import './field.scss';

interface FieldProps {
  id: string;
  label: string;
  value: string;
  placeholder: string;
  error: string | null;
  /** Said under the field while there is no error. */
  hint?: string;
  /** The keyboard, as `platform/screen` names it. */
  keyboard: object;
  /** Longest text taken, a pasted one included. */
  lengthMax: number;
  /** Typing goes here whenever this number grows. */
  focusTurn?: number;
  trailing?: ReactNode;
  onInput: (value: string) => void;
  onConfirm?: () => void;
}

/** A labelled line of text with its error under it. What is typed is kept as typed: reformatting makes the caret jump. */
export function Field({
  id,
  label,
  value,
  placeholder,
  error,
  hint,
  keyboard,
  lengthMax,
  focusTurn = 0,
  trailing,
  ...on
}: FieldProps) {
  const focus = useFocus(id, focusTurn);
  return (
    <View className="field">
      <Text className="field__label">{label}</Text>
      <View className={`field__box${error ? ' field__box--wrong' : ''}`}>
        <Input
          id={id}
          className="field__input"
          placeholderClass="field__placeholder"
          value={value}
          placeholder={placeholder}
          maxlength={lengthMax}
          onInput={(event) => on.onInput(event.detail.value)}
          onConfirm={on.onConfirm}
          {...keyboard}
          {...focus}
          {...spoken({ label: error ? `${label}，${error}` : label })}
        />
        {trailing}
      </View>
      {error && (
        <View id={`${id}-error`} className="field__error" {...spoken({ role: 'alert', live: 'assertive' })}>
          {error}
        </View>
      )}
      {!error && hint && (
        <View id={`${id}-hint`} className="field__hint" {...spoken({ role: 'status', live: 'polite' })}>
          {hint}
        </View>
      )}
    </View>
  );
}
