import { useEffect, useState } from 'react';
import type { UseFocus } from './types';

/** WeChat moves the focus when the attribute turns true, so it has to be false before. */
export const useFocus: UseFocus = (_id, turn) => {
  const [isWanted, setIsWanted] = useState(false);
  useEffect(() => {
    setIsWanted(false);
    if (turn === 0) return;
    const timer = setTimeout(() => setIsWanted(true), 50);
    return () => clearTimeout(timer);
  }, [turn]);
  return { focus: isWanted };
};
