import { useEffect } from 'react';
import type { UseFocus } from './types';

/** Taro's own `focus` is a property and a method of one element; the browser's input lies inside and takes it plainly. */
export const useFocus: UseFocus = (id, turn) => {
  useEffect(() => {
    if (turn > 0) document.querySelector<HTMLInputElement>(`#${id} input`)?.focus();
  }, [id, turn]);
  return {};
};
