import { createElement, type ReactNode } from 'react';

/** Taro's components as plain elements: enough to find, read and press them. */

interface Props {
  children?: ReactNode;
  className?: string;
  id?: string;
  [name: string]: unknown;
}

/** Attributes that a plain element takes; the rest (`hoverClass`, `catchMove`, …) only a phone understands. */
function plain({ id, className, style, ...rest }: Props): Record<string, unknown> {
  const events = ['onClick', 'onTouchStart', 'onTouchMove', 'onTouchEnd'].map((name) => [name, rest[name]]);
  const spoken = Object.entries(rest)
    .filter(([name]) => name.startsWith('aria-'))
    .map(([name, value]) => [name === 'aria-role' ? 'role' : name, value]);
  const known: Record<string, unknown> = Object.fromEntries([...events, ...spoken]);
  return { id, className, style, ...known };
}

const element = (tag: string) =>
  function Element({ children, ...props }: Props) {
    return createElement(tag, plain(props), children);
  };

export const View = element('div');
export const Text = element('span');
export const Swiper = element('div');
export const SwiperItem = element('div');

export function Image({ src, ...props }: Props) {
  return createElement('img', { ...plain(props), src });
}

export function Button({ children, disabled, openType, ...props }: Props) {
  return createElement('button', { ...plain(props), disabled, 'data-open-type': openType }, children);
}

export function Input({ value, placeholder, onInput, ...props }: Props & { onInput?: (event: object) => void }) {
  const onChange = (event: { target: { value: string } }) => onInput?.({ detail: { value: event.target.value } });
  return createElement('input', { ...plain(props), value, placeholder, onChange });
}
