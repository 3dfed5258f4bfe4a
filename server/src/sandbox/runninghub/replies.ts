import { wordsFor, type RunningHubFault } from './fault';
import { isOpen, type SandboxJob } from './jobs';

export type Reply = Record<string, unknown>;

/** One picture of a job: `number` 0 is the photo itself, from a node that only looks; the result node's begin at 1. */
export type Picture = { number: number; extension: 'jpg' | 'png'; nodeId: string };

export type Wire = { resultNode: string; lookingNode: string; originOf(job: SandboxJob): string };

/** In the order in which the vendor tells them: the photo first, which is not a result. */
export function picturesOf(job: SandboxJob, { resultNode, lookingNode }: Wire): Picture[] {
  if (job.state !== 'SUCCESS') return [];
  const results = Array.from({ length: job.pictures }, (_, index) => {
    const number = index + 1;
    return { number, extension: extensionOf(number), nodeId: resultNode };
  });
  return [{ number: 0, extension: 'png', nodeId: lookingNode }, ...results];
}

/** Two of twelve are PNG, so that both kinds are met. */
export const extensionOf = (number: number): 'jpg' | 'png' => (number % 6 === 1 ? 'png' : 'jpg');

const urlOf = (job: SandboxJob, picture: Picture, wire: Wire): string =>
  `${wire.originOf(job)}/results/${job.id}/${picture.number}.${picture.extension}`;

/** The reply of v2 `query`, and of a create. It has no `code`; nothing that went wrong is empty text. */
export function v2TaskReply(job: SandboxJob, wire: Wire): Reply {
  const hasEnded = !isOpen(job);
  return {
    taskId: job.id,
    status: job.state,
    errorCode: job.errorCode === null ? '' : String(job.errorCode),
    errorMessage: job.errorCode === null ? '' : wordsFor(job.errorCode),
    failedReason: job.state === 'FAILED' ? failedReason() : {},
    usage: hasEnded
      ? {
          consumeMoney: null,
          consumeCoins: String(job.coins),
          taskCostTime: String(job.costSeconds),
          thirdPartyConsumeMoney: null,
        }
      : null,
    results:
      job.state === 'SUCCESS'
        ? picturesOf(job, wire).map((picture) => ({
            url: urlOf(job, picture, wire),
            nodeId: picture.nodeId,
            outputType: picture.extension,
            text: null,
          }))
        : null,
    clientId: '',
    promptTips: '',
  };
}

/** A no of v2 to a create or a query. */
export const v2Refusal = ({ code, message }: RunningHubFault): Reply => ({
  taskId: '',
  status: '',
  errorCode: String(code),
  errorMessage: message,
  results: null,
  clientId: '',
  promptTips: '',
});

/** The reply of v1 `outputs`, which a webhook carries too. */
export function v1OutputsReply(job: SandboxJob, wire: Wire): Reply {
  if (job.state === 'QUEUED') return v1Reply(813, null);
  if (job.state === 'RUNNING') return v1Reply(804, { netWssUrl: null });
  if (job.state === 'CANCEL') return v1Reply(805, { failedReason: {} });
  if (job.state === 'FAILED') return v1Reply(job.errorCode ?? 805, { failedReason: failedReason() });

  const data = picturesOf(job, wire).map((picture) => ({
    fileUrl: urlOf(job, picture, wire),
    fileType: picture.extension,
    taskCostTime: String(job.costSeconds),
    nodeId: picture.nodeId,
    thirdPartyConsumeMoney: null,
    consumeMoney: null,
    consumeCoins: String(job.coins),
  }));
  return v1Reply(0, data);
}

export const v1Reply = (code: number, data: unknown, msg = code === 0 ? 'success' : wordsFor(code)): Reply => ({
  code,
  msg,
  data,
});

/** The vendor lays its graph and the prompt bare here: nobody may show this to a seller. */
const failedReason = (): Reply => ({
  current_outputs: '{}',
  exception_type: 'RuntimeError',
  node_name: 'KSampler',
  current_inputs: '{"sandbox":["inputs of the graph"]}',
  traceback: '["  File \\"/workspace/ComfyUI/execution.py\\", line 1208, in execute\\n"]',
  node_id: '4',
  exception_message: 'failed in the sandbox',
});
