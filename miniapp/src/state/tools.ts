import { useDidHide, useDidShow } from '@tarojs/taro';
import type { ToolDto, ToolsDto, TaskType } from '@suyi/shared-types';
import { useEffect, useState } from 'react';
import { create } from 'zustand';
import { toProblem, type ApiProblem } from '../api/problem';
import { getTools } from '../api/tools';

interface ToolsState {
  /** As last told; what was heard stays when asking again fails. */
  tools: ToolsDto | null;
  problem: ApiProblem | null;
}

export const useToolsStore = create<ToolsState>()(() => ({ tools: null, problem: null }));

let asking: Promise<void> | null = null;

/** However many ask at once, one question goes out. */
export function loadTools(): Promise<void> {
  asking ??= getTools()
    .then((tools) => useToolsStore.setState({ tools, problem: null }))
    .catch((thrown: unknown) => useToolsStore.setState({ problem: toProblem(thrown) }))
    .finally(() => {
      asking = null;
    });
  return asking;
}

export function findTool(tools: ToolsDto | null, type: TaskType): ToolDto | null {
  return tools?.items.find((tool) => tool.type === type) ?? null;
}

const pauseSeconds = { min: 10, max: 60 };

/** What can be made now: asked when the page is shown, and on while a tool rests, so that it comes back by itself. */
export function useTools(mayAsk: boolean): ToolsState {
  const state = useToolsStore();
  const [isSeen, setIsSeen] = useState(true);
  const { tools } = state;

  useEffect(() => {
    if (mayAsk) void loadTools();
  }, [mayAsk]);
  useDidShow(() => {
    setIsSeen(true);
    if (mayAsk) void loadTools();
  });
  useDidHide(() => setIsSeen(false));

  useEffect(() => {
    const waits = (tools?.items ?? []).flatMap((tool) => (tool.isOpen ? [] : [tool.retryAfterSeconds ?? 0]));
    if (!mayAsk || !isSeen || waits.length === 0) return;

    const seconds = Math.max(pauseSeconds.min, Math.min(pauseSeconds.max, ...waits));
    const timer = setTimeout(() => void loadTools(), seconds * 1000);
    return () => clearTimeout(timer);
  }, [mayAsk, isSeen, tools]);

  return state;
}
