import { useCallback, useEffect, useRef, useState } from 'react';
import { toProblem, type ApiProblem } from '../api/problem';

export interface Loaded<Value> {
  value: Value | null;
  problem: ApiProblem | null;
  isLoading: boolean;
  reload: () => Promise<void>;
  replace: (value: Value) => void;
}

/**
 * Loads on mount and whenever `key` changes; null waits. What was shown stays while it is asked for again, and the
 * answer to an older question is dropped.
 */
export function useLoad<Value>(key: string | null, load: () => Promise<Value>): Loaded<Value> {
  const [value, setValue] = useState<Value | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [isLoading, setIsLoading] = useState(key !== null);
  const newest = useRef(0);
  const loader = useRef(load);
  loader.current = load;

  const reload = useCallback(async () => {
    const mine = ++newest.current;
    setIsLoading(true);
    try {
      const next = await loader.current();
      if (mine !== newest.current) return;
      setValue(next);
      setProblem(null);
    } catch (thrown) {
      if (mine === newest.current) setProblem(toProblem(thrown));
    } finally {
      if (mine === newest.current) setIsLoading(false);
    }
  }, []);

  useEffect(() => {
    setValue(null);
    setProblem(null);
    if (key === null) setIsLoading(false);
    else void reload();

    return () => {
      newest.current += 1;
    };
  }, [key, reload]);

  return { value, problem, isLoading, reload, replace: setValue };
}
