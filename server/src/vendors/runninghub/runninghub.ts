import { accountOf } from './amounts';
import { runningHubCalls } from './calls';
import { meaningOf, noJobIn, unusable } from './classify';
import { pictureDownloads } from './download';
import { viewOf } from './jobs';
import { runningHubOrders } from './orders';
import type { PosePort } from './port';
import { isReply, readAccount } from './replies';
import type { RunningHubSettings } from './settings';

export type { PoseNodes, RunningHubSettings } from './settings';

/**
 * RunningHub: an AI app that makes model pictures of a garment. Its answers come under HTTP 200 and tell by number what
 * happened. It knows no idempotency key, so nothing here is ever sent twice.
 */
export function runningHub(settings: RunningHubSettings): PosePort {
  const { apiKey, nodes, resultHosts, timeoutMs } = settings;
  const calls = runningHubCalls(settings);

  return {
    ...runningHubOrders(settings, calls),

    async query(jobId) {
      const answer = await calls.post('/openapi/v2/query', { taskId: jobId }, 'question');
      return viewOf(answer, { jobId, resultNode: nodes.result.nodeId });
    },

    async cancel(jobId) {
      const answer = await calls.post('/task/openapi/cancel', { apiKey, taskId: jobId }, 'question');
      const meaning = meaningOf(answer);
      const hasEnded = meaning === 'gone' || meaning === 'failed' || meaning === 'moderation';
      if (hasEnded || (meaning === 'ok' && isReply(answer.body))) return;
      throw unusable('a cancel', answer);
    },

    async account() {
      // Here alone the vendor spells the key's name in small letters.
      const answer = await calls.post('/uc/openapi/accountStatus', { apikey: apiKey }, 'question');
      const noJob = noJobIn(answer);
      if (noJob) return noJob;

      const account = meaningOf(answer) === 'ok' ? readAccount(answer.body) : null;
      if (account === null) throw unusable('an account question', answer);
      return accountOf(account);
    },

    download: pictureDownloads({ hosts: resultHosts, timeoutMs }),
  };
}
