import type { ToolDto, ToolsDto } from '@suyi/shared-types';
import { config } from '../../config';
import { clock, seconds } from '../../lib/clock';
import { findTypePause } from './pauses';
import { currentPause, secondsUntil, type PauseReason } from './poses/breaker';
import { choicesForPhones } from './poses/choices';
import { recentPace, waitFor } from './poses/estimate';
import { countWaiting } from './queue';
import { priceOf } from './service';

const keepMs = seconds(2);
let kept: { at: number; tools: Promise<ToolsDto> } | null = null;

/** What can be made now, and with which choices; looked up once in two seconds, because anybody may ask. */
export function listTools(): Promise<ToolsDto> {
  const now = clock.now();
  if (!kept || Math.abs(now - kept.at) > keepMs) {
    const tools = readTools();
    kept = { at: now, tools };
    tools.catch(() => {
      kept = null;
    });
  }
  return kept.tools;
}

async function readTools(): Promise<ToolsDto> {
  return {
    items: [await cleanTool(), await poseTool()],
    messageTemplateId: config.current.taskTemplate?.id ?? null,
  };
}

async function cleanTool(): Promise<ToolDto> {
  const stopped = await findTypePause('basic_clean');
  return {
    type: 'basic_clean',
    price: priceOf.basic_clean,
    isOpen: stopped === null,
    pausedReason: stopped && stopped.banner,
    retryAfterSeconds: stopped && stoppedRetrySeconds,
    waiting: await countWaiting('basic_clean'),
    estimate: null,
    choices: [],
  };
}

/** A person lifts it, nobody knows when. */
const stoppedRetrySeconds = 60;

const pauseWords: Record<PauseReason, string> = {
  down: '模特图的合作方暂时没有回应，我们在不断重试。恢复前不接新任务，不会扣除次数；白底主图照常可用。',
  balance: '模特图暂停接单，我们正在处理。恢复前不会扣除次数；白底主图照常可用。',
  configuration: '模特图暂停接单，我们正在处理。恢复前不会扣除次数；白底主图照常可用。',
};

async function poseTool(): Promise<ToolDto> {
  const [stopped, pause, waiting, pace] = await Promise.all([
    findTypePause('model_pose12'),
    currentPause(),
    countWaiting('model_pose12'),
    recentPace(),
  ]);
  return {
    type: 'model_pose12',
    price: priceOf.model_pose12,
    isOpen: stopped === null && pause === null,
    pausedReason: stopped?.banner ?? (pause && pauseWords[pause.reason]),
    retryAfterSeconds: stopped ? stoppedRetrySeconds : pause && secondsUntil(pause.retryAt),
    waiting,
    estimate: waitFor(waiting, pace),
    choices: choicesForPhones(),
  };
}
