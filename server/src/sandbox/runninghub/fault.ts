/** The vendor's numbers with its words for them. Almost all of them come under HTTP 200. */
const words = {
  301: 'PARAMS_INVALID',
  401: 'ApiKey verification failed: API Key不存在',
  412: 'TOKEN_INVALID',
  414: 'TASK_CREATE_FAILED_BY_NOT_ENOUGH_POWER_VALUE',
  415: 'TASK_INSTANCE_MAXED',
  416: 'TASK_CREATE_FAILED_BY_NOT_ENOUGH_WALLET',
  421: 'TASK_QUEUE_MAXED',
  423: 'TASK_NOT_FOUNED',
  433: 'VALIDATE_PROMPT_FAILED',
  500: 'UNKNOWN_ERROR',
  803: 'APIKEY_INVALID_NODE_INFO',
  804: 'APIKEY_TASK_IS_RUNNING',
  805: 'APIKEY_TASK_STATUS_ERROR',
  807: 'APIKEY_TASK_NOT_FOUND',
  808: 'APIKEY_UPLOAD_FAILED',
  809: 'APIKEY_FILE_SIZE_EXCEEDED',
  810: 'WORKFLOW_NOT_SAVED_OR_NOT_RUNNING',
  812: 'CORPAPIKEY_INSUFFICIENT_FUNDS',
  813: 'APIKEY_TASK_IS_QUEUED',
  901: 'WEBAPP_NOT_EXISTS',
  1000: 'Unknown error, please retry or contact support',
  1002: 'Invalid API key',
  1003: 'Rate limit exceeded',
  1004: 'Task not found',
  1005: 'Internal server error',
  1007: 'Invalid parameters',
  1010: 'Service unavailable',
  1011: 'Model is busy',
  1015: 'Generation failed',
  1101: 'Invalid node info',
  1501: 'Content moderation failed',
  1505: 'Photorealistic real people are prohibited',
  1520: 'TASK_USER_CONCURRENT_LIMIT',
} as const;

/** The vendor's words for a number; a plain sentence for one that it does not list. */
export function wordsFor(code: number): string {
  return Object.entries(words).find(([known]) => Number(known) === code)?.[1] ?? `ERROR_${code}`;
}

/** A no in RunningHub's words. */
export class RunningHubFault extends Error {
  override name = 'RunningHubFault';

  constructor(
    readonly code: number,
    message: string = wordsFor(code),
    readonly status = 200,
  ) {
    super(message);
  }
}
